"""The dashboard in JupyterLab: it moves, it obeys, it can be read, and it ends."""

import io
import re
import time

import nbformat
import pytest
from accessibility import grave_faults
from nbconvert import HTMLExporter
from PIL import Image, ImageChops
from playwright.sync_api import expect
from reading import zoomed

pytestmark = pytest.mark.browser

NAME = "watch.ipynb"
CELLS = (
    "import boto3\n"
    "import ecs_tutorial\n"
    "from ecs_tutorial.notebook.dashboard import dashboard\n"
    "from ecs_tutorial.notebook.timeline import timeline\n"
    "lab = ecs_tutorial.start(chapter=6)\n"
    'ecs = boto3.client("ecs")\n'
    "def scale(desired):\n"
    '    ecs.update_service(cluster="Wordpress", service="wordpress", desiredCount=desired)\n'
    '    ecs.get_waiter("services_stable").wait(cluster="Wordpress", services=["wordpress"])',
    'shown = dashboard("Wordpress")\nshown',
    'through_time = timeline("wordpress", "Wordpress")\nthrough_time',
)
DASHBOARD, TIMELINE = (
    ".jp-OutputArea-output:has(.zones)",
    ".jp-OutputArea-output:has(.ecs-live svg)",
)
A_WHILE = 2500
"""Milliseconds in which a page that moves asks twice."""


class Watching:
    """A learner's window with the dashboard in it, and what it sends to its kernel."""

    def __init__(self, browser, lab):
        self.lab = lab
        self.page = browser.new_page(
            viewport={"width": 1280, "height": 1400}, reduced_motion="reduce"
        )
        self.questions = []
        self.page.on("websocket", self._listen)
        self.page.goto(lab.notebook(NAME, CELLS))
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
        self.page.locator(".jp-CodeCell .cm-content").first.click()
        for _ in CELLS[:2]:
            self.page.keyboard.press("Shift+Enter")
        self.shown = self.page.locator(DASHBOARD)
        expect(self.shown.get_by_text("2 tasks running")).to_be_visible(timeout=90_000)

    def _listen(self, socket):
        socket.on("framesent", self._note)

    def _note(self, sent):
        payload = sent if isinstance(sent, bytes) else str(sent).encode()
        if b'"kind":"look"' in payload.replace(b": ", b":"):
            self.questions.append(time.monotonic())

    def asked_in_a_while(self):
        """How many looks it asks for in a while."""
        before = len(self.questions)
        self.page.wait_for_timeout(A_WHILE)
        return len(self.questions) - before

    def kernel(self):
        return self.lab.jupyter.kernel_of(NAME)

    def run(self, code):
        """Run code in the notebook's kernel, as a cell elsewhere would."""
        return self.lab.jupyter.ask(self.kernel(), code)

    def card(self, number):
        """A picture of an instance's card, as pixels."""
        shot = self.shown.locator(".instance").nth(number).screenshot()
        return Image.open(io.BytesIO(shot)).convert("RGB")

    def task(self, number=0):
        return self.shown.locator(".instance [data-task]").nth(number)


@pytest.fixture(scope="module")
def watching(browser, open_lab):
    opened = Watching(browser, open_lab)
    yield opened
    opened.page.close()


@pytest.fixture
def moving(watching):
    """The dashboard as it is at first: moving, two tasks running, nothing filtered."""
    watching.run("scale(2)")
    expect(watching.shown.get_by_text("2 tasks running, 0 on the way")).to_be_visible()
    expect(watching.shown.get_by_role("status")).to_have_text("Moving.")
    return watching


def differ(one, other):
    return one.size != other.size or ImageChops.difference(one, other).getbbox() is not None


def test_it_shows_a_service_being_scaled(moving, artefacts):
    """Before and after, the pictures differ on the instance that lost its task, and only there."""
    before = [moving.card(number) for number in (0, 1)]
    again = [moving.card(number) for number in (0, 1)]
    assert not any(differ(*pair) for pair in zip(before, again, strict=True))
    moving.shown.screenshot(path=artefacts / "dashboard-two.png")
    tasks = [moving.shown.locator(".instance").nth(n).locator("[data-task]") for n in (0, 1)]
    moving.run("scale(1)")
    expect(moving.shown.get_by_text("1 task running, 0 on the way")).to_be_visible()
    lost = [number for number in (0, 1) if tasks[number].count() == 0]
    assert len(lost) == 1
    after = [moving.card(number) for number in (0, 1)]
    assert [differ(*pair) for pair in zip(before, after, strict=True)] == [
        number in lost for number in (0, 1)
    ]
    expect(moving.shown.get_by_role("row", name="wordpress")).to_contain_text("1")
    expect(moving.shown.get_by_role("log")).to_contain_text("has stopped 1 running tasks")
    moving.shown.screenshot(path=artefacts / "dashboard-one.png")


def test_it_moves_while_a_cell_runs(moving):
    """JupyterLab lets its questions past a cell that is not done yet."""
    running = moving.run(
        "from time import monotonic, sleep\nbefore = shown.living.answers\n"
        "end = monotonic() + 4\nwhile monotonic() < end: sleep(0.1)\n"
        "print(shown.living.answers - before)"
    )
    assert int(running) >= 2


def test_it_asks_once_a_second(moving):
    """Not more, and at the speed that was chosen."""
    assert moving.asked_in_a_while() in (2, 3)
    moving.shown.get_by_label("Look").select_option("every 5 seconds")
    moving.page.wait_for_timeout(500)
    assert moving.asked_in_a_while() <= 1
    moving.shown.get_by_label("Look").select_option("every second")


def test_paused_it_asks_nothing_and_says_so(moving):
    """Pause is a button; pressed again, the picture goes on."""
    pause = moving.shown.get_by_role("button", name="Pause")
    pause.click()
    expect(moving.shown.get_by_role("status")).to_have_text("Paused.")
    assert moving.asked_in_a_while() == 0
    pause.click()
    expect(moving.shown.get_by_role("status")).to_have_text("Moving.")
    assert moving.asked_in_a_while() >= 2


def test_a_filter_leaves_out_tasks_and_says_how_many(moving):
    """By state and by service; the marks stay."""
    moving.shown.get_by_label("In state").select_option("on the way")
    expect(moving.shown.get_by_text("2 not shown")).to_be_visible()
    expect(moving.shown.locator(".instance [data-task]")).to_have_count(0)
    moving.shown.get_by_label("In state").select_option("every state")
    moving.shown.get_by_label("Show").select_option("wordpress")
    expect(moving.shown.locator(".instance [data-task]")).to_have_count(2)
    moving.shown.get_by_label("Show").select_option("every service")


def test_keyboard_alone_opens_a_task_and_closes_it(moving):
    """Tab to the tasks, arrows among them, Enter opens, Escape closes and gives the focus back."""
    page = moving.page
    moving.shown.get_by_label("In state").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.task ?? ''"):
            break
    first = page.evaluate("document.activeElement.dataset.task")
    assert first == moving.task(0).get_attribute("data-task")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.task")
    assert second == moving.task(1).get_attribute("data-task")
    page.keyboard.press("Enter")
    panel = moving.shown.get_by_role("region", name=re.compile("^Task "))
    expect(panel).to_be_focused()
    facts = ("wordpress", "mysql", "80 → 80", "RUNNING")
    for fact in facts:
        expect(panel).to_contain_text(fact)
    tree = panel.aria_snapshot()
    assert [fact for fact in facts if fact not in tree] == []
    page.wait_for_timeout(A_WHILE)
    expect(panel).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.task") == second


def test_a_click_on_a_stopped_task_tells_why_it_stopped(moving):
    """Its reason, and each container's."""
    moving.run("scale(1)\nscale(2)")
    ended = moving.shown.locator(".ended [data-task]").first
    ended.click()
    panel = moving.shown.get_by_role("region", name=re.compile("^Task "))
    expect(panel).to_contain_text("Scaling activity initiated by")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_the_accessibility_tree_has_every_fact(moving, artefacts):
    """What a screen reader is given, kept as text, holds all that the plain call prints."""
    tree = moving.shown.aria_snapshot()
    (artefacts / "dashboard-tree.txt").write_text(tree, encoding="utf-8")
    spoken = " ".join(tree.replace('"', " ").split())
    for line in moving.run("shown.look(); print(shown)").splitlines():
        for fact in re.findall(
            r"i-[0-9a-f]{17}|\b[0-9a-f]{8}\b|[A-Z]{6,}|\d+ of \d+|us-\S+\w", line
        ):
            assert fact in spoken, line
    for control in ("Pause", "Look", "Show", "In state"):
        assert control in tree


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_axe_finds_no_grave_fault(moving, theme, artefacts):
    """In either theme, with a task's panel open: controls, tables, blocks, log and chart."""
    page = moving.page
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).click()
    page.get_by_text(f"JupyterLab {theme}", exact=True).click()
    expect(
        page.locator(f"body[data-jp-theme-light={'true' if theme == 'Light' else 'false'}]")
    ).to_be_attached()
    if page.locator(TIMELINE).count() == 0:
        page.locator(".jp-CodeCell .cm-content").nth(2).click()
        page.keyboard.press("Shift+Enter")
        expect(page.locator(TIMELINE)).to_be_visible(timeout=30_000)
    moving.task().click()
    expect(moving.shown.locator(".details")).to_be_visible()
    page.wait_for_timeout(500)
    moving.shown.screenshot(path=artefacts / f"dashboard-{theme.lower()}.png")
    page.locator(TIMELINE).screenshot(path=artefacts / f"timeline-{theme.lower()}.png")
    assert grave_faults(page, DASHBOARD, TIMELINE) == []
    moving.shown.get_by_role("button", name="Close").click()


def test_it_reflows_at_200_percent(moving, artefacts):
    """Nothing but wide tables wants to be scrolled, and every block stays inside."""
    with zoomed(moving.page):
        live = moving.shown.locator(".ecs-live")
        live.scroll_into_view_if_needed()
        expect(live).to_have_js_property("clientWidth", live.evaluate("it => it.scrollWidth"))
        moving.shown.screenshot(path=artefacts / "dashboard-zoomed.png")
        edges = moving.shown.locator("[data-task]").evaluate_all(
            "all => all.map(it => it.getBoundingClientRect().right)"
        )
        assert edges
        assert max(edges) <= live.evaluate("it => it.getBoundingClientRect().right")


def test_a_hidden_page_asks_nothing(moving):
    """Another tab of the browser is in front."""
    hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true})"
    moving.page.evaluate(hide % "true")
    moving.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    moving.page.wait_for_timeout(300)
    assert moving.asked_in_a_while() == 0
    moving.page.evaluate(hide % "false")
    moving.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert moving.asked_in_a_while() >= 2


def test_a_notebook_behind_another_asks_nothing(moving):
    """Another tab of JupyterLab is in front of the notebook."""
    page = moving.page
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_text("New Launcher", exact=True).click()
    expect(moving.shown).not_to_be_visible()
    page.wait_for_timeout(300)
    assert moving.asked_in_a_while() == 0
    page.get_by_role("tab", name=NAME).click()
    expect(moving.shown).to_be_visible()
    assert moving.asked_in_a_while() >= 2


def test_as_exported_html_it_is_a_picture_with_its_words(moving, tmp_path, browser, artefacts):
    """Without widgets the picture stands there, with alternative text, and axe finds no fault."""
    html = moving.run("print(shown._repr_mimebundle_()['text/html'])")
    words = moving.run("print(shown)")
    output = nbformat.v4.new_output(
        "execute_result", data={"text/html": html, "text/plain": words}, execution_count=1
    )
    cell = nbformat.v4.new_code_cell("shown", outputs=[output], execution_count=1)
    heading = nbformat.v4.new_markdown_cell("# A cluster")
    node = nbformat.v4.new_notebook(cells=[heading, cell], metadata={"title": "A cluster"})
    exported, _ = HTMLExporter().from_notebook_node(node)
    (tmp_path / "exported.html").write_text(exported, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "exported.html").as_uri())
    image = page.get_by_role("img", name=re.compile(r"^The cluster\. Wordpress: 2 container"))
    expect(image).to_be_visible()
    assert image.evaluate("it => it.naturalWidth") > 600
    page.get_by_text("The same in words").click()
    expect(page.get_by_text("events, newest first:")).to_be_visible()
    page.screenshot(path=artefacts / "dashboard-exported.png", full_page=True)
    assert grave_faults(page, ".jp-OutputArea-output") == []
    page.close()


def test_it_ends_with_its_cell(moving):
    """Outputs cleared, nobody asks any more; run again, it is there again."""
    page = moving.page
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_text("Clear Outputs of All Cells", exact=True).click()
    expect(page.locator(".ecs-live")).to_have_count(0)
    page.wait_for_timeout(300)
    assert moving.asked_in_a_while() == 0
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    page.keyboard.press("Shift+Enter")
    expect(moving.shown.get_by_text("2 tasks running")).to_be_visible()
    assert moving.asked_in_a_while() >= 2


def test_it_ends_with_its_kernel(moving):
    """After a restart nobody asks, and the page says what it still shows."""
    page = moving.page
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(moving.shown.get_by_role("status")).to_contain_text("has ended")
    page.wait_for_timeout(300)
    assert moving.asked_in_a_while() == 0
