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
        "Which name always means the same image?",
        ("one with `:latest`", "one with a version as its tag", "one with a digest"),
        "c",
        "A tag can be moved; a digest is computed from the image.",
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
        "5",
        "A service's only task is stopped. What is there a minute later?",
        ("the same task again", "no task", "another task"),
        "c",
        "A stopped task never runs again; the service makes up the difference.",
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
        "7",
        "Few machines are to be paid for. Which placement strategy fills one before the next?",
        ("spread", "random", "binpack"),
        "c",
        "Binpack takes the machine that has least left and still has room.",
    ),
    Question(
        "8a",
        "A container ended with exit code 137. What happened?",
        ("it was killed", "its image is missing", "its program was done"),
        "a",
        "137 is 128 and 9, the number of SIGKILL: often it had used up its memory.",
    ),
    Question(
        "8b",
        "You drain a machine. What becomes of the tasks of services on it?",
        ("they move with their memory", "others take their place", "they stay for good"),
        "b",
        "A task never moves; another is started elsewhere, as the percentages allow.",
    ),
    Question(
        "9a",
        "A load balancer answers with HTTP 503. What does it lack?",
        ("a target", "a listener", "a security group"),
        "a",
        "It listens, or nothing would answer; there is nobody to whom it could pass the request.",
    ),
    Question(
        "9b",
        "A task stops because its secret cannot be read. Which role lacks the right?",
        ("the task role", "the machine's role", "the execution role"),
        "c",
        "The agent fetches secrets before the program is there, with the execution role.",
    ),
    Question(
        "9c",
        "A shared volume of a machine outlives …",
        ("its task", "its machine", "nothing"),
        "a",
        "It lies on the machine's disk; tasks come and go, and the disk ends with the machine.",
    ),
    Question(
        "10",
        "Which of these goes first when you clean up?",
        ("the cluster", "the security group", "the service"),
        "c",
        "The leaves before the root: a cluster in use is not deleted, nor a group in use.",
    ),
    Question(
        "11",
        "A task is PROVISIONING. What does it wait for?",
        ("its image", "a machine", "its health check"),
        "b",
        "Its capacity provider has to bring a machine first; PENDING comes after that.",
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
        text = "".join(map(str, answer)) if isinstance(answer, list | tuple) else str(answer)
        letters = "".join(text.split()).casefold()
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
