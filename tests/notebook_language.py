"""Rules of a notebook's words, links, pictures and outputs; each yields what breaks it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from notebook_book import Book, words

NEVER = re.compile(r"\b(simply|just|obviously)\b", re.I)
TERMS = {
    "AWS": r"aws",
    "AWS CLI": r"aws[ -]cli",
    "ECS": r"ecs",
    "ECS-optimized": r"ecs[ -]optimi[sz]ed",
    "EC2": r"ec2",
    "ECR": r"ecr",
    "IAM role": r"iam role",
    "CloudWatch": r"cloud[ -]?watch",
    "CloudFormation": r"cloud[ -]?formation",
    "Fargate": r"fargate",
    "Elastic Load Balancing": r"elastic load balanc(?:ing|er)",
    "Availability Zone": r"availability[ -]zone",
    "container instance": r"container[ -]instance",
    "task definition": r"task[ -]definition",
    "instance profile": r"instance[ -]profile",
    "security group": r"security[ -]group",
    "user data": r"user[ -]?data",
    "Docker Hub": r"docker[ -]?hub",
    "Docker Engine": r"docker[ -]?engine",
    "Dockerfile": r"docker[ -]?file",
    "WordPress": r"word[ -]?press",
    "MySQL": r"my[ -]?sql",
    "JupyterLab": r"jupyter[ -]?lab",
    "GitHub": r"git[ -]?hub",
    "boto3": r"boto ?3?",
    "bash": r"bash",
}
"""How a term is spelled, and all the ways in which it might have been; plurals add an s."""
ACRONYMS = {
    "ECS": "Elastic Container Service",
    "EC2": "Elastic Compute Cloud",
    "ECR": "Elastic Container Registry",
    "AMI": "Amazon Machine Image",
    "ARN": "Amazon Resource Name",
    "IAM": "Identity and Access Management",
    "SSM": "Systems Manager",
    "VPC": "virtual private cloud",
    "CLI": "command line interface",
}
NO_SKILL = {"understand", "know", "learn", "see", "be", "appreciate", "realise", "realize"}
FENCES = {"bash", "json", "dockerfile", "text", "python", "console", "mermaid", "yaml", "ini"}
EMPTY_LINK = {"here", "this", "link", "click here", "this link", "this page", "more", "read more"}
BY_CHANCE = (
    re.compile(r"\b(127\.0\.0\.1|localhost|\[::1\]):\d{4,5}"),
    re.compile(r"/(tmp|home|root|Users|private)/|site-packages|[A-Z]:\\"),
    re.compile(r"<[\w. ]+ at 0x[0-9a-f]+>"),
)
THEN_AND_NOW = {1: "Docker Hub", 2: "default", 3: "instance", 4: "links", 5: "database"}


def some_words_never_stand_here(book):
    for cell in book.markdown:
        yield from (f"{cell}: {found!r}" for found in NEVER.findall(cell.prose))


def terms_are_spelled_as_aws_spells_them(book):
    for cell in book.markdown:
        for right, spellings in TERMS.items():
            for found in re.findall(rf"\b({spellings})s?\b", cell.prose, re.I):
                if found not in {right, right[0].upper() + right[1:]}:
                    yield f"{cell}: {found!r}, not {right}"


def skills_can_be_checked(book):
    text = book.cells[0].source.partition("## What you will be able to do")[2]
    skills = re.findall(r"^- (\w+)", text.partition("\n## ")[0], re.M)
    if len(skills) < 2:
        yield "fewer than two skills are listed"
    yield from (f"a skill begins with {s!r}" for s in skills if s.lower() in NO_SKILL)


def time_is_in_bounds(book):
    """20 to 40 minutes; the chapter that shows everything once may be shorter."""
    stated = re.match(
        r"\*\*About (\d+) minutes\*\*", "".join(c.source for c in book.tagged("time"))
    )
    least = 10 if book.chapter == 0 else 20
    if not stated or not least <= int(stated[1]) <= 40:
        yield f"the time says {stated and stated[0]!r}, not {least} to 40 minutes"


def then_and_now_is_told(book):
    """Where the article's way has a successor, a box names it."""
    if book.chapter not in THEN_AND_NOW:
        return
    boxes = [box for cell in book.markdown for box in _boxes(cell.source)]
    subject = THEN_AND_NOW[book.chapter].lower()
    whole = [box for box in boxes if "2015" in box and "today" in box.lower()]
    if not any(subject in box.lower() for box in whole):
        yield f"no box Then and now, with 2015 and today, names {subject!r}"


def _boxes(source):
    return re.findall(r"^> \*\*Then and now\.\*\*(?:.*\n?>?)+?(?=\n[^>]|\Z)", source, re.M)


def code_blocks_are_named(book):
    """Each has a language; AWS commands stand in the blocks that a test runs."""
    for cell in book.markdown:
        for block in cell.of_kind("block_code"):
            language = block.get("attrs", {}).get("info", "")
            if language not in FENCES:
                yield f"{cell}: a code block of {language!r}"
            if language != "bash" and re.search(r"^(\$ )?aws ", block["raw"], re.M):
                yield f"{cell}: aws commands in a block that no test runs"


def diagrams_have_their_words(book):
    for cell in book.markdown:
        for block in re.findall(r"```mermaid\n(.*?)\n```\n*(\S[^\n]*)?", cell.source, re.S):
            if "accTitle:" not in block[0] or "accDescr:" not in block[0]:
                yield f"{cell}: a diagram without accTitle and accDescr"
            if not block[1].startswith("In words:"):
                yield f"{cell}: a diagram without its words"


def images_have_alternative_text(book):
    for cell in book.markdown:
        for image in cell.of_kind("image"):
            text = "".join(child.get("raw", "") for child in image.get("children", ()))
            if len(text.split()) < 4:
                yield f"{cell}: an image's alternative text is {text!r}"
            if not _leads_somewhere(book, image["attrs"]["url"]):
                yield f"{cell}: there is no {image['attrs']['url']}"


def links_are_named_and_lead_somewhere(book):
    for cell in book.markdown:
        for link in cell.of_kind("link"):
            text, url = words(link).strip() or "", link["attrs"]["url"]
            if not text and not link["children"]:
                yield f"{cell}: a link without text to {url}"
            if text.lower().strip(".") in EMPTY_LINK or text.startswith(("http:", "https:")):
                yield f"{cell}: a link is called {text!r}"
            if not _leads_somewhere(book, url):
                yield f"{cell}: {url} leads nowhere"


def _leads_somewhere(book, url):
    parts = urlsplit(url)
    if parts.scheme:
        return parts.scheme == "https"
    target = book.path.parent / unquote(parts.path) if parts.path else book.path
    if not parts.fragment:
        return target.is_file()
    there = book if target == book.path else target.is_file() and Book(target)
    return bool(there) and unquote(parts.fragment) in _anchors(there)


def _anchors(book):
    """As JupyterLab names a heading's place."""
    return {text.strip().replace(" ", "-") for _, text in book.headings}


def outputs_are_the_same_everywhere(book):
    """No port, path, memory address or warning of the machine that made them."""
    for cell in book.code:
        for output in cell.outputs:
            text = str(output)
            for chance in BY_CHANCE:
                yield from (f"{cell} keeps {m[0]!r}" for m in chance.finditer(text))
            if output.get("name") == "stderr":
                yield f"{cell} keeps what went to stderr: {output.text[:60]!r}"
            if output.output_type == "error" and "raises-exception" not in cell.tags:
                yield f"{cell} keeps an error"


class _Html(HTMLParser):
    """Finds elements that a screen reader could not name."""

    def __init__(self):
        super().__init__()
        self.unnamed = []
        self._untitled = 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img" and not (given.get("alt") or "").strip():
            self.unnamed.append("img without alt")
        if tag == "iframe" and not (given.get("title") or "").strip():
            self.unnamed.append("iframe without title")
        if tag == "svg":
            self._untitled += 1
            if given.get("role") != "img":
                self.unnamed.append("svg without role")
        if tag == "title" and self._untitled:
            self._untitled -= 1

    def unnamed_now(self):
        return self.unnamed + ["svg without title"] * self._untitled


def outputs_can_be_read_aloud(book):
    for cell in book.code:
        for output in cell.outputs:
            parser = _Html()
            parser.feed("".join(output.get("data", {}).get("text/html", "")))
            yield from (f"{cell} shows an {found}" for found in parser.unnamed_now())


def acronyms_are_opened_at_first_use(tutorial):
    """In the order of reading, the cell that first uses an acronym says what it stands for."""
    for short, long in ACRONYMS.items():
        used = [(b, c) for b in tutorial for c in b.markdown if re.search(rf"\b{short}\b", c.prose)]
        if used and long.lower() not in " ".join(used[0][1].prose.lower().split()):
            yield f"{used[0][0]}, {used[0][1]}: {short} is not opened ({long})"


RULES = (
    some_words_never_stand_here,
    terms_are_spelled_as_aws_spells_them,
    skills_can_be_checked,
    time_is_in_bounds,
    then_and_now_is_told,
    code_blocks_are_named,
    diagrams_have_their_words,
    images_have_alternative_text,
    links_are_named_and_lead_somewhere,
    outputs_are_the_same_everywhere,
    outputs_can_be_read_aloud,
)
