"""Predictions: the buttons and the plain call record the same, the answer compares them."""

from __future__ import annotations

import pytest

from ecs_tutorial.notebook.predictions import Prediction, predict

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def prediction() -> Prediction:
    return predict("Where does the second task go?", ["the same instance", "the other instance"])


def test_nothing_is_chosen_beforehand(prediction: Prediction) -> None:
    """No option is preselected: a prediction is the learner's own."""
    assert prediction.chosen is None


def test_the_buttons_are_labelled(prediction: Prediction) -> None:
    """The radio buttons carry a description and the options, the question stands above."""
    question, buttons, note = prediction._widget.children
    assert "Where does the second task go?" in question.value
    assert buttons.description == "Your prediction:"
    assert buttons.options == ("the same instance", "the other instance")
    assert note.value == ""


def test_a_click_is_recorded_and_said(prediction: Prediction) -> None:
    """Choosing with the buttons records the choice and says so below them."""
    prediction._buttons.value = "the other instance"
    assert prediction.chosen == "the other instance"
    assert "Recorded: the other instance." in prediction._note.value


@pytest.mark.parametrize("option", [2, "the other instance"])
def test_the_plain_call_does_what_a_click_does(
    prediction: Prediction, option: int | str, capsys: pytest.CaptureFixture[str]
) -> None:
    """choose takes the number or the text, sets the buttons and prints the same words."""
    prediction.choose(option)
    assert prediction._buttons.value == prediction.chosen == "the other instance"
    assert capsys.readouterr().out.strip() == prediction._note.value


@pytest.mark.parametrize("option", [0, 3, -1, "somewhere else", ""])
def test_an_unknown_option_is_refused(prediction: Prediction, option: int | str) -> None:
    """The sentence names the options there are, and nothing is recorded."""
    with pytest.raises(ValueError, match="the same instance, the other instance"):
        prediction.choose(option)
    assert prediction.chosen is None


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, "You recorded no prediction. What happened: the other instance."),
        (1, "You predicted: the same instance. What happened: the other instance."),
        (2, "You predicted: the other instance. That is what happened."),
    ],
)
def test_the_answer_compares(
    prediction: Prediction,
    choice: int | None,
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What happened is told in each case, and a wrong guess is not called a mistake."""
    if choice:
        prediction.choose(choice)
    capsys.readouterr()
    prediction.reveal("the other instance", because="Both need host port 80.")
    assert capsys.readouterr().out.splitlines() == [expected, "Both need host port 80."]


def test_a_long_reason_is_broken_between_words(
    prediction: Prediction, capsys: pytest.CaptureFixture[str]
) -> None:
    """JupyterLab would break a line that is too long in the middle of a word."""
    reason = "(service web) was unable to place a task " * 8
    prediction.reveal("the other instance", because=reason)
    _, *told = capsys.readouterr().out.splitlines()
    assert len(told) > 1
    assert " ".join(told) == reason.strip()
    assert max(map(len, told)) <= 100


def test_an_answer_may_be_a_number() -> None:
    """What an API answered can be handed over as it is; it must be one of the options."""
    tasks = predict("How many tasks run?", ["1", "2"])
    tasks.reveal(2)
    with pytest.raises(ValueError, match="3"):
        tasks.reveal(3)


def test_it_reads_without_widgets(prediction: Prediction) -> None:
    """The text beside the widget has the question, the numbered options and the plain call."""
    bundle = prediction._repr_mimebundle_()
    assert WIDGET_VIEW in bundle
    assert bundle["text/plain"].splitlines() == [
        "Where does the second task go?",
        "  1. the same instance",
        "  2. the other instance",
        "Choose one, or call choose with its number.",
    ]


def test_a_question_is_text_and_not_markup() -> None:
    """What looks like HTML in a question is shown as it was written."""
    question, *_ = predict("Is <b> bold?", ["yes", "no"])._widget.children
    assert "&lt;b&gt;" in question.value


@pytest.mark.parametrize("options", [[], ["only one"], ["twice", "twice"]])
def test_a_prediction_needs_a_choice(options: list[str]) -> None:
    """One option, or the same twice, leaves nothing to predict."""
    with pytest.raises(ValueError, match="two or more different options"):
        predict("Which?", options)
