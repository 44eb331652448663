"""Each notebook as a learner goes through it: Shift-Enter, cell by cell, in JupyterLab."""

import re

import pytest
from accessibility import grave_faults
from nbconvert import HTMLExporter
from notebook_book import NOTEBOOKS, books
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DONE = re.compile(r"\[\d+\]:")
CELL_PATIENCE = 120_000
ERROR = "[data-mime-type='application/vnd.jupyter.error']"
CONTENT = (".jp-RenderedMarkdown", ".jp-OutputArea-output")
"""What is a notebook's own, not JupyterLab's."""
WIDE_OUTPUTS = ("scrollable-region-focusable",)
"""JupyterLab's own area scrolls a table that is too wide; browsers let the keyboard into it."""
LINKS_OF_NBCONVERT = ("link-in-text-block",)
"""nbconvert's style sheet shows links without a line below them; JupyterLab's does not."""
each_book = pytest.mark.parametrize("book", books(), ids=str)


class Reading:
    """One notebook in one window."""

    def __init__(self, browser, lab, name, **window):
        window = {"viewport": {"width": 1280, "height": 1000}} | window
        self.page = browser.new_page(**window)
        self.page.goto(lab.address(name))
        self.notebook = self.page.locator(".jp-NotebookPanel:visible")
        expect(self.notebook.locator(".jp-Cell").first).to_be_visible(timeout=60_000)
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
        self.cells = self.notebook.locator(".jp-Cell")

    def step(self, number):
        """Shift-Enter on a cell that was reached; wait until a code cell is done."""
        cell = self.cells.nth(number)
        expect(cell).to_have_class(re.compile(r"\bjp-mod-active\b"))
        self.page.keyboard.press("Shift+Enter")
        if "jp-CodeCell" in (cell.get_attribute("class") or ""):
            expect(cell.locator(".jp-InputPrompt").first).to_have_text(DONE, timeout=CELL_PATIENCE)

    def go_to(self, number):
        self.cells.nth(number).locator(".jp-InputPrompt").first.click()

    def end(self):
        self.page.close()


def faulty(reading, book):
    """The cells that ended in an error and were not meant to."""
    return [
        cell["id"]
        for number, cell in enumerate(book.node.cells)
        if reading.cells.nth(number).locator(ERROR).count()
        and "raises-exception" not in cell["metadata"].get("tags", [])
    ]


@each_book
def test_shift_enter_from_top_to_bottom(browser, open_lab, book, artefacts):
    """Each cell is done before the next; none fails that should not; axe finds no grave fault."""
    reading = Reading(browser, open_lab, book.path.name)
    reading.go_to(0)
    for number in range(len(book.node.cells)):
        reading.step(number)
    assert faulty(reading, book) == []
    reading.page.screenshot(path=artefacts / f"{book.path.stem}.png")
    found = grave_faults(reading.page, *CONTENT, but=WIDE_OUTPUTS)
    reading.end()
    assert found == []


@each_book
def test_kept_outputs_have_no_grave_fault_in_the_dark(browser, open_lab, book):
    """As it lies in git, in JupyterLab's dark theme, in a narrow window as 200 % zoom leaves it."""
    reading = Reading(
        browser,
        open_lab,
        book.path.name,
        viewport={"width": 640, "height": 900},
        color_scheme="dark",
    )
    dark(reading.page)
    found = grave_faults(reading.page, *CONTENT, but=WIDE_OUTPUTS)
    reading.end()
    assert found == []


def dark(page):
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).click()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()


@each_book
def test_exported_html_has_no_grave_fault(browser, book, tmp_path):
    """As nbconvert makes a page of it."""
    exported, _ = HTMLExporter().from_filename(str(NOTEBOOKS / book.path.name))
    (tmp_path / "exported.html").write_text(exported, encoding="utf-8")
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto((tmp_path / "exported.html").as_uri(), wait_until="domcontentloaded")
    found = grave_faults(page, *CONTENT, but=LINKS_OF_NBCONVERT + WIDE_OUTPUTS)
    page.close()
    assert found == []


def test_two_tabs_on_one_lab(browser, open_lab):
    """Two notebooks have a kernel each and share the lab: what one does, the other sees."""
    one = Reading(browser, open_lab, "02-cluster.ipynb")
    one.go_to(0)
    numbers = {cell["id"]: at for at, cell in enumerate(books()[2].node.cells)}
    for number in range(numbers["start"] + 1):
        one.step(number)
    ask, kernel_of = open_lab.jupyter.ask, open_lab.jupyter.kernel_of
    ask(
        kernel_of("02-cluster.ipynb"),
        'import boto3; boto3.client("ecs").create_cluster(clusterName="two")',
    )
    open_lab.notebook(
        "other.ipynb",
        [
            "import ecs_tutorial, boto3\nlab = ecs_tutorial.start(chapter=2, keep=True)",
            'print(boto3.client("ecs").list_clusters()["clusterArns"])',
        ],
    )
    other = Reading(browser, open_lab, "other.ipynb")
    other.go_to(0)
    for number in (0, 1):
        other.step(number)
    expect(other.cells.nth(1)).to_contain_text(":cluster/two")
    other.end()
    one.end()


def test_a_kernel_restarted_in_the_middle(browser, open_lab):
    """After a restart the first cell and the next one go on in the lab; nothing hangs."""
    book = books()[2]
    reading = Reading(browser, open_lab, book.path.name)
    reading.go_to(0)
    numbers = {cell["id"]: at for at, cell in enumerate(book.node.cells)}
    for number in range(numbers["start"] + 3):
        reading.step(number)
    reading.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    reading.page.get_by_text("Restart Kernel…", exact=True).click()
    reading.page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(reading.page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
    reading.go_to(numbers["start"])
    for number in range(numbers["start"], len(book.node.cells)):
        reading.step(number)
    assert faulty(reading, book) == []
    reading.end()
