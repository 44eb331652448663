"""``start`` in a kernel: the fence, the banner, and the lab at its chapter, in both ways."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import surroundings
from surroundings import Surroundings

from ecs_tutorial import banner, session
from ecs_tutorial.served import lab_folder

WALK = "import boto3; boto3.client('ecs').create_cluster(clusterName='walked')"
CHAPTERS = {
    "00-start-here": ("", {}),
    "01-first": (WALK, {"clusters": 1}),
    "01a-crowd": ("", {"clusters": 1}),
    "02-second": ("raise SystemExit('chapter 2 is not walked here')", {}),
}
BEGIN = """
import io, json, os, sys
from contextlib import redirect_stdout
import boto3

def start(chapter, **options):
    from ecs_tutorial.session import start
    with redirect_stdout(io.StringIO()) as printed:
        try:
            lab = start(chapter, **options)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    assert printed.getvalue() == f"{lab!r}\\n"
    return lab

def clusters():
    arns = boto3.client("ecs").list_clusters()["clusterArns"]
    return [arn.rsplit("/", 1)[1] for arn in arns]

def instance():
    name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    image = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    run = boto3.client("ec2").run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    return run["Instances"][0]["InstanceId"]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git clone's folder with a few short notebooks."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "notebooks").mkdir()
    for name, (walk, leaves) in CHAPTERS.items():
        cell = {
            "cell_type": "code",
            "metadata": {"tags": ["walk"] if walk else []},
            "source": [walk],
        }
        about = {"leaves": leaves} | ({"containers": "simulated"} if "crowd" in name else {})
        content = {"metadata": {"ecs_tutorial": about}, "cells": [cell]}
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content))
    return folder


class Kernels:
    """Kernels of one learner: each a process of its own, all in the clone, with AWS around."""

    def __init__(self, around: Surroundings, clone: Path, mode: str | None) -> None:
        self.around = around
        self.clone = clone
        self.environ = around.environ | {"ECS_TUTORIAL_HOME": str(around.folder / "state")}
        self.environ |= {"ECS_TUTORIAL_MODE": mode} if mode else {}

    def run(self, cells: str, **environ: str) -> dict[str, str]:
        """Run cells that leave what is asked for in ``out``."""
        program = f"import os; os.chdir({str(self.clone)!r})\n{BEGIN}\nout = {{}}\n{cells}\n"
        program += "print(json.dumps({name: str(value) for name, value in out.items()}))"
        return json.loads(self.around.python(program, environ=self.environ | environ))

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "ecs_tutorial", *words]
        return subprocess.run(
            line, env=self.environ, cwd=self.clone, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clone: Path) -> Iterator[Kernels]:
    around = surroundings.make(tmp_path_factory.mktemp("served") / "home", dict(os.environ))
    kernels = Kernels(around, clone, None)
    yield kernels
    assert kernels.command("stop").returncode == 0
    assert around.attempts() == []


@pytest.fixture(scope="module")
def first(served: Kernels) -> dict[str, str]:
    """A learner's first kernel: a client too early, two chapters, an interrupted wait."""
    return served.run("""
early = boto3.client("ecs")
out["banner"] = start(1)
try:
    early.list_clusters()
except Exception as error:
    out["early"] = error
boto3.client("ecs").create_cluster(clusterName="walked")
lab = start(2)
out["second"], out["kept"], out["contents"] = lab, clusters(), lab.contents()
out["page"] = lab.browse("203.0.113.250", 80)
out["cwd"] = os.path.basename(os.getcwd())

import _thread, threading
from ecs_tutorial import waiting
def interrupted(seconds):
    raise KeyboardInterrupt
waiting.waiters_sleep(interrupted)
waiter = boto3.client("ec2").get_waiter("instance_running")
try:
    waiter.wait(InstanceIds=[instance()])
except KeyboardInterrupt:
    out["after the interrupt"] = start(2, keep=True)
boto3.client("ecs").create_cluster(clusterName="mine")
out["environment"] = os.environ["AWS_ENDPOINT_URL"]
""")


def test_the_banner_says_what_the_learner_has(first: dict[str, str]) -> None:
    """Backend, contents, cost and time are there in words."""
    for line in (
        "The lab is ready for chapter 1.",
        "Backend:   a local ECS in a process of its own on this machine",
        "In it now: nothing yet",
        "Cost:      nothing: no AWS account is used and no request leaves this machine",
        "Time:      10 seconds in the lab are one second here",
    ):
        assert line in first["banner"]


def test_the_banner_says_what_stood_in_the_way(first: dict[str, str]) -> None:
    """AWS settings that were taken out, the clients made too early, and the folder are named."""
    assert "because it leads past the lab: AWS_CONTAINER_CREDENTIALS_FULL_URI," in first["banner"]
    assert "Clients made before this cell do not point at the lab (ecs)." in first["banner"]
    assert "This notebook works in the folder notebooks/" in first["banner"]
    assert first["cwd"] == "notebooks"
    assert "Nothing was sent." in first["early"]


def test_the_next_chapter_finds_what_the_last_one_made(first: dict[str, str]) -> None:
    """A lab that holds what the chapter begins with is kept, without a word."""
    assert (first["kept"], "rebuilt" in first["second"]) == ("['walked']", False)
    assert "In it now: 1 cluster\n" in first["second"]
    assert "'clusters': 1" in first["contents"]


def test_browse_says_why_no_page_came(first: dict[str, str]) -> None:
    """An address that nobody has times out, with a hint."""
    assert first["page"].startswith("No page from 203.0.113.250:80: the connection timed")


def test_after_an_interrupt_the_lab_is_there(first: dict[str, str]) -> None:
    """A kernel interrupted in a wait goes on; with keep everything stays."""
    assert "In it now: 1 cluster, 1 EC2 instance\n" in first["after the interrupt"]


def test_a_restarted_kernel_begins_its_chapter_afresh(
    first: dict[str, str], served: Kernels
) -> None:
    """The lab outlives the kernel; the first cell run again rebuilds it and names what went."""
    out = served.run("out['again'] = start(2); out['clusters'] = clusters()")
    assert "Chapter 2 was started before, so the lab was rebuilt" in out["again"]
    assert "Gone: 2 clusters, 1 EC2 instance." in out["again"]
    assert "ecs_tutorial.start(chapter=2, keep=True)" in out["again"]
    assert out["clusters"] == "['walked']"


def test_a_terminal_with_the_printed_settings_sees_the_lab(
    first: dict[str, str], served: Kernels
) -> None:
    """``status`` prints what a terminal needs, also one full of AWS settings."""
    shell = ["powershell", "-Command"] if os.name == "nt" else ["sh", "-c"]
    printed = served.command("status").stdout
    call = f"{sys.executable} -m awscli ecs list-clusters --query 'length(clusterArns)'"
    assert served.around.run(*shell, f"{printed}\n{call}", environ=served.environ).strip() == "1"


def test_a_lab_that_died_comes_back_as_it_was(first: dict[str, str], served: Kernels) -> None:
    """Its process is killed, and the chapter goes on with all that the learner had made."""
    made = served.run("start(2, keep=True); out['made'] = instance()")["made"]
    pid = lab_folder.holder(served.around.folder / "state")
    assert pid
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert "The lab had died and is back as it was" in served.run("out['back'] = start(2)")["back"]
    there = served.run(
        "start(2, keep=True); out['there'] = boto3.client('ec2').describe_instances()"
    )
    assert made in there["there"]


def test_a_lab_that_was_stopped_comes_back_at_the_chapters_start(
    first: dict[str, str], served: Kernels
) -> None:
    """The next start says so, not as of a fault, and builds the chapter's start again."""
    served.command("stop")
    out = served.run("out['back'] = start(2); out['clusters'] = clusters()")
    assert "This is a new lab: the last one was stopped, as it was asked to." in out["back"]
    assert "is gone" not in out["back"]
    assert out["clusters"] == "['walked']"


@pytest.fixture(scope="module")
def in_process(tmp_path_factory: pytest.TempPathFactory, clone: Path) -> dict[str, str]:
    """The same in one process, where nothing may sleep."""
    around = surroundings.make(tmp_path_factory.mktemp("alone") / "home", dict(os.environ))
    cells = """
import time
def never(seconds):
    raise AssertionError("slept")
time.sleep = never
lab = start(2)
out["banner"], out["clusters"], out["settings"] = lab, clusters(), lab.settings()
ec2 = boto3.client("ec2")
one = instance()
ec2.get_waiter("instance_running").wait(InstanceIds=[one])
out["one"], out["keep"] = one, start(2, keep=True)
out["again"] = start(2)
out["empty"], out["two"] = boto3.client("ec2").describe_instances()["Reservations"], instance()
out["endpoint"] = boto3.client("ecs").meta.endpoint_url
"""
    out = Kernels(around, clone, "in-process").run(cells)
    return out | {"attempts": str(around.attempts())}


def test_in_process_a_start_is_always_fresh(in_process: dict[str, str]) -> None:
    """Each start is the chapter's start, with the same ids, unless it is told to keep."""
    assert in_process["clusters"] == "['walked']"
    assert "1 EC2 instance" in in_process["keep"]
    assert in_process["banner"].endswith(in_process["again"])
    assert in_process["empty"] == "[]"
    assert in_process["one"] == in_process["two"]


def test_in_process_nothing_that_differs_is_printed(in_process: dict[str, str]) -> None:
    """Kept outputs are made this way: the banner names no setting, port, path or time."""
    words = in_process["banner"].replace("This notebook works in the folder notebooks/", "")
    assert "AWS_" not in words
    assert "127.0.0.1" not in words
    assert str(Path.home()) not in words


def test_in_process_no_terminal_can_reach_it(in_process: dict[str, str]) -> None:
    """Said rather than printed settings that lead nowhere; and nothing left the machine."""
    assert "no terminal can reach it" in in_process["settings"]
    assert in_process["attempts"] == "[]"


def test_what_is_wrong_is_a_sentence_and_the_kernel_stays_fenced(
    tmp_path: Path, clone: Path
) -> None:
    """A start that fails has closed the fence before: the next cell cannot reach AWS either."""
    around = surroundings.make(tmp_path / "home", dict(os.environ))
    kernels = Kernels(around, clone, "nowhere")
    out = kernels.run("""
out["chapter"] = start("8a")
out["no key"] = " ".join(start(odd).partition(" Those")[0] for odd in (None, True, 2.0, [1]))
out["mode"] = start(1)
out["kind"] = start(1, containers="podman")
out["allow"] = start(1, allow=["everything"])
out["no name"] = start(1, allow=7)
os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
out["engine"] = start(1, containers="docker")
os.environ["ECS_TUTORIAL_CONTAINERS"] = "docker"
out["by the environment"] = start(1)
try:
    boto3.client("ecs").list_clusters()
except Exception as error:
    out["call"] = type(error).__name__
os.chdir(os.path.dirname(os.path.abspath(sys.executable)))
""")
    there = '0, 1, "1a", 2.'
    assert out["chapter"] == f"LabError: There is no chapter '8a'. Those in notebooks/ are: {there}"
    odd = ("None", "True", "2.0", "[1]")
    assert out["no key"] == " ".join(f"LabError: There is no chapter {each}." for each in odd)
    assert out["no name"].startswith("LabError: There is nothing to allow by the name 7.")
    assert out["mode"].startswith("LabError: ECS_TUTORIAL_MODE is 'nowhere'; it can be served")
    assert out["kind"] == (
        "LabError: Containers are to be 'podman'; they can be simulated or docker."
    )
    assert out["allow"] == (
        "LabError: There is nothing to allow by the name 'everything'. What can be allowed: "
        "privileged, host-network, host-namespaces, host-mounts, capabilities, devices, "
        "security-options."
    )
    assert out["engine"].startswith("LabError: No Docker Engine answers at ")
    assert out["by the environment"] == out["engine"]
    assert out["call"] == "EndpointConnectionError"
    assert around.attempts() == []


def test_a_chapter_may_always_simulate(tmp_path: Path, clone: Path) -> None:
    """Real containers asked for, in the cell or around it, are not started there; it is said."""
    around = surroundings.make(tmp_path / "home", dict(os.environ))
    out = Kernels(around, clone, "in-process").run("""
os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
out["banner"] = start("1a", containers="docker")
os.environ["ECS_TUTORIAL_CONTAINERS"] = "docker"
out["by the environment"] = start("1a")
""")
    assert "This chapter's containers are always simulated" in out["banner"]
    assert all("; containers are simulated\n" in said for said in out.values())


def test_an_old_moto_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a package outside its pin nothing begins, and the remedy is said."""
    from ecs_tutorial.doctor import Finding

    trouble = Finding("Packages", "problem", "the tutorial needs another moto.")
    monkeypatch.setattr(session.doctor, "packages", lambda: iter([trouble]))
    with pytest.raises(session.LabError, match="Packages: the tutorial needs another moto"):
        session.start(1)


def test_a_lab_error_is_shown_without_a_traceback() -> None:
    """A notebook shows the sentence alone."""
    error = session.LabError("Do this.")
    assert error._render_traceback_() == ["LabError: Do this."]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "nothing yet"),
        ({"clusters": 0}, "nothing yet"),
        ({"repositories": 1, "tasks": 2}, "1 ECR repository, 2 tasks"),
        ({"instances": 2, "container_instances": 1}, "2 EC2 instances, 1 container instance"),
    ],
)
def test_contents_in_words(counts: dict[str, int], words: str) -> None:
    """Only what is there is named, in one and in many."""
    assert banner.contents(counts) == words


@pytest.mark.parametrize(
    ("instances", "tasks", "words"),
    [
        (3900, 500, []),
        (7800, 500, ["instances offer tasks 7800 MiB", "the 4000 MiB that the Docker Engine has"]),
        (7800, 4500, ["tasks may take 4500 MiB", "run fewer tasks"]),
    ],
)
def test_too_much_memory_is_a_warning(instances: int, tasks: int, words: list[str]) -> None:
    """What instances offer is said before it is taken, what tasks may take before it kills."""
    said = banner.memory({"engine": 4000, "instances": instances, "tasks": tasks})
    assert len(said) == bool(words)
    assert all(word in said[0] for word in words)


def test_what_real_containers_may_do_stands_in_the_banner() -> None:
    """Simulated ones need nobody's leave."""
    assert banner.containers("docker", ("privileged",)).endswith("Engine (allowed: privileged)")
    assert banner.containers("docker").endswith("Engine")
    assert banner.containers("simulated", ("privileged",)) == "containers are simulated"


def test_settings_for_powershell_are_powershell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shell gets its own lines, values quoted its own way."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path / "it's"))
    lines = session.terminal_settings("http://127.0.0.1:5000", "powershell")
    assert "$Env:AWS_ENDPOINT_URL = 'http://127.0.0.1:5000'" in lines
    assert "it''s" in lines
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:5000" in session.terminal_settings(
        "http://127.0.0.1:5000", "posix"
    )
