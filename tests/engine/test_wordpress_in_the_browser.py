"""From an empty lab to a published post: the notebooks' own cells in JupyterLab, in Chromium.

Chapter 6 is opened with real containers. Its first cell takes the lab there by the walk of the
chapters before; the frame that ``lab.browse`` shows is WordPress's own page.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urljoin

import pytest
from browser.learner import JupyterLab, copy_of_the_tree, recording_browser
from images import stand_ins
from playwright.sync_api import expect, sync_playwright
from readme_commands import ROOT

from ecs_tutorial.served import lab_folder

pytestmark = pytest.mark.engine

CHAPTER = "06-find-your-containers.ipynb"
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--no-sandbox"]
QUIET += ["--disable-background-networking", "--disable-component-update"]
SIZE = {"width": 1200, "height": 800}
STEP = 90_000
"""Milliseconds for one step: the first pages of a new WordPress are slow on a busy machine."""
WHO, PASSWORD = "captain", "a longer secret than most"
SITE, POST = "Harbour news", "Two tasks, one port"
WORDS = "Written in a container that a service keeps running."


@pytest.fixture(scope="module")
def artefacts():
    folder = Path(os.environ.get("ECS_TUTORIAL_ARTEFACTS", ROOT / ".ci" / "artefacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def jupyterlab(engine_url, client, tmp_path_factory):
    """``ecs-tutorial lab`` with real containers, in a copy of the tree; nothing is left of it."""
    for name in ("debian", "mysql", "registry", "wordpress"):
        stand_ins.ensure(client, name)
    folder = tmp_path_factory.mktemp("learner")
    tree = copy_of_the_tree(folder / "ecs-tutorial")
    program, shown = recording_browser(folder)
    environment = os.environ | {
        "BROWSER": f"{program} %s",
        "ECS_TUTORIAL_CONTAINERS": "docker",
        "ECS_TUTORIAL_HOME": str(folder / "state"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        **({"DOCKER_HOST": engine_url} if engine_url else {}),
    }
    with (folder / "terminal.log").open("wb") as log:
        line = [sys.executable, "-m", "ecs_tutorial", "lab"]
        process = subprocess.Popen(line, cwd=tree, env=environment, stdout=log, stderr=log)
    try:
        yield JupyterLab(address_shown(process, shown, folder / "terminal.log"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
    mark = f"ecs-tutorial.lab={lab_folder.name_on_engine(folder / 'state')}"
    assert client.containers(all=True, filters={"label": mark}) == []


def address_shown(process, shown, log):
    """Where the line sent the browser: a page of Jupyter's that leads on, with the token."""
    end = time.monotonic() + 120
    while not (shown.exists() and shown.read_text()):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.2)
    page = Path(shown.read_text().removeprefix("file://")).read_text(encoding="utf-8")
    return re.findall(r'href="(http[^"]+)"', page)[0].replace("&amp;", "&")


@pytest.fixture(scope="module")
def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


def newcomer(chromium, jupyterlab, **settings):
    """A browser without any history, but for JupyterLab's token."""
    context = chromium.new_context(viewport=SIZE, **settings)
    context.set_default_timeout(STEP)
    page = context.new_page()
    page.goto(f"{jupyterlab.base}/lab/tree/{CHAPTER}?token={jupyterlab.token}")
    return page


@pytest.fixture(scope="module")
def notebook(chromium, jupyterlab):
    """Chapter 6 in JupyterLab, all of its cells run one after the other."""
    page = newcomer(chromium, jupyterlab)
    opened = page.locator(".jp-NotebookPanel:visible")
    expect(opened.locator("h1").first).to_be_visible(timeout=STEP)
    page.set_viewport_size({"width": 1200, "height": 12_000})
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = opened.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text("[*]:", timeout=STEP)
    expect(last).not_to_have_text("[*]:", timeout=4 * STEP)
    page.keyboard.press("Control+b")
    yield page
    page.context.close()


def frame_of(page):
    """The first page that a container answered with, fetched again: the door was closed since."""
    iframe = page.locator(".jp-NotebookPanel:visible iframe").first
    iframe.evaluate("it => { it.src = it.src }")
    iframe.evaluate("it => it.scrollIntoView({block: 'center'})")
    return iframe.content_frame


def test_the_cells_ran_without_an_error(notebook):
    """The service's tasks are found, both addresses answer, docker shows the containers."""
    panel = notebook.locator(".jp-NotebookPanel:visible")
    expect(panel.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    expect(panel.get_by_text("answers with HTTP 200")).to_have_count(1)


def test_wordpress_is_installed_in_the_notebooks_frame(notebook, artefacts):
    """The frame has the page with its styles; the form that is filled in there installs it."""
    frame = frame_of(notebook)
    expect(frame.locator("#weblog_title")).to_be_visible(timeout=STEP)
    assert frame.locator("body").evaluate("it => document.styleSheets.length") > 0
    in_a_window(notebook, artefacts / "wordpress-install.png")
    frame.locator("#weblog_title").fill(SITE)
    frame.locator("#user_login").fill(WHO)
    # No script runs in the frame: WordPress asks for the password twice.
    for field in ("#pass1", "#pass2"):
        frame.locator(field).fill(PASSWORD)
    frame.locator("#admin_email").fill("captain@harbour.example")
    frame.locator("#submit").click()
    expect(frame.locator("h1", has_text="Success!")).to_be_visible(timeout=STEP)
    in_a_window(notebook, artefacts / "wordpress-installed.png")


def in_a_window(notebook, picture):
    """A picture of JupyterLab with the frame in its middle."""
    notebook.set_viewport_size(SIZE)
    iframe = notebook.locator(".jp-NotebookPanel:visible iframe").first
    iframe.evaluate("it => it.scrollIntoView({block: 'center'})")
    iframe.content_frame.locator("body").evaluate("() => window.scrollTo(0, 0)")
    notebook.wait_for_timeout(500)
    notebook.screenshot(path=picture)


@pytest.fixture(scope="module")
def site(notebook):
    """Where the link under the frame leads, without the page's own path."""
    link = notebook.get_by_role("link", name=re.compile("^Open .* in a tab$")).first
    return urljoin(notebook.url, link.get_attribute("href").partition("wp-admin/")[0])


def test_a_post_is_written_and_published(notebook, site, artefacts):
    """In a tab: log in, the dashboard, a new post in WordPress's editor, published."""
    tab = notebook.context.new_page()
    tab.goto(f"{site}wp-login.php")
    tab.locator("#user_login").fill(WHO)
    tab.locator("#user_pass").fill(PASSWORD)
    tab.locator("#wp-submit").click()
    expect(tab.get_by_role("heading", name="Dashboard")).to_be_visible(timeout=STEP)
    assert tab.url.startswith(f"{site}wp-admin/")
    # The first time it warns that it found no updates: chapter 5 set WORDPRESS_DEBUG.
    tab.goto(f"{site}wp-admin/")
    tab.screenshot(path=artefacts / "wordpress-dashboard.png")
    tab.goto(f"{site}wp-admin/post-new.php")
    tab.wait_for_function(
        "window.wp && wp.data && wp.data.select('core/editor').getCurrentPostId()"
    )
    tab.evaluate("wp.data.dispatch('core/edit-post').toggleFeature('welcomeGuide')")
    title = tab.get_by_role("textbox", name="Add title")
    title.fill(POST)
    title.press("Enter")
    tab.keyboard.type(WORDS)
    tab.get_by_role("button", name="Publish", exact=True).click()
    tab.locator(".editor-post-publish-panel .editor-post-publish-button").click()
    expect(tab.get_by_text("is now live")).to_be_visible(timeout=STEP)
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_reads_the_post(chromium, jupyterlab, site, artefacts, scheme):
    """Somebody who is not logged in finds it on the front page and reads it."""
    page = newcomer(chromium, jupyterlab, color_scheme=scheme)
    page.goto(site)
    page.get_by_role("link", name=POST).first.click()
    expect(page.get_by_role("heading", name=POST).first).to_be_visible()
    expect(page.get_by_text(WORDS)).to_be_visible()
    expect(page.locator("#wpadminbar")).to_have_count(0)
    page.screenshot(path=artefacts / f"wordpress-post-{scheme}.png")
    page.context.close()


def test_the_frame_shows_the_site(notebook, site, artefacts):
    """The page of the installed site stands in the notebook, on light ground and on dark."""
    frame = frame_of(notebook)
    iframe = notebook.locator(".jp-NotebookPanel:visible iframe").first
    iframe.evaluate("(it, site) => { it.src = site }", site)
    expect(frame.get_by_role("link", name=POST).first).to_be_visible(timeout=STEP)
    in_a_window(notebook, artefacts / "wordpress-in-jupyterlab-light.png")
    notebook.get_by_role("menuitem", name="Settings", exact=True).click()
    notebook.get_by_text("Theme", exact=True).hover()
    notebook.get_by_text("JupyterLab Dark", exact=True).click()
    in_a_window(notebook, artefacts / "wordpress-in-jupyterlab-dark.png")
