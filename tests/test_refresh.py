"""The author's tool rewrites what a notebook keeps, the same on each run."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_notebook
from sample_notebook import about, code, markdown

from ecs_tutorial import refresh
from ecs_tutorial.notebook import opening

CREATE = "import boto3\n\necs = boto3.client('ecs')\necs.create_cluster(clusterName='Wordpress')"
WAIT = """\
ecs.register_task_definition(
    family='web', containerDefinitions=[{'name': 'web', 'image': 'nginx', 'memory': 64}]
)
ecs.create_service(cluster='Wordpress', serviceName='web', taskDefinition='web', desiredCount=0)
ecs.get_waiter('services_stable').wait(cluster='Wordpress', services=['web'])"""
CHANCE = """\
import ipywidgets
from IPython.display import HTML, display

display(HTML('<b>shown</b>'), ipywidgets.IntSlider(description='Tasks'))"""


def chapter(*more):
    return new_notebook(
        metadata=about(),
        cells=[
            markdown("opening", "# Chapter 2: A cluster\n\nWords.", ["opening"]),
            markdown("time", "", ["time"]),
            markdown("map", "", ["map"]),
            code("start", "import ecs_tutorial\n\nlab = ecs_tutorial.start(chapter=2)", ["start"]),
            code("create", CREATE, ["walk"]),
            *more,
        ],
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with a first chapter and no second one yet."""
    return begun(tmp_path)


def begun(folder):
    first = new_notebook(cells=[markdown("opening", "# Start here")], metadata=about())
    first.metadata["ecs_tutorial"] = {"chapter": 0, "leaves": {}}
    nbformat.write(first, folder / "00-start-here.ipynb")
    return folder


def written(folder, *more):
    path = folder / "02-cluster.ipynb"
    nbformat.write(chapter(*more), path)
    return path


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """A chapter that waits, shows a widget and fails on purpose, after one run."""
    path = written(
        begun(tmp_path_factory.mktemp("refreshed")),
        code("wait", WAIT),
        code("chance", CHANCE),
        code("fail", "ecs.delete_cluster(cluster='none')", ["raises-exception"]),
    )
    assert refresh.refresh(path)
    return path


def cell(path, ident):
    found = nbformat.read(path, as_version=4)
    return next(each for each in found.cells if each.id == ident)


def test_a_second_run_changes_nothing(refreshed):
    """Refreshing twice leaves the file byte for byte as it was, and ruff format leaves it too."""
    before = refreshed.read_bytes()
    assert not refresh.refresh(refreshed)
    assert refreshed.read_bytes() == before
    ruff = [sys.executable, "-m", "ruff", "format", "--diff", "--isolated", "--line-length=100"]
    subprocess.run([*ruff, "--config=format.quote-style='preserve'", refreshed], check=True)


def test_what_a_run_leaves_by_chance_is_not_kept(refreshed):
    """No widget id, timing or frame of this machine is in the file; what was shown is."""
    text = refreshed.read_text(encoding="utf-8")
    for chance in ("model_id", "iopub", "site-packages", "pygments_lexer", "widget-state"):
        assert chance not in text
    assert [each.data["text/plain"][:9] for each in cell(refreshed, "chance").outputs] == [
        "<IPython.",
        "IntSlider",
    ]
    assert cell(refreshed, "fail").outputs[0].traceback == [
        "ClusterNotFoundException: An error occurred (ClusterNotFoundException) when calling "
        "the DeleteCluster operation: Cluster not found."
    ]


def test_cells_are_numbered_as_they_were_run(refreshed):
    """A cell without a number would be compared with nothing."""
    cells = nbformat.read(refreshed, as_version=4).cells
    assert [c.execution_count for c in cells if c.cell_type == "code"] == [*range(1, 6)]


def test_the_lab_runs_in_the_kernel(refreshed):
    """The kept outputs are a real answer of the lab."""
    assert "arn:aws:ecs:us-east-1:123456789012:cluster/Wordpress" in str(
        cell(refreshed, "create").outputs
    )


def test_the_wait_for_the_lab_is_kept(folder):
    """The seconds that a waiter takes at the served speed are counted, from the start cell on."""
    quick = written(folder)
    refresh.refresh(quick)
    less = nbformat.read(quick, as_version=4).metadata.ecs_tutorial.waits
    slow = written(folder, code("wait", WAIT.replace("desiredCount=0", "desiredCount=1")))
    slow_text = slow.read_text(encoding="utf-8")
    assert refresh.main([str(slow)]) == 1
    assert slow.read_text(encoding="utf-8") == slow_text
    assert less < 1


def test_time_and_map_are_written(refreshed):
    """The generated cells say how long it takes and where the reader is."""
    assert cell(refreshed, "time").source.startswith("**About 5 minutes**: ")
    assert "words of text, code and results at 130 a minute" in cell(refreshed, "time").source
    assert cell(refreshed, "map").source.splitlines()[-2:] == [
        "- [Start here](00-start-here.ipynb)",
        "- **Chapter 2: A cluster: you are here**",
    ]
    assert (refreshed.parent / "images" / "walk-2.svg").read_text().startswith("<svg")


def test_a_failing_cell_is_told(folder, capsys):
    """A notebook that does not run to its end stays as it was, and the command says why."""
    path = written(folder, code("fail", "ecs.delete_cluster(cluster='none')"))
    before = path.read_bytes()
    assert refresh.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "02-cluster.ipynb: left as it was" in capsys.readouterr().out


def test_words_are_those_that_are_read():
    """Text, code and printed results count; the time itself and signs between words do not."""
    cells = [
        markdown("a", "One - **two**, three."),
        markdown("b", "About twenty minutes", ["time"]),
        code("c", "print('four five')", printed="four five\n"),
    ]
    assert opening.words(cells) == 3 + 2 + 2


@pytest.mark.parametrize(
    ("count", "waits", "minutes"), [(10, 0, 5), (2600, 0, 20), (2600, 150, 20), (2600, 180, 25)]
)
def test_minutes_are_rounded_to_five(count, waits, minutes):
    """Words at 130 a minute and the waits, to the nearest five minutes, never none."""
    assert opening.minutes(count, waits) == minutes


def test_the_time_says_what_it_is_made_of():
    """The line names words, pace, waits and the lab's speed."""
    assert opening.time(2600, 95, 10.0) == (
        "**About 20 minutes**: 2,600 words of text, code and results at 130 a minute, and "
        "2 minutes of waiting for the lab at 10 lab seconds a second."
    )
    assert "less than a minute of waiting" in opening.time(2600, 20, 10.0)
    assert "a minute of waiting" in opening.time(2600, 60, 10.0)


def test_openings_are_written_without_a_run(folder):
    """A chapter added beside another is on its map; what that one shows stays as it is."""
    path = written(folder)
    refresh.refresh(path)
    outputs = cell(path, "create").outputs
    second = new_notebook(cells=[markdown("opening", "# Chapter 8a: Faults")], metadata=about())
    second.metadata["ecs_tutorial"] = {"chapter": "8a", "leaves": {}}
    nbformat.write(second, folder / "08a-faults.ipynb")
    assert refresh.main(["--openings", str(path)]) == 0
    assert cell(path, "map").source.endswith("\n- [Chapter 8a: Faults](08a-faults.ipynb)")
    assert cell(path, "create").outputs == outputs
    assert ">8a</text>" in (folder / "images" / "walk-2.svg").read_text()
