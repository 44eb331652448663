"""Every notebook keeps the rules of how a notebook is made here; each rule can fail."""

import copy

import notebook_language
import notebook_structure
import pytest
from notebook_book import NOTEBOOKS, Book, books
from notebook_language import acronyms_are_opened_at_first_use
from notebook_structure import next_chapter_is_linked
from sample_notebook import code, markdown, sample

from ecs_tutorial import refresh
from ecs_tutorial.exercises import cells
from ecs_tutorial.notebook import opening
from ecs_tutorial.workshop.calls import commands

TUTORIAL = books()
RULES = (*notebook_structure.RULES, *notebook_language.RULES)


def by_name(rule):
    return getattr(rule, "__name__", str(rule))


@pytest.mark.parametrize("rule", RULES, ids=by_name)
@pytest.mark.parametrize("book", TUTORIAL, ids=str)
def test_a_notebook_keeps_the_rule(book, rule):
    """What the rule's name says is true of the notebook."""
    assert list(rule(book)) == []


def test_the_walk_is_whole():
    """From the start to the clean-up no chapter is missing that a later one builds on."""
    walked = [book.chapter for book in TUTORIAL if book.tagged("walk")]
    assert walked[:7] == [*range(1, 7), 10]
    assert TUTORIAL[0].chapter == 0


def test_each_chapter_leads_to_the_next():
    """The last section of a notebook links the one after it by its title."""
    following = [(book.path.name, book.title) for book in TUTORIAL[1:]]
    for book, after in zip(TUTORIAL, [*following, None], strict=True):
        assert list(next_chapter_is_linked(book, after)) == [], book


def test_acronyms_are_opened_once():
    """The first cell of the tutorial that uses an acronym says what it stands for."""
    assert list(acronyms_are_opened_at_first_use(TUTORIAL)) == []


def test_enough_of_the_tutorial_is_compared():
    """At least 80 % of all code cells keep outputs, so that their comparison can fail."""
    cells = [cell for book in TUTORIAL for cell in book.code]
    assert sum(bool(cell.outputs) for cell in cells) >= 0.8 * len(cells) > 0


@pytest.mark.parametrize("book", TUTORIAL, ids=str)
def test_generated_parts_are_up_to_date(book):
    """Exercises, time, map and form are what ``python -m ecs_tutorial.refresh`` would write now."""
    node = copy.deepcopy(book.node)
    refresh.normalise(node)
    cells.write(node.cells)
    refresh.write_opening(node, NOTEBOOKS)
    assert refresh.written(node) == book.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("book", TUTORIAL, ids=str)
def test_the_map_shows_the_chapter(book):
    """The picture in ``images`` is the one that the library draws now."""
    picture = NOTEBOOKS / opening.picture_path(book.chapter)
    drawn = opening.map_picture(book.chapter, refresh.titles(NOTEBOOKS)).svg
    assert picture.read_text(encoding="utf-8").rstrip("\n") == drawn


@pytest.fixture
def folder(tmp_path):
    """A folder around the sample, with the files that it links."""
    for name in ("00-start-here", "02-cluster", "03-container-instances"):
        (tmp_path / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    return tmp_path


def book_of(node, folder):
    for number, cell in enumerate([c for c in node.cells if c.cell_type == "code"], start=1):
        cell.execution_count = number
    time = next(cell for cell in node.cells if "time" in cell.metadata.get("tags", ()))
    time.source = time.source or "**About 20 minutes**: reading."
    return Book(folder / "02-cluster.ipynb", node)


def broken_by(rule, folder, change):
    """What a rule says of the sample after a change."""
    node = sample()
    change(node)
    return list(rule(book_of(node, folder)))


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_sample_keeps_the_rule(folder, rule):
    """A notebook can keep all rules at once."""
    assert list(rule(book_of(sample(), folder))) == []


def cell(node, ident):
    return next(each for each in node.cells if each.id == ident)


def replaced(ident, old, new):
    """A change of one cell's source."""

    def change(node):
        assert old in cell(node, ident).source
        cell(node, ident).source = cell(node, ident).source.replace(old, new)

    return change


def added(ident, text):
    """A change that puts text at the end of a cell."""

    def change(node):
        cell(node, ident).source += "\n\n" + text

    return change


def retagged(ident, *tags):
    def change(node):
        cell(node, ident).metadata["tags"] = list(tags)

    return change


def printing(ident, text):
    def change(node):
        cell(node, ident).outputs = code("x", "", printed=text).outputs

    return change


def showing(ident, html):
    def change(node):
        shown = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
        cell(node, ident).outputs = [refresh._node(shown)]

    return change


def silent(node):
    for each in node.cells:
        each.pop("outputs", None)
        if each.cell_type == "code":
            each["outputs"] = []


def without(ident):
    def change(node):
        node.cells.remove(cell(node, ident))

    return change


def in_metadata(node):
    node.metadata["widgets"] = {}


def always_simulated(node):
    node.metadata["ecs_tutorial"]["containers"] = "simulated"


def side_by_side(node):
    node.cells.insert(node.cells.index(cell(node, "start")), code("extra", "a = 1\na"))


def many(node):
    for number in range(9):
        node.cells.insert(6, markdown(f"more-{number}", "More."))
        node.cells.insert(6, code(f"many-{number}", "a = 1\na"))


def with_exercise(*parts):
    """A change that puts cells of an exercise behind the step ``create``."""

    def change(node):
        at = node.cells.index(cell(node, "checked-0"))
        node.cells[at + 1 : at + 1] = [EXERCISE[part]() for part in parts]

    return change


EXERCISE = {
    "task": lambda: markdown("exercise-2-1", "### Exercise", ["exercise"]),
    "try": lambda: code("exercise-2-1-try", "exercise.check()", ["exercise"]),
    "words": lambda: markdown("more", "Delete it."),
    "step": lambda: markdown("more", "## Another step"),
    "walk": lambda: code("more", "a = 1\na", ["walk"]),
    "tidy": lambda: code("exercise-2-1-tidy", "exercise.tidy()", ["exercise"]),
}
FAULTS = (
    ("metadata_says_what_the_lab_needs", in_metadata),
    ("tags_are_known", retagged("answer", "nbval-skip")),
    ("opens_in_order", retagged("map")),
    ("opens_in_order", replaced("opening", "**Helpful:**", "Helpful:")),
    ("title_names_the_chapter", replaced("opening", "Chapter 2:", "Chapter 3:")),
    ("headings_form_a_tree", added("closing", "# Another")),
    ("headings_form_a_tree", added("started", "#### Deep")),
    ("headings_form_a_tree", replaced("guess", "Guess", "Create it")),
    ("steps_open_their_cell", added("read-0", "## A step inside")),
    ("starts_the_lab", replaced("start", "chapter=2", "chapter=3")),
    ("starts_the_lab", replaced("start", "containers=None", 'containers="docker"')),
    ("starts_the_lab", replaced("start", "# containers:", "# Containers:")),
    ("starts_the_lab", always_simulated),
    ("starts_the_lab", replaced("start", "\n\n", "\nprint(1)\n")),
    ("closes_in_order", replaced("closing", "## Key points", "## Points")),
    ("closes_in_order", replaced("closing", "- Two.\n", "")),
    ("questions_have_folded_answers", replaced("closing", "<summary>Answer 2", "<summary>A")),
    ("code_stands_between_words", side_by_side),
    ("as_many_cells_as_a_chapter_takes", many),
    ("as_many_cells_as_a_chapter_takes", lambda node: [without(f"do-{n}")(node) for n in range(4)]),
    ("exercises_are_whole", with_exercise("task", "try")),
    ("exercises_are_whole", with_exercise("task", "words", "try", "tidy")),
    ("exercises_are_whole", with_exercise("task", "try", "step", "tidy")),
    ("exercises_are_whole", with_exercise("task", "try", "walk", "tidy")),
    ("exercises_stand_for_objectives", with_exercise("task", "try", "words", "tidy")),
    ("cells_are_small", replaced("answer", "print", "\n" * 2 + "a = 1\n" * 7 + "print")),
    ("cells_are_small", replaced("answer", "'Yes.'", f"'{'y' * 100}'")),
    ("steps_end_with_a_check", retagged("check-1")),
    ("checks_say_a_sentence", printing("check-1", "ok\n")),
    ("predictions_are_answered", without("predict")),
    ("predictions_are_answered", replaced("ask", "?", ".")),
    ("predictions_are_answered", lambda node: [without(n)(node) for n in ("answer", "check")]),
    ("walk_stands_alone", replaced("do-0", "'Wordpress'", "name_of_another_cell")),
    ("walk_stands_alone", retagged("do-0")),
    ("clients_are_plain", replaced("do-0", "ecs = boto3", "c = {}; c['ecs'] = boto3")),
    ("clients_are_plain", added("do-1", "time.sleep(1)")),
    ("calls_have_their_cli_form", replaced("read-1", "describe-clusters", "list-clusters")),
    ("cli_blocks_have_one_frame", replaced("read-1", "The same with the AWS CLI", "CLI")),
    ("cli_blocks_have_one_frame", replaced("read-1", "aws ecs", "echo")),
    ("waits_and_costs_are_told_before", replaced("reveal", "> **Wait.**", "")),
    (
        "waits_and_costs_are_told_before",
        added("do-1", "ec2 = boto3.client('ec2')\nec2.run_instances()"),
    ),
    ("most_cells_are_compared", silent),
    ("some_words_never_stand_here", added("started", "You just wait.")),
    ("terms_are_spelled_as_aws_spells_them", added("started", "A task-definition.")),
    ("terms_are_spelled_as_aws_spells_them", added("started", "On Docker hub.")),
    ("terms_are_spelled_as_aws_spells_them", added("started", "The Wordpress image.")),
    ("skills_can_be_checked", replaced("opening", "- Create", "- Understand")),
    ("time_is_in_bounds", added("time", "**About 90 minutes**")),
    ("then_and_now_is_told", replaced("started", "2015", "the past")),
    ("then_and_now_is_told", replaced("started", "`default`", "named")),
    ("code_blocks_are_named", added("started", "```\nx\n```")),
    ("code_blocks_are_named", added("started", "```text\naws ecs list-clusters\n```")),
    ("diagrams_have_their_words", added("started", "```mermaid\nflowchart LR\n```")),
    ("images_have_alternative_text", added("started", "![](images/a.png)")),
    ("images_have_alternative_text", added("started", "![A map of the walk](images/no.svg)")),
    ("links_are_named_and_lead_somewhere", added("started", "[here](00-start-here.ipynb)")),
    ("links_are_named_and_lead_somewhere", added("started", "[The old one](99-old.ipynb)")),
    ("links_are_named_and_lead_somewhere", added("started", "[Below](#No-such-heading)")),
    ("outputs_are_the_same_everywhere", printing("answer", "at http://127.0.0.1:43211/\n")),
    ("outputs_are_the_same_everywhere", printing("answer", "<Lab object at 0x7f11>\n")),
    ("outputs_can_be_read_aloud", showing("answer", "<p><img src='a.png'></p>")),
    ("outputs_can_be_read_aloud", showing("answer", "<svg role='img'><path/></svg>")),
)


@pytest.mark.parametrize(("name", "change"), FAULTS, ids=lambda value: by_name(value)[:40])
def test_the_rule_finds_its_fault(folder, name, change):
    """A rule says something of a notebook that breaks it."""
    rule = next(rule for rule in RULES if rule.__name__ == name)
    assert broken_by(rule, folder, change)


def test_a_whole_exercise_is_none(folder):
    """Task, starter and tidying in one step break no rule of form."""
    whole = with_exercise("task", "try", "words", "tidy")
    found = [rule for rule in RULES if broken_by(rule, folder, whole)]
    assert [rule.__name__ for rule in found] == ["exercises_stand_for_objectives"]


def test_each_rule_has_a_fault():
    """No rule is without a proof that it can fail."""
    assert {rule.__name__ for rule in RULES} == {name for name, _ in FAULTS}


def test_a_missing_link_to_the_next_chapter_is_found(folder):
    """The check of the last section can fail."""
    book = book_of(sample(), folder)
    assert not list(
        next_chapter_is_linked(
            book, ("03-container-instances.ipynb", "Chapter 3: Container instances")
        )
    )
    assert list(next_chapter_is_linked(book, ("03-container-instances.ipynb", "Chapter 3: Hosts")))


def test_an_unopened_acronym_is_found(folder):
    """The check of acronyms can fail."""
    book = book_of(sample(), folder)
    assert not list(acronyms_are_opened_at_first_use([book]))
    node = sample()
    added("started", "Its ARN names it.")(node)
    assert list(acronyms_are_opened_at_first_use([book_of(node, folder)]))


def test_commands_are_read_from_a_block():
    """A command over two lines, a waiter and one inside ``$(…)`` are all found."""
    block = "a=$(aws ssm get-parameter \\\n  --name x)\naws ecs wait services-stable --cluster c"
    assert [str(each) for each in commands(block)] == [
        "ssm get-parameter",
        "ecs wait services-stable",
    ]
