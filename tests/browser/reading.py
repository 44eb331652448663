"""A notebook in JupyterLab, as somebody sees it who opens it and steps through it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from notebook_book import Book
from open_lab import OpenLab
from playwright.sync_api import Locator, Page, expect

CONTENT = (".jp-RenderedMarkdown", ".jp-OutputArea-output")
"""What is a notebook's own, not JupyterLab's."""
DONE = re.compile(r"\[\d+\]:")
REACHED = re.compile(r"\bjp-mod-active\b")
ERROR = "[data-mime-type='application/vnd.jupyter.error']"
OPENING_PATIENCE, CELL_PATIENCE = 90_000, 120_000
WIDTH, HEIGHT = 1280, 1000


class Reading:
    """A notebook that is open in a page; the page's JupyterLab stays when it is closed."""

    def __init__(self, page: Page, lab: OpenLab, name: str) -> None:
        self.page, self._lab, self._name = page, lab, name
        if page.url == "about:blank":
            page.goto(lab.address(name))
        else:
            page.locator(".jp-DirListing-item").filter(has_text=name).dblclick()
        self.notebook = page.locator(".jp-NotebookPanel:visible")
        self.cells = self.notebook.locator(".jp-Cell")
        expect(self.cells.first).to_be_visible(timeout=OPENING_PATIENCE)
        expect(page.get_by_text("| Idle")).to_be_visible(timeout=OPENING_PATIENCE)
        kinds = self.cells.evaluate_all("all => all.map(it => it.matches('.jp-CodeCell'))")
        self._code = {number for number, is_code in enumerate(kinds) if is_code}

    def cell(self, number: int) -> Locator:
        return self.cells.nth(number)

    def go_to(self, number: int) -> None:
        self.cell(number).locator(".jp-InputPrompt").first.click()
        expect(self.cell(number)).to_have_class(REACHED)

    def step(self, number: int) -> None:
        """Shift-Enter on a cell that was reached; wait until a code cell is done."""
        self.page.keyboard.press("Shift+Enter")
        if number in self._code:
            prompt = self.cell(number).locator(".jp-InputPrompt").first
            expect(prompt).to_have_text(DONE, timeout=CELL_PATIENCE)
        if number + 1 < self.cells.count():
            expect(self.cell(number + 1)).to_have_class(REACHED)

    def write(self, number: int, source: str) -> None:
        """Type into a code cell in place of what stands there, and run it."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")

    def faulty(self, book: Book) -> list[str]:
        """The cells that ended in an error and were not meant to, once all are done."""
        busy = self.notebook.locator(".jp-InputPrompt", has_text="[*]:")
        expect(busy).to_have_count(0, timeout=CELL_PATIENCE)
        return [
            cell.node["id"]
            for cell in book.code
            if self.cell(cell.place).locator(ERROR).count() and "raises-exception" not in cell.tags
        ]

    def theme(self, name: str) -> None:
        """``Light`` or ``Dark``, chosen in JupyterLab's menu."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.get_by_text("Theme", exact=True).click()
        self.page.get_by_text(f"JupyterLab {name}", exact=True).click()
        is_light = "true" if name == "Light" else "false"
        expect(self.page.locator(f"body[data-jp-theme-light={is_light}]")).to_be_attached()

    def close(self) -> None:
        """Close its tab, keep nothing and end its kernel, as nobody reads on."""
        self.page.get_by_role("menuitem", name="File", exact=True).click()
        self.page.get_by_text("Close Tab", exact=True).click()
        discard = self.page.get_by_role("button", name="Discard")
        expect(discard.or_(self.page.locator(".jp-Launcher-body:visible"))).to_be_visible()
        if discard.is_visible():
            discard.click()
        expect(self.page.locator(".jp-NotebookPanel")).to_have_count(0)
        self._lab.jupyter.shut_down(self._name)


@contextmanager
def zoomed(page: Page) -> Iterator[None]:
    """The same window at 200 %: half as many CSS pixels, each drawn with two by two."""
    size = page.evaluate("[innerWidth, innerHeight]")
    width, height = (side // 2 for side in size)
    session = page.context.new_cdp_session(page)
    half = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", half)
    assert page.evaluate("[innerWidth, devicePixelRatio]") == [width, 2]
    # JupyterLab lays itself out anew a moment after its window has changed.
    page.wait_for_function(
        "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)')"
        ".getBoundingClientRect().right <= innerWidth"
    )
    try:
        yield
    finally:
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()
