"""What an exercise says beside its checks: hints, solution, and that it cannot be checked."""

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from ecs_tutorial.exercises import effort, exercise, feedback, outcomes
from ecs_tutorial.exercises.outcomes import State
from ecs_tutorial.lab_error import LabError
from ecs_tutorial.notebook.colours import contrast

NO_TEXT = 3
"""What a line or a sign must have of contrast, WCAG 2, success criterion 1.4.11."""
WHITE, BLACK = "#ffffff", "#111111"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A learner of the tests' own, with credentials that are none."""
    monkeypatch.setenv("ECS_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


class Session:
    """Gives clients that were made before."""

    def __init__(self, client):
        self._client = client

    def client(self, *_, **__):
        return self._client


def ecs(endpoint="http://127.0.0.1:9"):
    """A client that is none of the lab's: the discard port, where nothing listens."""
    return boto3.client(
        "ecs", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1})
    )


def test_no_answer_cannot_be_checked():
    """An endpoint that is not there is said in words, and is no judgement."""
    found = exercise("2.1", Session(ecs())).outcome()
    assert found.state is State.CANNOT_BE_CHECKED
    assert "Could not connect" in found.words


def test_a_client_that_is_not_the_labs_is_judged_alike():
    """The check reads answers of the ECS API, whoever gives them."""
    client = ecs()
    with Stubber(client) as stub:
        arns = {"clusterArns": ["arn:aws:ecs:eu-west-1:000000000000:cluster/shipping"]}
        stub.add_response("list_clusters", arns, {})
        found = exercise("2.1", Session(client)).outcome()
    assert found.state is State.CORRECT


def test_access_denied_cannot_be_checked():
    """Who may not look is told so in AWS's words."""
    client = ecs()
    with Stubber(client) as stub:
        stub.add_client_error("list_clusters", "AccessDeniedException", "You may not.")
        words = repr(exercise("2.1", Session(client)).check())
    assert words.startswith("Exercise 2.1, a cluster of your own: cannot be checked.\n")
    assert "AccessDeniedException" in words


def test_an_error_of_a_check_is_none_of_the_learners():
    """A fault in a check itself is raised, not worded as an outcome."""
    client = ecs()
    with Stubber(client) as stub:
        stub.add_response("list_clusters", {})
        with pytest.raises(KeyError):
            exercise("2.1", Session(client)).outcome()


def test_hints_are_counted_from_one():
    """Each hint says which it is; a number beyond them says how many there are."""
    assert "hint 1 of 2." in repr(exercise("2.1").hint())
    assert exercise("2.1").hint(1).lines[1] != exercise("2.1").hint(2).lines[1]
    for number in (0, 3):
        assert "has hints 1 to 2" in repr(exercise("2.1").hint(number))


def test_the_solution_is_a_cell_to_run():
    """It is shown whole, without the author's marks, and with a reason."""
    found = exercise("2.1").solution()
    assert "# blank" not in found.code
    compile(found.code, "solution", "exec")
    assert len(found.lines) == 2
    assert "<code>" in found._repr_html_()


def test_an_unknown_exercise_is_said():
    """The sentence names those of the same chapter."""
    with pytest.raises(LabError, match=r"'2\.99'.*2\.1"):
        exercise("2.99")


def test_a_key_needs_no_quotes():
    """A number that looks like a key is taken for it."""
    assert repr(exercise(2.1)) == repr(exercise("2.1"))


def test_an_exercise_tells_what_it_is():
    """Its plain form has the task and the three verbs."""
    told = repr(exercise("2.1"))
    assert "A second team" in told
    assert all(f'exercise("2.1").{verb}(' in told for verb in ("check", "hint", "solution"))


@pytest.mark.parametrize("state", State)
def test_an_outcome_is_told_apart_without_colour(state):
    """Each has words and a form of line of its own, seen on white and on black."""
    form, colour = feedback.LINES[state]
    assert [each for each, _ in feedback.LINES.values()].count(form) == 1
    assert min(contrast(colour, WHITE), contrast(colour, BLACK)) >= NO_TEXT


def test_an_answer_is_judged_by_its_words():
    """Capitals and spaces around it do not matter; each wrong one gets its message."""
    asked = {"expected": "a status", "because": "So it is.", "otherwise": {"stopped": "It runs."}}
    assert outcomes.judged(" Running", "RUNNING", **asked).state is State.CORRECT
    assert outcomes.judged("STOPPED", "RUNNING", **asked).words == "It runs."
    assert "Look once more" in outcomes.judged("blue", "RUNNING", **asked).words
    assert outcomes.judged(2, 2, **asked).state is State.CORRECT


def asked(client, *dates):
    """Let a client ask once for each date, with which it is answered."""
    for date in dates:
        with Stubber(client) as stub:
            headers = {"date": f"Mon, 05 Oct 2026 {date} GMT"}
            meta = {"HTTPHeaders": headers, "HTTPStatusCode": 200}
            stub.add_response("list_clusters", {"clusterArns": [], "ResponseMetadata": meta})
            client.list_clusters()


def test_an_incident_tells_calls_and_time():
    """From its beginning the calls of new clients are counted, and time is that of the answers."""
    session = boto3.Session()
    early = session.client("ecs")
    effort.begin("13.1", session)
    asked(early, "09:00:00")
    assert effort.told("13.1") == ""
    asked(session.client("ecs"), "09:00:00", "09:00:30", "09:02:05")
    assert effort.told("13.1") == "So far: 3 calls, in 2 min 5 s by the clock of the answers."
    effort.end("13.1")
    assert effort.told("13.1") == ""


def test_a_check_is_not_counted():
    """What the framework asks is not the learner's work."""
    session = boto3.Session()
    effort.begin("13.1", session)
    client = session.client("ecs")
    asked(client, "09:00:00")
    with effort.uncounted():
        asked(client, "09:00:01")
    assert effort.told("13.1") == "So far: 1 call."
    effort.end("13.1")


def test_only_an_incident_begins():
    """An ordinary exercise begins where the learner is, and says so."""
    assert "is no incident" in repr(exercise("2.1").begin())
