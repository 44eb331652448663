"""Every notebook with real containers: the same cells, and the same outputs but for the rules."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from images import stand_ins
from notebook_book import NOTEBOOKS, books

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ("busybox", "debian", "httpd", "mysql", "registry", "wordpress")
COMMAND = (*("-m", "pytest", "-n", "0", "-vvv", "--color=no"), "--containers=docker")


@pytest.mark.parametrize("book", books(), ids=str)
def test_a_notebook_shows_with_real_containers_what_it_keeps(book, engine_url, client):
    """Each cell runs and shows what is kept, and afterwards nothing of it is on the engine."""
    for name in IMAGES:
        stand_ins.ensure(client, name)
    before = {each["Id"] for each in client.containers(all=True)}
    done = subprocess.run(
        [sys.executable, *COMMAND, str(NOTEBOOKS / book.path.name)],
        env=os.environ | ({"DOCKER_HOST": engine_url} if engine_url else {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert {each["Id"] for each in client.containers(all=True)} == before
