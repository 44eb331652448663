"""A journal that is compacted: whole at every moment, and the same lab comes back from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import boto3
import pytest
import walk
from moto.backends import get_backend
from test_comeback import Clients, build, fence, lab
from whole_state import differences, whole

from ecs_tutorial.clock import LAB_EPOCH, ManualClock
from ecs_tutorial.control_plane import ecs_api
from ecs_tutorial.control_plane.moto_seams.requests import is_read
from ecs_tutorial.journal_entries import Entry, Sent
from ecs_tutorial.lab import ACCOUNT, REGION, LocalEcs
from ecs_tutorial.served import compaction, journal
from ecs_tutorial.served.comeback import Comparison
from ecs_tutorial.served.compaction import Reports
from ecs_tutorial.served.journal import Kept, SqliteJournal, UnusableJournalError

__all__ = ["fence"]
REGIONAL = ("ecs", "ec2", "ecr", "elbv2", "autoscaling", "logs", "cloudwatch")
"""Not SSM's: it reads its list of AMIs with the first read of one."""
NOT_THE_LABS = frozenset({"journal", "_journal", "_ticker", "_mock", "_undo", "_id", "_ordinals"})
"""What belongs to the process, and the count of reads, which no journal has."""
HERE = {"moto": "5"}
WRITE = Entry("ecs", "RunTask", 1, "200 aa", Sent("POST", "http://127.0.0.1/", {"a": "b"}, b"{}"))


def report(number: int, words: str = "running") -> Entry:
    return Entry("ecs", "SubmitTaskStateChange", number, words)


# --- the lab that comes back --------------------------------------------------------------


def state(local: LocalEcs) -> list[tuple[str, object]]:
    """Every field of a lab: its clock and timers, both planes, moto's stores, all streams."""
    stores = [get_backend(name)[ACCOUNT][REGION] for name in REGIONAL]
    stores.append(get_backend("iam")[ACCOUNT]["global"])
    ordinals = local._gate._ordinals
    counted = {key: ordinals[key] for key in ordinals if not is_read(key[1])}
    return whole([local, stores, counted], NOT_THE_LABS)


def work() -> None:
    """Instances, a service behind a load balancer, tasks that come and go, and some errors."""
    aws = Clients()
    build(aws)
    for number in range(4):
        task = aws.ecs.run_task(cluster=walk.CLUSTER, taskDefinition="wordpress")["tasks"]
        with pytest.raises(aws.ecs.exceptions.ClientError):
            aws.ecs.stop_task(cluster=walk.CLUSTER, task="nope")
        for each in task:
            aws.ecs.stop_task(cluster=walk.CLUSTER, task=each["taskArn"])
        aws.ecs.update_service(cluster=walk.CLUSTER, service="wordpress", desiredCount=number % 3)


@pytest.mark.parametrize("every", [7, 10**9], ids=["compacted", "not compacted"])
def test_a_lab_comes_back_field_for_field(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once with what was compacted, once without; a stream that was drawn from would be found."""
    monkeypatch.setattr(compaction, "EVERY", every)
    with lab(tmp_path) as (local, begun), local.patient():
        work()
        before = state(local)
        assert begun.journal
        kept = list(begun.journal.entries())
        assert (sum(each.reports for each in kept) > 0) is (every == 7)
        assert not any(each.entry.outcome.startswith("4") for each in kept if each.entry.sent)
    with lab(tmp_path) as (local, begun):
        assert "is back as it was" in (begun.words or "")
        assert differences(before, state(local)) == []
        ecs_api.backend(ACCOUNT, REGION).new_id()
        assert any("/_ids/state" in each for each in differences(before, state(local)))


def test_a_lab_whose_folded_reports_come_out_otherwise_is_refused() -> None:
    """As one whose reports are kept word for word: another report, one too few, one too many."""
    reports = Reports()
    for number in (1, 2):
        reports.add(report(number))
    kept = Kept(3, LAB_EPOCH, WRITE, reports.count, reports.digest)
    compared(kept, [report(1), report(2), WRITE])
    for happened, words in (
        ([report(1), report(2, "stopped"), WRITE], "agents reported something else"),
        ([report(1), WRITE], "Instead came ecs:RunTask"),
        ([report(1), report(2), report(3), WRITE], "Instead came ecs:SubmitTaskStateChange"),
        ([report(1), report(2)], "Entry 3, .*, did not happen again"),
    ):
        with pytest.raises(UnusableJournalError, match=words):
            compared(kept, happened)


def compared(kept: Kept, happened: list[Entry]) -> None:
    comparison = Comparison([kept])
    for each in happened:
        comparison.add(each)
    comparison.must_be_at(kept.number)


# --- the file -----------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal.in_folder(tmp_path)


def opened(path: Path) -> SqliteJournal:
    return SqliteJournal(path, ManualClock().now, HERE)


def filled(path: Path) -> SqliteJournal:
    """Three rounds of two reports and a write, then a report that no write follows."""
    first = opened(path)
    for number in (1, 3, 5):
        for each in (report(number), report(number + 1), WRITE):
            first.add(each)
    first.add(report(7))
    first.settle()
    return first


def test_reports_are_folded_into_the_request_that_follows(path: Path) -> None:
    """Also when more came meanwhile; the last ones stay, and the file's check counts them all."""
    with closing(filled(path)) as first:
        compaction.compact(first._file)
        first.add(WRITE)
        first.settle()
        compaction.compact(first._file)
        compaction.compact(first._file)
    journal.checked(path, HERE)
    with closing(opened(path)) as again:
        found = [(each.number, each.reports, each.entry) for each in again.entries()]
    assert found == [(3, 2, WRITE), (6, 2, WRITE), (9, 2, WRITE), (11, 1, WRITE)]


def test_a_process_that_dies_while_it_compacts_has_compacted_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All reports are there in full, and the next one can do it."""
    first = filled(path)
    before = list(first.entries())
    monkeypatch.setattr(compaction, "_before", dying_at_the_second(compaction._before))
    with pytest.raises(ZeroDivisionError):
        compaction.compact(first._file)
    first._file.close()
    monkeypatch.undo()
    with closing(opened(path)) as again:
        assert list(again.entries()) == before
        compaction.compact(again._file)
        assert len(list(again.entries())) == 4


def dying_at_the_second(inner: Callable[..., object]) -> Callable[..., object]:
    calls = []

    def dying(*given: object) -> object:
        calls.append(given)
        return inner(*given) if len(calls) < 2 else 1 / 0

    return dying


def test_a_compacted_journal_that_lacks_an_entry_is_refused(path: Path) -> None:
    """What was folded counts as there; what somebody took out does not."""
    with closing(filled(path)) as first:
        compaction.compact(first._file)
        first._file.execute("DELETE FROM entries WHERE number = 6")
    with pytest.raises(UnusableJournalError, match="lacks 3 of its 10 entries"):
        opened(path)


def test_no_signature_is_kept(tmp_path: Path) -> None:
    """It was right when the request came, and is asked for no more; who asked is kept."""
    with lab(tmp_path) as (_, begun):
        boto3.client("ecs").create_cluster(clusterName="one")
        assert begun.journal
        sent = next(begun.journal.entries()).entry.sent
    assert sent
    assert "/us-east-1/ecs/aws4_request" in sent.headers["authorization"]
    assert "Signature" not in sent.headers["authorization"]
