"""Each notebook as a reader finds it, and as a learner goes through it: Shift-Enter, cell by cell.

One JupyterLab is open for all of them. A notebook is opened in its list of files and closed again.
"""

import re

import pytest
from accessibility import grave_faults
from nbconvert import HTMLExporter
from notebook_book import NOTEBOOKS, books
from picture_facts import PICTURE, left_out, spoken, unfold
from playwright.sync_api import expect
from reading import CONTENT, OPENING_PATIENCE, Reading, zoomed

pytestmark = pytest.mark.browser

WIDE_OUTPUTS = ("scrollable-region-focusable",)
"""JupyterLab's own area scrolls a table that is too wide; browsers let the keyboard into it."""
LINKS_OF_NBCONVERT = ("link-in-text-block",)
"""nbconvert's style sheet shows links without a line below them; JupyterLab's does not."""
TUTORIAL = {str(book): book for book in books()}
CLUSTER = TUTORIAL["02-cluster"]


def until_started(reading):
    """Step through the notebook's beginning, up to the lab's start."""
    reading.go_to(0)
    (start,) = CLUSTER.tagged("start")
    for number in range(start.place + 1):
        reading.step(number)
    return start.place


def test_two_tabs_on_one_lab(desk, page, open_lab):
    """Two notebooks have a kernel each and share the lab: what one does, the other sees."""
    one = Reading(desk, open_lab, CLUSTER.path.name)
    until_started(one)
    kernel = open_lab.jupyter.kernel_of(CLUSTER.path.name)
    asked = 'import boto3; boto3.client("ecs").create_cluster(clusterName="two")'
    open_lab.jupyter.ask(kernel, asked)
    open_lab.notebook(
        "other.ipynb",
        [
            "import ecs_tutorial, boto3\nlab = ecs_tutorial.start(chapter=2, keep=True)",
            'print(boto3.client("ecs").list_clusters()["clusterArns"])',
        ],
    )
    other = Reading(page, open_lab, "other.ipynb")
    other.go_to(0)
    for number in (0, 1):
        other.step(number)
    expect(other.cell(1)).to_contain_text(":cluster/two")
    other.close()
    one.close()


def test_a_kernel_restarted_in_the_middle(desk, open_lab):
    """After a restart the first cell and the next one go on in the lab; nothing hangs."""
    reading = Reading(desk, open_lab, CLUSTER.path.name)
    start = until_started(reading)
    for number in (start + 1, start + 2):
        reading.step(number)
    reading.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    reading.page.get_by_text("Restart Kernel…", exact=True).click()
    reading.page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(reading.page.get_by_text("| Idle")).to_be_visible(timeout=OPENING_PATIENCE)
    reading.go_to(start)
    for number in range(start, len(CLUSTER.cells)):
        reading.step(number)
    assert reading.faulty(CLUSTER) == []
    reading.close()


@pytest.fixture(scope="module", params=TUTORIAL.values(), ids=str)
def book(request):
    return request.param


@pytest.fixture(scope="module")
def reading(book, desk, open_lab):
    """A notebook as it lies in git; the tests read it and then run it."""
    reading = Reading(desk, open_lab, book.path.name)
    yield reading
    reading.close()


def test_kept_outputs_have_no_grave_fault_in_the_dark_at_200_percent(reading, book, artefacts):
    """As it lies in git, in JupyterLab's dark theme, zoomed as a browser does it."""
    reading.theme("Dark")
    with zoomed(reading.page):
        found = grave_faults(reading.page, *CONTENT, but=WIDE_OUTPUTS)
        reading.page.screenshot(path=artefacts / f"{book}-dark-zoomed.png")
    assert found == []


def test_shift_enter_from_top_to_bottom(reading, book, artefacts):
    """Each cell is done before the next; none fails that should not; axe finds no grave fault."""
    reading.theme("Light")
    reading.go_to(0)
    for cell in book.cells:
        reading.step(cell.place)
    assert reading.faulty(book) == []
    reading.page.screenshot(path=artefacts / f"{book}.png")
    assert grave_faults(reading.page, *CONTENT, but=WIDE_OUTPUTS) == []


def test_a_screen_reader_gets_every_fact_of_each_picture(reading, book, artefacts):
    """With its folds open, the accessibility tree says all that charts, maps and drawings draw."""
    unfold(reading.cells)
    tree = spoken(reading.notebook)
    (artefacts / f"{book}-tree.txt").write_text(tree, encoding="utf-8")
    with_pictures = [cell for cell in reading.cells.all() if cell.locator(PICTURE).count()]
    assert with_pictures
    assert {number: left_out(cell) for number, cell in enumerate(with_pictures)} == {
        number: [] for number, _ in enumerate(with_pictures)
    }


def test_exported_html_has_no_grave_fault(page, book, tmp_path):
    """As nbconvert makes a page of it."""
    exported, _ = HTMLExporter().from_filename(str(NOTEBOOKS / book.path.name))
    (tmp_path / "exported.html").write_text(exported, encoding="utf-8")
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto((tmp_path / "exported.html").as_uri(), wait_until="domcontentloaded")
    assert grave_faults(page, *CONTENT, but=LINKS_OF_NBCONVERT + WIDE_OUTPUTS) == []
