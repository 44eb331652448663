"""Chromium, and a newcomer for each tool that README names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from learner import Learner
from open_lab import OpenLab
from playwright.sync_api import expect, sync_playwright
from reading import HEIGHT, WIDTH
from readme_commands import FIRST_WORD, ROOT

expect.set_options(timeout=30_000)
"""A page that is slow is not wrong: a busy machine takes its time."""
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser():
    """Chromium: the machine's own, or else the one that playwright has."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=[*QUIET, "--no-sandbox"], headless=True
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=FIRST_WORD)
def learner(request, tmp_path_factory):
    """README's first line with each tool, from nothing to an open JupyterLab."""
    folder = tmp_path_factory.mktemp(request.param)
    programs = uv(folder) if request.param == "uv" and not shutil.which("uv") else None
    learner = Learner(request.param, folder, programs)
    yield learner
    learner.end()


@pytest.fixture(scope="session")
def jupyterlab(learner):
    return learner.jupyterlab()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept."""
    folder = Path(os.environ.get("ECS_TUTORIAL_ARTEFACTS", ROOT / ".ci" / "artefacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def uv(folder: Path) -> Path:
    """uv in an environment of its own; the folder where its program is."""
    home = folder / "uv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    subprocess.run([home / "bin" / "python", "-m", "pip", "install", "-q", "uv"], check=True)
    (programs := folder / "programs").mkdir()
    (programs / "uv").symlink_to(home / "bin" / "uv")
    return programs


@pytest.fixture(scope="session")
def window(browser):
    """Pages that share what they have loaded."""
    window = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    yield window
    window.close()


@pytest.fixture(scope="session")
def desk(window):
    """The page in which JupyterLab stays open, from one notebook to the next."""
    return window.new_page()


@pytest.fixture
def page(window):
    """A page of a test's own."""
    page = window.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def open_lab(tmp_path_factory):
    """JupyterLab and a lab, from this environment."""
    opened = OpenLab(tmp_path_factory.mktemp("open-lab"))
    yield opened
    opened.end()
