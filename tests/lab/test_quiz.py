"""Quizzes: every wrong answer names a misconception, and clicking never fails."""

import ipywidgets as widgets
import pytest

from lems_helpers.clinic.disease import lems
from lems_helpers.lab.lesson import all_lessons
from lems_helpers.lab.quiz import (
    Item,
    Option,
    Quiz,
    load_quiz,
    misconceptions,
    parse_quiz,
    quiz_names,
)
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.release import quantal_content, release_probability

QUIZZES = [load_quiz(name) for name in quiz_names()]
ITEMS = [(quiz, i) for quiz in QUIZZES for i in range(len(quiz.items))]
each_quiz = pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz.name)
each_item = pytest.mark.parametrize(
    ("quiz", "place"), ITEMS, ids=[f"{quiz.name}-{i + 1}" for quiz, i in ITEMS]
)


def option(text, misconception="M1", feedback=None):
    return Option(text, feedback or f"About {text}.", misconception)


RIGHT = option("yes", None)


# -- what the course asks ----------------------------------------------------------------------


def test_every_notebook_has_its_quiz_and_together_they_ask_of_every_misconception():
    assert quiz_names() == tuple(lesson.name for lesson in all_lessons())
    asked = {one.misconception for quiz in QUIZZES for item in quiz.items for one in item.options}
    assert asked - {None} == set(misconceptions())


def test_there_are_sixteen_misconceptions_each_a_sentence():
    assert list(misconceptions()) == [f"M{i}" for i in range(1, 17)]
    assert all(belief.endswith(".") for belief in misconceptions().values())


@each_quiz
def test_the_rules_of_a_quiz_hold(quiz):
    assert 3 <= len(quiz.items) <= 5
    assert quiz.title
    for item in quiz.items:
        assert item.question.endswith("?")
        for one in item.options:
            assert one.right is (one.misconception is None)
            assert one.right or one.misconception in misconceptions()
            assert len(one.feedback) > 30
            assert "*" not in item.question + one.text + one.feedback, "a star would be shown"


@each_quiz
def test_the_right_answer_cannot_be_guessed_from_its_length_or_place(quiz):
    longest = [max(item.options, key=lambda one: len(one.text)).right for item in quiz.items]
    assert sum(longest) <= len(quiz.items) / 2
    assert len({item.answer for item in quiz.items}) > 1


def test_the_numbers_in_the_feedback_are_the_models():
    words = " ".join(
        one.feedback for quiz in QUIZZES for item in quiz.items for one in item.options
    )
    healthy = quantal_content(mouse())
    assert "about 99" in words
    assert healthy == pytest.approx(99, rel=0.01)
    assert "from 19 to 2.0" in words
    for calcium_mM, packets in ((1.0, 19), (0.5, 2.0)):
        assert quantal_content(mouse().with_(calcium_mM=calcium_mM)) == pytest.approx(
            packets, rel=0.05
        )
    half = quantal_content(lems(mouse(), channel_survival=0.5)) / healthy
    assert "44 of 100 packets" in words
    assert half == pytest.approx(0.44, abs=0.005)
    assert "1,700 such vesicles" in words
    assert release_probability(mouse()) * 1700 == pytest.approx(healthy)
    assert "6 %" in words
    assert release_probability(mouse()) == pytest.approx(0.06, abs=0.005)


# -- the widget, clicked -----------------------------------------------------------------------


def parts(view, place):
    item = [child for child in view.children if "lm-item" in child._dom_classes][place]
    ask, options, button, feedback = item.children
    return ask, options, button, feedback


@each_item
def test_every_option_gets_its_own_feedback_when_checked(quiz, place):
    view = quiz.open()
    _, options, button, feedback = parts(view, place)
    seen = set()
    for i, one in enumerate(quiz.items[place].options):
        options.value = i
        assert feedback.value == "", "a new choice takes the old remark away"
        button.click()
        assert feedback.value.startswith("<b>Right.</b>" if one.right else "<b>Not quite.</b>")
        seen.add(feedback.value)
    assert len(seen) == len(options.options)


@each_item
def test_each_group_is_named_by_its_question_for_a_screen_reader(quiz, place):
    # The page's script names a group of radio buttons after the .lm-ask in the same .lm-item, and
    # makes .lm-feedback a live region.
    ask, options, button, feedback = parts(quiz.open(), place)
    assert "lm-ask" in ask._dom_classes
    assert quiz.items[place].question.split("`")[0][:20].split("'")[0] in ask.value
    assert isinstance(options, widgets.RadioButtons)
    assert button.description == f"Check answer {place + 1}"
    assert "lm-feedback" in feedback._dom_classes
    assert feedback.layout.min_height, "room is kept, so that the page does not jump"


@each_quiz
def test_checking_without_a_choice_asks_for_one(quiz):
    view = quiz.open()
    for place in range(len(quiz.items)):
        _, options, button, feedback = parts(view, place)
        assert options.value is None, "nothing is chosen beforehand"
        button.click()
        assert feedback.value == "Choose one of the answers first."
    assert view.score == (0, 0)


@each_quiz
def test_the_score_counts_what_is_right_now_and_what_was_right_at_once(quiz):
    view = quiz.open()
    total = len(quiz.items)
    (line,) = (child for child in view.children if "lm-score" in child._dom_classes)
    assert line.value == f"{total} questions; take as many tries as you like."
    wrong = next(i for i, one in enumerate(quiz.items[0].options) if not one.right)
    view.answer(0, wrong)
    assert view.met == [quiz.items[0].options[wrong].misconception]
    assert line.value == f"0 of {total} answered rightly, 0 at the first try."
    for place, item in enumerate(quiz.items):
        view.answer(place, item.answer)
    assert view.score == (total, total - 1)
    assert line.value == f"{total} of {total} answered rightly, {total - 1} at the first try."
    view.answer(0, wrong)
    assert view.score == (total - 1, total - 1)


@each_quiz
def test_the_stored_faces_ask_everything_and_answer_nothing(quiz):
    view = quiz.open()
    bundle = view._repr_mimebundle_()
    for item in quiz.items:
        assert item.question in bundle["text/plain"]
        for one in item.options:
            assert one.text in bundle["text/plain"]
            assert one.feedback not in bundle["text/plain"] + bundle["text/html"]
    view.answer(0, quiz.items[0].answer)
    assert view._repr_mimebundle_()["text/html"] == bundle["text/html"]
    assert view._repr_mimebundle_()["text/plain"] == bundle["text/plain"]


# -- answers that are kept ---------------------------------------------------------------------


def seen(view):
    """Return all that a learner sees of her answers, and what the quiz made of them."""
    chosen = [parts(view, place)[1].value for place in range(len(view.quiz.items))]
    said = [child.value for child in view.children if "lm-score" in child._dom_classes]
    said += [parts(view, place)[3].value for place in range(len(view.quiz.items))]
    return chosen, said, view.score, view.met


@each_quiz
def test_answers_that_were_kept_are_shown_again_with_what_was_said_of_them(quiz):
    kept = []
    view = quiz.open(keep=lambda answers: kept.append(answers) or "")
    right = [item.answer for item in quiz.items]
    wrong = [0 if place else 1 for place in right]
    for place, chosen in ((1, right[1]), (0, wrong[0]), (0, right[0]), (2, wrong[2])):
        view.answer(place, chosen)
    view.answer(1, right[1])  # no news
    assert [len(answers) for answers in kept] == [1, 2, 3, 4, 4]
    later = quiz.open(kept[-1], keep=lambda answers: kept.append(answers) or "")
    assert seen(later) == seen(view)
    assert later.score == (2, 1)
    assert len(kept) == 5, "what was kept is not kept again"
    later.afresh()
    assert kept[-1] == []
    assert seen(later) == seen(quiz.open())


def test_no_two_answers_leave_the_same_trace_and_none_gives_itself_away():
    traces = [trace for quiz in QUIZZES for item in quiz.items for trace in item.traces]
    assert len(set(traces)) == len(traces) > 100
    assert all(len(trace) == 8 for trace in traces)


def test_an_answer_is_found_again_when_its_place_changes_and_passed_over_when_it_is_gone():
    before = Quiz("q", "Q", (item("A?"), turned("B?"), item("C?")))
    after = Quiz("q", "Q", (turned("D?"), turned("A?"), item("B?")))
    kept = [one.traces[one.answer] for one in before.items]
    assert seen(after.open(kept))[0] == [None, 1, 0]
    assert seen(after.open(["", "0", "zzzzzzzz"])) == seen(after.open())


def test_a_quiz_says_that_its_answers_could_not_be_kept():
    view = QUIZZES[0].open(keep=lambda answers: "The disk is full.")
    view.answer(0, 0)
    assert seen(view)[1][0].endswith("at the first try. The disk is full.")
    assert "Right." in seen(view)[1][1] or "Not quite." in seen(view)[1][1]


# -- rules the loader keeps --------------------------------------------------------------------


def item(question="Is it?", options=None):
    return Item(question, options or (RIGHT, option("no"), option("perhaps")))


def turned(question="Is it so?"):
    return Item(question, (option("no"), RIGHT))


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: option("no", "M17"), "no misconception called 'M17'"),
        (lambda: option("no", ""), "no misconception called ''"),
        (lambda: Option("no", " ", "M1"), "has no feedback"),
        (lambda: Option("", "Because.", "M1"), "has no text"),
        (lambda: item(options=(RIGHT,)), "2 to 5 are allowed"),
        (lambda: item(options=(option("no"), option("perhaps"))), "exactly one right"),
        (lambda: item(options=(RIGHT, option("also", None))), "exactly one right"),
        (lambda: item(options=(RIGHT, option("no"), option(" No ", "M2", "x"))), "same text twice"),
        (lambda: item(options=(RIGHT, option("a", "M2", "x"), option("b", "M3", "x"))), "feedback"),
        (lambda: item(question=" "), "question is empty"),
        (lambda: Quiz("q", "Q", (item(), turned())), "3 to 5"),
        (lambda: Quiz("q", "Q", (item(), turned(), item())), "same question twice"),
        (lambda: Quiz("q", "Q", (item("A?"), item("B?"), item("C?"))), "same place"),
    ],
)
def test_a_faulty_quiz_is_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_a_good_quiz_is_taken():
    assert Quiz("q", "Q", (item("A?"), turned("B?"), item("C?"))).items[1].answer == 1


@pytest.mark.parametrize("line", ["", 'right = true\nmisconception = "M1"'])
def test_an_option_is_either_right_or_names_a_misconception(line):
    source = f'title = "Q"\n[[item]]\nquestion = "A?"\n[[item.option]]\ntext = "no"\n{line}\n'
    with pytest.raises(ValueError, match="'no' must either be right or name a misconception"):
        parse_quiz("q", source)


def test_an_unknown_quiz_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 03_calcium_influx"):
        load_quiz("03_calcium_inflox")
    with pytest.raises(ValueError, match=r"no quiz called '../secrets'"):
        load_quiz("../secrets")
