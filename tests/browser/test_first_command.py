"""README's first line, as it stands there, from a fresh copy of the tree to an open notebook."""

import json
import re
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

START = "00-start-here.ipynb"
IN_THE_WAY = ".jp-Dialog:visible, .Toastify__toast:visible"
"""Where JupyterLab asks a reader something: about news, updates, kernels, builds."""
TROUBLE = "[data-mime-type='application/vnd.jupyter.error']"
TROUBLE += ", [data-mime-type='application/vnd.jupyter.stderr']"
LOOPBACK = {"127.0.0.1", "localhost", ""}


def picture_for_readme(page, notebook):
    """The container's page in the middle of a window, without JupyterLab's list of files."""
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": 1200, "height": 760})
    notebook.locator("iframe").first.evaluate("it => it.scrollIntoView({block: 'center'})")
    page.mouse.move(600, 10)
    page.wait_for_timeout(500)
    return page


def test_it_opens_the_start_notebook(jupyterlab):
    """The browser is sent to the start notebook, on loopback."""
    parts = urlsplit(jupyterlab.url)
    assert parts.hostname in LOOPBACK
    assert parts.path == f"/lab/tree/{START}"


def test_every_notebook_is_listed(jupyterlab, learner):
    """Jupyter shows the tutorial's folder, all chapters in it."""
    listed = {each["name"] for each in jupyterlab.api("contents/")["content"]}
    assert {path.name for path in (learner.tree / "notebooks").glob("*.ipynb")} <= listed
    assert START in listed


def test_the_start_notebook_runs(jupyterlab):
    """Every cell of it runs in a kernel of this server, none with an error."""
    cells = list(jupyterlab.run(START))
    assert [cell for cell in cells if cell["error"]] == []
    assert "The lab is ready for chapter 0." in cells[0]["text"]
    assert len(cells) > 5


def test_a_reader_sees_the_kept_outputs(jupyterlab, browser, artefacts, learner):
    """Opened in Chromium, the notebook shows its outputs; the page asks nobody off this machine."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(jupyterlab.url)
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook.locator("h1").first).to_be_visible(timeout=60_000)
    expect(page.locator(".jp-Spinner:visible")).to_have_count(0)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
    expect(page.locator(IN_THE_WAY)).to_have_count(0)
    page.screenshot(path=artefacts / "start-here.png")
    expect(notebook.get_by_text("The lab is ready for chapter 0.").first).to_be_attached()
    page.set_viewport_size({"width": 1280, "height": 9000})
    expect(notebook.locator(".jp-OutputArea-output").nth(5)).to_be_visible()
    page.screenshot(path=artefacts / "start-here-outputs.png")
    page.close()
    assert {urlsplit(url).hostname or "" for url in asked} <= LOOPBACK


def test_run_all_in_the_browser(jupyterlab, browser, artefacts):
    """Run All Cells ends without an error, and the container's page stands in the notebook."""
    page = browser.new_page(viewport={"width": 1280, "height": 9000})
    page.goto(jupyterlab.url)
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook.locator("h1").first).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = notebook.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(r"[*]:", timeout=60_000)
    expect(last).not_to_have_text(r"[*]:", timeout=180_000)
    expect(notebook.locator(TROUBLE)).to_have_count(0)
    shown = notebook.frame_locator("iframe").first.locator("body")
    expect(shown).to_contain_text("simulated", ignore_case=True)
    page.screenshot(path=artefacts / "start-here-run.png")
    picture_for_readme(page, notebook).screenshot(path=artefacts / "readme.png")
    page.close()


def test_a_container_answers_in_a_tab(jupyterlab, browser):
    """The link under a container's page leads, through the Jupyter server, to that page."""
    page = browser.new_page()
    page.goto(jupyterlab.url)
    seen = []
    for cell in jupyterlab.run(START):
        for link in re.findall(r'href="([^"]*/proxy/[^"]+)"', cell["html"]):
            answer = page.goto(urljoin(jupyterlab.base, link))
            seen.append((answer.status, "simulated" in page.inner_text("body").lower()))
    page.close()
    assert seen
    assert set(seen) == {(200, True)}


def test_the_aws_program_reaches_the_lab_from_a_terminal(jupyterlab):
    """In a terminal of JupyterLab, ``aws`` is there and talks to the lab without any setting."""
    line = "aws ecs create-cluster --cluster-name typed --query cluster.clusterArn; echo done=$?"
    shown = jupyterlab.type_in_a_terminal(line, until=r"done=\d")
    assert "done=0" in shown
    assert ":cluster/typed" in shown


def test_ctrl_c_ends_it_all(jupyterlab, learner):
    """JupyterLab and the lab that it started are gone, and the terminal says so."""
    record = json.loads((learner.state / "lab.json").read_text(encoding="utf-8"))
    learner.press_ctrl_c()
    assert "The lab has stopped." in learner.words()
    for address in (jupyterlab.base, f"http://127.0.0.1:{record['port']}"):
        with pytest.raises(URLError):
            urlopen(address, timeout=5)
