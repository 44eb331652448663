"""Rules of a notebook's structure: each takes a notebook and yields what breaks it, in words."""

from __future__ import annotations

import ast
import builtins
import json
import re

from ecs_tutorial import chapters
from ecs_tutorial.exercises.cells import IDENT, exercises_in, of_cell
from ecs_tutorial.workshop.calls import CLI_BLOCK, CLI_SUMMARY, Call, clients_in, commands

OPENING = ("What you will do", "What you will be able to do", "What you need")
CLOSING = ("Key points", "What was left running", "Questions", "Next")
TAGS = {
    "markdown": {"opening", "time", "map", "exercise"},
    "code": {"start", "walk", "predict", "check", "raises-exception", "exercise"},
}
SPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CELLS, FIRST_CELLS = range(8, 15), range(5, 16)
PRACTICE_CELLS = range(4, 15)
"""Of a notebook with more exercises than cells of its own."""
LINES, LONGEST_LINE = range(2, 9), 100
COMPARED = 0.8
SWITCH = (
    '# containers: "docker" (real ones, on your Docker Engine), "simulated", None (as the lab is)'
)
"""Stands above every notebook's ``start``, so that real containers are one word away."""
NO_SWITCH = "# containers are always simulated in this chapter, as the text above says"
"""Stands there where the notebook's metadata say ``"containers": "simulated"``."""
QUESTION = re.compile(
    r"^\*\*(\d+)\. [^\n]*\?\*\*\n\n"
    r"<details>\n<summary>Answer (\d+)</summary>\n\n.+?\n\n</details>",
    re.M | re.S,
)


def metadata_says_what_the_lab_needs(book):
    """The file holds the chapter's key and what it leaves, and nothing by chance."""
    if set(book.node.metadata) != {"ecs_tutorial", "kernelspec", "language_info"}:
        yield f"metadata has {sorted(book.node.metadata)}"
    elif book.node.metadata.kernelspec != SPEC:
        yield f"kernelspec is not {SPEC}"
    if set(book.about) - {"containers"} != {"chapter", "leaves", "waits"}:
        yield f"metadata.ecs_tutorial has {sorted(book.about)}; refresh writes waits"
    if chapters.key(book.path.name) != book.chapter:
        yield f"{book.path.name} says chapter {book.chapter}"


def tags_are_known(book):
    for cell in book.cells:
        unknown = set(cell.tags) - TAGS["code" if cell.is_code else "markdown"]
        if unknown:
            yield f"{cell} has unknown tags {sorted(unknown)}"


def opens_in_order(book):
    """Opening, time, map, the way to the start cell, the start cell."""
    expected = [["opening"], ["time"], ["map"], [], ["start"]]
    found = [cell.tags for cell in book.cells[:5]]
    if found != expected:
        yield f"the first five cells are tagged {found}, not {expected}"
    second = [text for level, text in book.cells[0].headings if level == 2]
    if tuple(second) != OPENING:
        yield f"the opening has {second}, not {list(OPENING)}"
    for line in ("**Necessary:** ", "**Helpful:** "):
        if line not in book.cells[0].source:
            yield f"the opening has no line {line.strip()}"


def title_names_the_chapter(book):
    wanted = r"# Start here" if book.chapter == 0 else rf"# Chapter {book.chapter}: \S.*"
    if not re.fullmatch(wanted, book.cells[0].source.partition("\n")[0]):
        yield f"the title is {book.title!r}"


def headings_form_a_tree(book):
    """One heading of the first level, none skipped, none twice."""
    levels = [level for level, _ in book.headings]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"{levels.count(1)} headings of the first level"
    skipped = [
        b for (a, _), b in zip(book.headings, book.headings[1:], strict=False) if b[0] > a + 1
    ]
    yield from (f"a level is skipped before {text!r}" for _, text in skipped)
    second = [text for level, text in book.headings if level == 2]
    yield from (f"{text!r} stands twice" for text in set(second) if second.count(text) > 1)


def steps_open_their_cell(book):
    """A step's heading is the first line of its cell."""
    at_will = {*OPENING, *CLOSING}
    for cell in book.markdown:
        for place, (level, text) in enumerate(cell.headings):
            first = place == 0 and cell.source.startswith("#")
            if level == 2 and not first and text not in at_will:
                yield f"{cell}: {text!r} does not open its cell"


def starts_the_lab(book):
    """The first code cell imports and starts the lab at this chapter, and nothing else."""
    if not book.code:
        yield "no code cell"
        return
    *before, last = book.code[0].tree.body
    key, switch = json.dumps(book.chapter), SWITCH
    start = f"lab = ecs_tutorial.start(chapter={key}, containers=None)"
    if book.about.get("containers") == "simulated":
        start, switch = f"lab = ecs_tutorial.start(chapter={key})", NO_SWITCH
    if not book.code[0].source.endswith(f"\n{switch}\n{start}"):
        yield f"the start cell ends with {ast.unparse(last)}, not with the switch and {start}"
    if not all(isinstance(node, ast.Import | ast.ImportFrom) for node in before):
        yield "the start cell does more than import and start"


def closes_in_order(book):
    second = [text for level, text in book.headings if level == 2]
    if tuple(second[-4:]) != CLOSING:
        yield f"the last headings are {second[-4:]}, not {list(CLOSING)}"
        return
    first = next(cell for cell in book.markdown if (2, CLOSING[0]) in cell.headings)
    if any(cell.is_code for cell in book.cells[first.place :]):
        yield "code after the key points"
    text = "\n".join(cell.source for cell in book.cells[first.place :])
    points = text.partition("## What was left running")[0]
    if len(re.findall(r"^- ", points, re.M)) < 3:
        yield "fewer than three key points"


def questions_have_folded_answers(book):
    text = "\n\n".join(cell.source for cell in book.markdown)
    text = text.partition("## Questions")[2].partition("## Next")[0]
    asked = QUESTION.findall(text)
    wanted = [(str(n), str(n)) for n in range(1, len(asked) + 1)]
    if len(asked) < 3 or asked != wanted or text.count("<details>") != len(asked):
        yield f"questions and answers are {asked}; three or more, each folded, are wanted"


def exercises_are_whole(book):
    """Task, starter and, where something is made, tidying: in this order and in one step."""
    for each in exercises_in([cell.node for cell in book.cells]):
        ident = f"exercise-{each.key.replace('.', '-')}"
        began = [f"{ident}-begin"] if each.begin else []
        wanted = [ident, *began, f"{ident}-try", *([f"{ident}-tidy"] if each.tidy else [])]
        cells = [c for c in book.tagged("exercise") if IDENT.fullmatch(c.node.id)]
        mine = [c for c in cells if of_cell(c.node)[0] is each]
        if [c.node.id for c in mine] != wanted or book.before(mine[1]) is not mine[0]:
            yield f"exercise {each.key} has {[c.node.id for c in mine]}, not {wanted} in a row"
        elif any(book.section_of(c) is not book.section_of(mine[0]) for c in mine):
            yield f"exercise {each.key} is not all in one step"
        between = book.cells[mine[0].place : mine[-1].place]
        if not each.begin and any(c.is_code and "exercise" not in c.tags for c in between):
            yield f"exercise {each.key} is not tidied before the chapter goes on"
        if each.chapter != str(book.chapter):
            yield f"exercise {each.key} stands in chapter {book.chapter}"


def exercises_stand_for_objectives(book):
    """Each exercise is for one of the skills that the opening lists."""
    said = " ".join(book.cells[0].source.split())
    for each in exercises_in([cell.node for cell in book.cells]):
        if f"- {' '.join(each.objective.split())}" not in said:
            yield f"exercise {each.key} is for {each.objective!r}, which the opening does not list"


def code_stands_between_words(book):
    """Each code cell is introduced before it and read after it."""
    for cell in book.code:
        for beside, where in ((book.before(cell), "before"), (book.after(cell), "after")):
            if beside is None or beside.is_code or not beside.source.strip():
                yield f"{cell} has no words {where} it"


def as_many_cells_as_a_chapter_takes(book):
    allowed = FIRST_CELLS if book.chapter == 0 else CELLS
    count = sum(not {"predict", "exercise"} & set(cell.tags) for cell in book.code)
    if sum("exercise" in cell.tags for cell in book.code) > count:
        allowed = PRACTICE_CELLS
    if count not in allowed:
        yield f"{count} code cells of the chapter's own, not {allowed[0]} to {allowed[-1]}"


def cells_are_small(book):
    for cell in book.code:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        least = 1 if {"predict", "exercise"} & set(cell.tags) else LINES[0]
        if not least <= len(lines) <= LINES[-1]:
            yield f"{cell} has {len(lines)} lines, not {least} to {LINES[-1]}"
        yield from (f"{cell}: over 100 columns" for line in lines if len(line) > LONGEST_LINE)


def steps_end_with_a_check(book):
    for section in book.steps:
        own = [cell for cell in section if cell.is_code and "exercise" not in cell.tags]
        if own and "check" not in own[-1].tags:
            yield f"{section[0].source.splitlines()[0]!r} does not end with a check"


def checks_say_a_sentence(book):
    for cell in book.tagged("check"):
        said = cell.printed.strip()
        if not said or not (said[0].isupper() or said[0].isdigit()) or not said.endswith("."):
            yield f"{cell} says {said!r}, which is no sentence"


def predictions_are_answered(book):
    if not book.tagged("predict"):
        yield "no prediction"
    for cell in book.tagged("predict"):
        asked = book.before(cell).source
        if not asked.startswith("**Predict before you run.**") or "?" not in asked:
            yield f"{cell}: the cell before it asks nothing"
        later = [c for c in book.section_of(cell) if c.is_code and c.place > cell.place]
        if not later or {"predict", "exercise"} & set(later[0].tags):
            yield f"{cell} is not answered in its step"


def walk_stands_alone(book):
    """Cells tagged walk use only names that such cells make, so that they run without the rest."""
    walk = book.tagged("walk")
    if book.chapter and not walk and book.about.get("leaves") != _found(book):
        yield f"it leaves something else than the {_found(book)} it found and has no walk cell"
    made = set(dir(builtins)) | {name for cell in walk for name in _made(cell.tree)}
    for cell in walk:
        unknown = _used(cell.tree) - made
        if unknown:
            yield f"{cell} uses {sorted(unknown)}, which no walk cell makes"
        if set(cell.tags) & {"start", "predict", "check", "raises-exception", "exercise"}:
            yield f"{cell} is walk and {cell.tags}"


def _found(book):
    """What the chapter before in the walk leaves."""
    return chapters.Chapters(book.path.parent).begins_with(book.chapter)


def _made(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _used(tree):
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Load)}


def clients_are_plain(book):
    """A client is ``name = boto3.client("service")``; nothing stands between it and AWS."""
    for cell in book.code:
        made = cell.source.count("boto3.client(")
        if made != len(list(clients_in(cell.tree))):
            yield f"{cell} makes a client without a name of its own"
        if re.search(r"boto3\.(resource|Session|session)|\bsleep\(|\bgetattr\(", cell.source):
            yield f"{cell} hides a call or sleeps"


def calls_have_their_cli_form(book):
    """An operation's first call has its CLI form in the same step, after it."""
    seen = set()
    for cell in book.code:
        new = [call for call in book.calls(cell) if call not in seen]
        seen.update(new)
        section = book.section_of(cell)
        later = [c for c in section if not c.is_code and c.place > cell.place]
        shown = {command for c in later for block in c.cli_blocks for command in commands(block)}
        yield from (
            f"{cell}: no CLI form of {call} in its step" for call in new if call not in shown
        )


def cli_blocks_have_one_frame(book):
    for cell in book.markdown:
        framed = len(CLI_BLOCK.findall(cell.source))
        if not framed == cell.source.count(CLI_SUMMARY) == cell.source.count("```bash"):
            yield f"{cell}: a block with the CLI's form is not framed as the others"
        for block in cell.cli_blocks:
            if not commands(block):
                yield f"{cell}: a CLI block without an aws command"


def waits_and_costs_are_told_before(book):
    """Whoever waits, or would pay on AWS, reads so in the cell before."""
    for cell in book.code:
        told = (book.before(cell) or cell).source
        calls = book.calls(cell)
        if any(call.operation.startswith("wait ") for call in calls) and "> **Wait.**" not in told:
            yield f"{cell} waits without a warning before it"
        if Call("ec2", "run-instances") in calls and "> **Cost on AWS.**" not in told:
            yield f"{cell} would cost money on AWS without a warning before it"


def most_cells_are_compared(book):
    """A cell without output is compared with nothing, whatever it prints one day."""
    with_output = [cell for cell in book.code if cell.outputs]
    if len(with_output) < COMPARED * len(book.code):
        yield f"{len(with_output)} of {len(book.code)} code cells have outputs to compare"
    yield from (f"{c} was not run; refresh" for c in book.code if c.node.execution_count is None)


def next_chapter_is_linked(book, following=None):
    """The last section leads to the next notebook, by its title."""
    file, title = following or ("00-start-here.ipynb", "Start here")
    if f"[{title}]({file})" not in book.cells[-1].source.partition("## Next")[2]:
        yield f"## Next has no link [{title}]({file})"


RULES = (
    metadata_says_what_the_lab_needs,
    tags_are_known,
    opens_in_order,
    title_names_the_chapter,
    headings_form_a_tree,
    steps_open_their_cell,
    starts_the_lab,
    closes_in_order,
    questions_have_folded_answers,
    code_stands_between_words,
    exercises_are_whole,
    exercises_stand_for_objectives,
    as_many_cells_as_a_chapter_takes,
    cells_are_small,
    steps_end_with_a_check,
    checks_say_a_sentence,
    predictions_are_answered,
    walk_stands_alone,
    clients_are_plain,
    calls_have_their_cli_form,
    cli_blocks_have_one_frame,
    waits_and_costs_are_told_before,
    most_cells_are_compared,
)
