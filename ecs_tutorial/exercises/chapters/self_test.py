"""The self-test: fifteen questions out of the chapters, in three parts, each answer explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecs_tutorial.exercises.model import Exercise, Kind, Wrong
from ecs_tutorial.exercises.outcomes import Outcome, correct, not_yet

LETTERS = "abc"
IN_A_PART = 5


@dataclass(frozen=True)
class Question:
    """One question with three answers, of which one is right."""

    chapter: str
    asked: str
    answers: tuple[str, str, str]
    right: str
    """The letter of the right answer."""
    because: str


QUESTIONS = (
    Question(
        "1",
        "Where does `wordpress:6.8` come from when nothing else is said?",
        ("from the account's ECR", "from Docker Hub", "from the cluster"),
        "b",
        "A name without a registry means docker.io.",
    ),
    Question(
        "1",
        "Which name always means the same image?",
        ("one with `:latest`", "one with a version as its tag", "one with a digest"),
        "c",
        "A tag can be moved; a digest is computed from the image.",
    ),
    Question(
        "2",
        "What is a cluster?",
        ("a name under which machines and work come together", "a big machine", "a network"),
        "a",
        "It is an entry in the books of ECS and costs nothing by itself.",
    ),
    Question(
        "2",
        "You describe a cluster that does not exist. What do you get?",
        ("an exception", "a failure inside the answer", "an empty cluster"),
        "b",
        "Calls that describe many things list what they could not find under failures.",
    ),
    Question(
        "3",
        "An instance runs, its agent is not in the cluster. Where is the reason?",
        ("in the agent's log", "in the service's events", "in describe_clusters"),
        "a",
        "ECS has never heard of the machine, so only the machine can tell.",
    ),
    Question(
        "3",
        "What does ECS compare when it looks for room?",
        ("how busy each machine is", "what is registered and reserved", "the age of machines"),
        "b",
        "It keeps books of what tasks asked for; it measures nothing.",
    ),
    Question(
        "4",
        "The same definition is registered twice. What is there?",
        ("one revision", "an error", "two revisions"),
        "c",
        "Registering does not compare, it counts.",
    ),
    Question(
        "4",
        "A revision is deregistered while a task runs from it. What happens to the task?",
        ("it runs on", "it is stopped", "it moves to the newest revision"),
        "a",
        "Deregistering refuses what is new and leaves alone what runs.",
    ),
    Question(
        "4",
        "An essential container of a task ends. What then?",
        ("it is started again", "the whole task stops", "nothing, the others go on"),
        "b",
        "Containers of a task are a unit; a service would start another task.",
    ),
    Question(
        "5",
        "A service's only task is stopped. What is there a minute later?",
        ("the same task again", "no task", "another task"),
        "c",
        "A stopped task never runs again; the service makes up the difference.",
    ),
    Question(
        "5",
        "3 tasks want host port 80, the cluster has 2 machines. What happens?",
        ("2 run, the third waits", "create_service is refused", "all 3 run"),
        "a",
        "A wish without a place is no error: it stays, and the events say why.",
    ),
    Question(
        "5",
        "4 tasks are desired, minimumHealthyPercent is 50. How many must stay up meanwhile?",
        ("4", "2", "none"),
        "b",
        "50 percent of 4, rounded up.",
    ),
    Question(
        "6",
        "A visitor's browser waits until it times out. Where do you look first?",
        ("at the task's log", "at the security group", "at the task definition"),
        "b",
        "A security group drops in silence; a closed port would refuse at once.",
    ),
    Question(
        "6",
        "Which id do ECS and EC2 both know?",
        ("the instance's id", "the task's ARN", "the container instance's ARN"),
        "a",
        "It stands as ec2InstanceId in the record of the container instance.",
    ),
    Question(
        "10",
        "Which of these goes first when you clean up?",
        ("the cluster", "the security group", "the service"),
        "c",
        "The leaves before the root: a cluster in use is not deleted, nor a group in use.",
    ),
)


def _part(number: int) -> Exercise:
    first = IN_A_PART * (number - 1) + 1
    questions = QUESTIONS[first - 1 : first - 1 + IN_A_PART]
    right = "".join(each.right for each in questions)
    wrong = right.translate(str.maketrans("abc", "bca"))[0] + right[1:]
    numbered = tuple(enumerate(questions, first))
    key = f"13.{number + 2}"
    return Exercise(
        key=key,
        title=f"questions {first} to {first + IN_A_PART - 1}",
        kind=Kind.TEST,
        objective="Answer fifteen questions about the walk",
        task="Five letters, one a question.\n\n"
        + "\n".join(_asked(n, each) for n, each in numbered),
        minutes=2,
        cell=f'answers = "{right}"  # blank: five letters, as "abcab"\n'
        f'exercise("{key}").check(answers)',
        because=" ".join(f"{n}{each.right}: {each.because}" for n, each in numbered),
        hints=(
            f"The questions are from chapters {_chapters(questions)}.",
            "The key points at the end of these chapters have most of it.",
        ),
        wrong=(
            Wrong(f'answers = "{wrong}"', f"Question {first}: no."),
            Wrong('answers = "abc"', "one letter for each"),
        ),
        second=f'answers = " ".join("{right.upper()}")',
        check=_check(numbered),
    )


def _asked(number: int, question: Question) -> str:
    options = zip(LETTERS, question.answers, strict=True)
    return "\n".join([f"{number}. {question.asked}", *(f"    - **{a}:** {t}" for a, t in options)])


def _chapters(questions: Sequence[Question]) -> str:
    return ", ".join(dict.fromkeys(each.chapter for each in questions))


def _check(numbered: Sequence[tuple[int, Question]]) -> Callable[..., Outcome]:
    def check(answer: object) -> Outcome:
        letters = "".join(str(answer).split()).casefold()
        expected = f"{len(numbered)} letters, each a, b or c, all of them right"
        if len(letters) != len(numbered) or set(letters) - set(LETTERS):
            return not_yet("Give one letter for each.", seen=f"{answer!r}", expected=expected)
        given = list(zip(letters, numbered, strict=True))
        missed = [(n, each) for letter, (n, each) in given if letter != each.right]
        if not missed:
            return correct(" ".join(f"{n}: {each.because}" for n, each in numbered))
        words = " ".join(f"Question {n}: no. {each.because}" for n, each in missed)
        seen = f"{len(numbered) - len(missed)} of {len(numbered)} right"
        return not_yet(words, seen=seen, expected=expected)

    return check


PARTS = tuple(_part(number) for number in (1, 2, 3))
