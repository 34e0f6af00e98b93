"""Checks accept every right answer, explain the common wrong ones and survive any nonsense."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import ipywidgets as widgets
import numpy as np
import pytest

from lems_helpers.lab.exercises import (
    Array,
    Choice,
    Design,
    Exercise,
    Function,
    Number,
    Order,
    Report,
    check,
    hints,
)
from lems_helpers.lab.lesson import all_lessons
from lems_helpers.lab.reading import Unreadable


def exercise(answer, **parts):
    return Exercise("some", "Something", answer, parts.pop("hints", ("Look again.",)), **parts)


def say(answer_kind, answer):
    return str(check(exercise(answer_kind), answer))


CURRENT = Number(
    lambda: -0.31,
    unit="pA",
    near_misses=((lambda right: 3 * right, "Three channels, not one."), (-0.4, "A round guess.")),
)
TRACE = Array(lambda: np.array([0.0, 1.0, 2.0, 3.5]), unit="mV")


def driven_current_pA(open_probability, voltage_mV):
    return open_probability * 2.4e-3 * (np.asarray(voltage_mV) - 60)


CURRENT_OF = Function(
    driven_current_pA,
    cases=((0.1, -70.0), (0.5, 0.0), (0.2, np.array([-20.0, 20.0]))),
    unit="pA",
    near_misses=(
        (lambda p, v: p * 2.4e-3 * (60 - np.asarray(v)), "The driving force is turned round."),
    ),
)
CAUSE = Choice(
    {"zones": "Yes, zones are lost too.", "channels": "Channels alone fail at 3 Hz."}, ("zones",)
)


def fill(spoons, jugs):
    """Fill a litre from spoons of 10 ml and jugs of 300 ml, with as few spoons as can be."""
    if spoons < 0:
        raise ValueError(f"spoons must not be negative, not {spoons:g}.")
    litre = 0.01 * spoons + 0.3 * jugs
    if litre < 0.999:
        return False, f"Only {litre:.2f} litres."
    return spoons <= 10, f"{litre:.2f} litres with {spoons:g} spoons."


FILL = Design(fill, lambda: (10, 3), near_misses=((lambda right: (0, right[1]), "Only 0.90"),))


def _is_word(text):
    return isinstance(text, str) and len(text) > 2


def greeting(words):
    """Accept any greeting of two words."""
    if not isinstance(words, list) or not all(_is_word(one) for one in words):
        raise ValueError("A greeting is a list of words.")
    return len(words) == 2, f"{len(words)} words."


GREET = Report(
    greeting, lambda: ["good", "day"], near_misses=((lambda right: [*right, "sir"], "3 words"),)
)

# -- right answers, in any form ------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        -0.31,
        -0.3135,
        np.float32(-0.31),
        np.array(-0.31),
        np.array([-0.31]),
        [-0.31],
        Fraction(-31, 100),
        Decimal("-0.31"),
    ],
)
def test_a_right_number_is_accepted_in_any_form(answer):
    verdict = check(exercise(CURRENT, because="It flows in."), answer)
    assert verdict.accepted
    assert str(verdict).startswith("Right. -0.31")
    assert str(verdict).endswith("pA. It flows in.")


@pytest.mark.parametrize(
    "answer",
    [
        [0, 1, 2, 3.5],
        (0.0, 1.0, 2.0, 3.5),
        np.array([[0.0], [1.0], [2.0], [3.5]]),
        [1e-9, 1.001, 1.999, 3.5],
        np.array([0, 1, 2, 3.5], dtype=np.float32),
    ],
)
def test_a_right_array_is_accepted_in_any_form(answer):
    assert check(exercise(TRACE), answer).accepted


def in_many_lines(p, v):
    force = np.subtract(v, 60)
    return [0.0024 * p * f for f in force] if np.ndim(force) else 0.0024 * p * float(force)


@pytest.mark.parametrize(
    "answer",
    [
        driven_current_pA,
        in_many_lines,
        lambda p, v: np.atleast_1d(p * 2.4e-3 * (v - 60)),
        lambda *inputs: driven_current_pA(*inputs),
        lambda open_probability, voltage_mV, extra=1: driven_current_pA(
            open_probability, voltage_mV
        ),
        type("Callable", (), {"__call__": lambda self, p, v: driven_current_pA(p, v)})(),
    ],
)
def test_a_right_function_is_accepted_however_it_is_written(answer):
    assert check(exercise(CURRENT_OF), answer).accepted


@pytest.mark.parametrize("answer", ["zones", " Zones ", "ZONES", ["zones"], '"zones"'])
def test_a_right_choice_is_accepted(answer):
    verdict = check(exercise(CAUSE), answer)
    assert verdict.accepted
    assert "Yes, zones are lost too." in str(verdict)


@pytest.mark.parametrize("answer", [(10, 3), [0, 4], np.array([5, 3.4]), (np.float32(9), 4)])
def test_every_design_that_does_the_job_is_accepted(answer):
    verdict = check(exercise(FILL), answer)
    assert verdict.accepted
    assert "litres with" in str(verdict)


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        ((0, 3), "Only 0.90 litres."),
        ((100, 0), "1.00 litres with 100 spoons."),
        ((-1, 4), "The model cannot try that: spoons must not be negative, not -1."),
        (4, "holds 1 number; 2 are asked for: spoons, jugs."),
        ((1, 2, 3), "holds 3 numbers; 2 are asked for"),
    ],
)
def test_a_design_that_fails_is_told_what_came_of_it(answer, explanation):
    verdict = check(exercise(FILL), answer)
    assert not verdict.accepted
    assert explanation in str(verdict)


@pytest.mark.parametrize("answer", [["good", "day"], ["hello", "there"]])
def test_every_sound_report_is_accepted(answer):
    assert check(exercise(GREET), answer).accepted


def test_a_report_that_is_not_sound_is_told_why():
    assert say(GREET, ["hello"]) == "Not yet. 1 words."
    assert say(GREET, 3) == "Not yet. A greeting is a list of words."
    ((answer, why),) = GREET.wrong()
    assert why in say(GREET, answer)


# -- common wrong answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        (0.31, "The size is right, but the sign is not."),
        (-310, "1000 times too large: is it in fA rather than pA?"),
        (-0.00031, "1000 times too small: is it in nA rather than pA?"),
        (-0.31e6, "a million times too large"),
        (-0.62, "twice the right answer"),
        (-0.155, "half the right answer"),
        (1 / -0.31, "one divided by the right answer"),
        (-0.93, "Three channels, not one."),
        (-0.4, "A round guess."),
        (-0.35, "a little too large"),
        (-5.0, "about 16 times too large"),
        (-0.1, "about 3.1 times too small"),
        (0, "too small"),
        (7.0, "wrong sign, and the size is off too"),
        (-1e300, "more than a million times too large"),
    ],
)
def test_a_wrong_number_is_explained(answer, explanation):
    verdict = check(exercise(CURRENT), answer)
    assert not verdict.accepted
    assert explanation in str(verdict)


@pytest.mark.parametrize(
    ("unit", "right", "wrong", "explanation"),
    [
        ("%", 85.0, 0.85, "multiply it by 100"),
        ("1", 0.85, 85, "divide by 100"),
        ("", 0.85, 85, "divide by 100"),
        ("ions", 264.0, 264e3, "1000 times too large: look at the units."),
        ("mM", 1.5, 1500, "is it in µM rather than mM?"),
        ("nm", 27.7, 0.0277, "is it in µm rather than nm?"),
        ("ms", 0.2, 0.0002, "is it in s rather than ms?"),
        ("s", 0.2, 200, "is it in ms rather than s?"),
        ("MΩ", 0.5, 500, "is it in kΩ rather than MΩ?"),
    ],
)
def test_a_slip_of_the_unit_is_named(unit, right, wrong, explanation):
    assert explanation in say(Number(right, unit=unit), wrong)


def test_a_count_a_hundred_times_too_large_is_not_called_a_percentage():
    assert "percentage" not in say(Number(264.0), 26400)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (264000, "264,000"),
        (0.00031, "0.00031"),
        (-70, "-70"),
        (99999.6, "100,000"),
        (0.99996, "1"),
        (1234.5678, "1,235"),
        (3.0e-9, "3e-09"),
        (0, "0"),
    ],
)
def test_numbers_are_shown_as_a_reader_writes_them(number, shown):
    assert f"You have {shown} ions." in say(Number(17.0, unit="ions"), number)


def test_a_thousandfold_slip_is_seen_through_rounded_constants():
    assert "is it in fA rather than pA?" in say(CURRENT, -329)


def test_where_zero_is_right_only_near_zero_is_accepted():
    nothing = Number(0.0, unit="mV", absolute=0.1)
    assert check(exercise(nothing), -0.05).accepted
    assert "too large" in say(nothing, 3)


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        ([0, 1, 2], "holds 3 numbers; 4 numbers are asked for"),
        (5, "holds 1 number; 4 numbers are asked for"),
        (np.zeros((2, 3)), "a table of 2 by 3 numbers"),
        ([3.5, 2, 1, 0], "order is turned round"),
        ([0, -1, -2, -3.5], "sign is not"),
        ([0, 1000, 2000, 3500], "is it in µV rather than mV?"),
        ([0, 1, 2, 7], "Number 4 (7) is about 2 times too large"),
        ([0, 0, 0, 0], "Number 2 (0) is too small"),
        ([1, 1, 2, 3.5], "Number 1 (1) is too large"),
    ],
)
def test_a_wrong_array_is_explained(answer, explanation):
    assert explanation in say(TRACE, answer)


def stops_at_zero(p, v):
    return 1 / float(np.mean(v)) if np.ndim(v) == 0 else np.zeros(2)


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        (lambda p, v: -driven_current_pA(p, v), "The driving force is turned round."),
        (lambda p, v: 1000 * driven_current_pA(p, v), "is it in fA rather than pA?"),
        (lambda p, v: p * (np.asarray(v) - 60), "gives -13 pA. That is about 417 times too large"),
        (lambda p, v: driven_current_pA(p, v) + (p == 0.5), "With open_probability = 0.5"),
        (lambda p: p, "takes other inputs (p) than it is given (open_probability, voltage_mV)"),
        (lambda: 1, "takes other inputs (none)"),
        (stops_at_zero, "With open_probability = 0.5, voltage_mV = 0 your function stops"),
        (lambda p, v: 1 / 0, "it divides by zero (ZeroDivisionError: division by zero)"),
        (lambda p, v: undefined, "uses a name that does not exist"),  # noqa: F821
        (lambda p, v: [][3], "beyond the end of a list"),
        (lambda p, v: p + "1", "things that do not fit"),
        (lambda p, v: exit_now(), "tries to leave Python"),
        (lambda p, v: None, "gives nothing back; does it end with return?"),
        (lambda p, v: "0.1", "gives text in quotes ('0.1')"),
        (lambda p, v: math.nan, "gives nan"),
        (lambda p, v: np.log(-np.asarray(p)), "gives nan"),
        (lambda p, v: [1, 2, 3], "gives 3 numbers; one is asked for"),
        (lambda p, v: 1j, "a complex number"),
    ],
)
def test_a_wrong_function_is_explained_with_the_input_that_shows_it(answer, explanation):
    verdict = check(exercise(CURRENT_OF), answer)
    assert not verdict.accepted
    assert explanation in str(verdict)
    assert "\n" not in str(verdict)


def exit_now():
    raise SystemExit


def test_a_learners_function_cannot_spoil_the_inputs_of_the_next_try():
    def greedy(p, v):
        result = driven_current_pA(p, v)
        if np.ndim(v):
            v[:] = 0
        return result

    assert check(exercise(CURRENT_OF), greedy).accepted
    assert check(exercise(CURRENT_OF), greedy).accepted


def test_endless_recursion_ends_in_a_sentence():
    def round_and_round(p, v):
        return round_and_round(p, v)

    assert "calls itself without end" in say(CURRENT_OF, round_and_round)


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        ("channels", "Channels alone fail at 3 Hz."),
        ("chanels", 'Did you mean "channels"?'),
        ("neither", 'Write one of these: "zones", "channels".'),
        (1, "not a text"),
        (["zones", "channels"], "not a text"),
    ],
)
def test_a_wrong_choice_is_explained(answer, explanation):
    verdict = check(exercise(CAUSE), answer)
    assert not verdict.accepted
    assert explanation in str(verdict)


# -- nonsense --------------------------------------------------------------------------------

RAGGED = [[1, 2], [3]]


class Hostile:
    """An object that refuses everything it is asked."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __eq__ = __float__ = __bool__ = __getitem__ = __iter__ = __len__
    __hash__ = None


NONSENSE = [
    None,
    "",
    "0.31",
    "0.31 pA",
    True,
    np.True_,
    math.nan,
    np.float64("nan"),
    math.inf,
    -math.inf,
    3j,
    [],
    {},
    set(),
    {"a": 1},
    RAGGED,
    [None, 1],
    ["a", "b"],
    [math.nan, 1, 2, 3],
    [True, False],
    np.zeros((3, 3, 3)),
    np.array(["a"]),
    np.array([1, None, "a"], dtype=object),
    np.datetime64("2020-01-01"),
    b"bytes",
    object(),
    object,
    len,
    print,
    lambda: None,
    (i for i in range(3)),
    range(0),
    10**400,
    [10**400],
    slice(1),
    Hostile(),
]


@pytest.mark.parametrize(
    "kind", [CURRENT, TRACE, CURRENT_OF, CAUSE, FILL, GREET], ids=lambda kind: type(kind).__name__
)
@pytest.mark.parametrize("answer", NONSENSE, ids=lambda answer: type(answer).__name__)
def test_nonsense_gets_one_plain_sentence(kind, answer):
    verdict = check(exercise(kind), answer)
    assert not verdict.accepted
    text = str(verdict)
    assert text.startswith("Not yet. ")
    assert text[-1] in ".?"
    assert "\n" not in text
    assert "Traceback" not in text
    assert len(text) < 220


@pytest.mark.parametrize(
    ("answer", "explanation"),
    [
        ("0.31", "text in quotes ('0.31'); write the number without quotes"),
        (None, "None, which means nothing at all"),
        (math.nan, "zero divided by zero"),
        (math.inf, "division by zero"),
        (3j, "complex"),
        (True, "True; a number is asked for"),
        ([1, 2, 3], "a list of 3 numbers; one is asked for"),
        (abs, "a function; call it"),
        (RAGGED, "rows have different lengths"),
        ([], "empty"),
    ],
)
def test_nonsense_is_called_by_its_name(answer, explanation):
    assert explanation in say(CURRENT, answer)


@pytest.mark.parametrize(
    ("kind", "blank"),
    [
        (CURRENT, ...),
        (CURRENT, [..., 1]),
        (TRACE, ...),
        (TRACE, [1, ..., 3]),
        (CURRENT_OF, ...),
        (CURRENT_OF, lambda p, v: ...),
        (CAUSE, ...),
        (FILL, ...),
        (FILL, (..., 3)),
        (GREET, ...),
        (GREET, ["good", ...]),
        (GREET, {"a": [("b", ...)]}),
    ],
)
def test_a_blank_is_not_an_error(kind, blank):
    verdict = check(exercise(kind), blank)
    assert not verdict.accepted
    expected = "Not answered yet: replace the three dots (...) with your answer."
    assert str(verdict) == expected


def test_the_right_answer_is_worked_out_once_and_only_when_needed():
    calls = []
    lazy = Number(lambda: calls.append(1) or 2.0)
    one = exercise(lazy)
    assert calls == []
    check(one, ...)
    assert calls == []
    check(one, 2)
    check(one, 3)
    assert calls == [1]


def test_the_words_of_a_choice_may_wait_for_the_model():
    calls = []
    lazy = Choice(lambda: calls.append(1) or {"a": "A: 3.", "b": "B: 4."}, lambda: ("b",))
    assert check(exercise(lazy), ...).opening == "Not answered yet:"
    assert calls == []
    assert check(exercise(lazy), "b").accepted
    assert "A: 3." in say(lazy, "a")
    assert calls == [1]


# -- how a verdict shows -----------------------------------------------------------------------


def test_a_verdict_shows_itself_as_text_and_as_html():
    bundle = check(exercise(CURRENT_OF), lambda p, v: None)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'role="status"' in bundle["text/html"]
    assert "<code>return</code>" in bundle["text/html"]
    assert "`" not in bundle["text/plain"]


def test_what_a_learner_wrote_is_escaped():
    html = check(exercise(CURRENT), "<script>")._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


# -- hints ---------------------------------------------------------------------------------------

THREE = exercise(CURRENT, hints=("A nudge.", "Use `np.mean` & <b>care</b>.", "Nearly all."))


def buttons(view):
    return [child for child in view.children[0].children if isinstance(child, widgets.Button)]


def test_hints_open_one_at_a_time_by_button():
    view = hints(THREE)
    one, two, three = buttons(view)
    assert [button.description for button in buttons(view)] == ["Hint 1", "Hint 2", "Hint 3"]
    assert [button.disabled for button in (one, two, three)] == [False, True, True]
    shown = view.children[1]
    assert shown.value == ""
    one.click()
    assert "A nudge." in shown.value
    assert "np.mean" not in shown.value
    assert [button.disabled for button in (one, two, three)] == [False, False, True]
    two.click()
    three.click()
    assert "A nudge." in shown.value
    assert "Nearly all." in shown.value
    one.click()
    assert "Nearly all." in shown.value, "an open hint stays open"


def test_hints_announce_themselves_to_a_screen_reader():
    assert "lm-feedback" in hints(THREE).children[1]._dom_classes


def test_hints_have_a_still_and_a_text_face_that_give_nothing_away():
    bundle = hints(THREE)._repr_mimebundle_()
    assert bundle["text/plain"] == "Something: 3 hints available"
    assert bundle["text/html"].count("<details><summary>Hint") == 3
    assert "open" not in bundle["text/html"].split("A nudge.")[0]
    assert "<code>np.mean</code> &amp; &lt;b&gt;care" in bundle["text/html"]
    assert hints(exercise(CURRENT)).text() == "Something: 1 hint available"


def test_the_faces_do_not_depend_on_what_is_open():
    view = hints(THREE)
    before = view._repr_mimebundle_()
    view.show(2)
    after = view._repr_mimebundle_()
    assert before["text/html"] == after["text/html"]
    assert before["text/plain"] == after["text/plain"]


# -- declarations ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"hints": ()}, "one to three hints"),
        ({"hints": ("a", "b", "c", "d")}, "one to three hints"),
        ({"hints": "one text"}, "one to three hints"),
        ({"hints": (" ",)}, "empty title or hint"),
    ],
)
def test_a_faulty_declaration_is_refused(parts, complaint):
    with pytest.raises(ValueError, match=complaint):
        exercise(CURRENT, **parts)


def test_other_faults_are_refused():
    with pytest.raises(ValueError, match="tolerance is -1"):
        Number(1.0, tolerance=-1)
    with pytest.raises(ValueError, match="at least one case"):
        Function(abs, cases=())
    with pytest.raises(
        ValueError, match="Number, Array, Order, Function, Choice, Design or Report"
    ):
        exercise(3.0)
    with pytest.raises(ValueError, match="among the options"):
        Choice({"a": "A."}, ("b",))
    for use in (hints, lambda it: check(it, 1)):
        with pytest.raises(ValueError, match=r"must be an? Exercise"):
            use("current")


COURSE = [(lesson.name, one) for lesson in all_lessons() for one in lesson.exercises]


@pytest.mark.parametrize(
    ("name", "one"), COURSE, ids=[f"{name}-{one.name}" for name, one in COURSE]
)
def test_every_exercise_of_the_course_accepts_its_answer_and_explains_its_near_misses(name, one):
    assert check(one, one.answer.right).accepted, check(one, one.answer.right)
    assert "Right. Right" not in str(check(one, one.answer.right))
    for answer, why in one.answer.wrong():
        verdict = check(one, answer)
        assert not verdict.accepted, f"a near miss is accepted: {why}"
        assert why in verdict.message
        assert not re.search(r"\*[a-z]+\*", why), "stars would be shown"
    assert str(check(one, ...)).startswith("Not answered yet")
    for answer in NONSENSE:
        assert not check(one, answer).accepted


def test_a_wrong_order_is_told_by_its_first_wrong_place_and_never_by_a_size():
    order = Order([3, 1, 2, 4], near_misses=(([1, 2, 3, 4], "That is how the list stands."),))
    assert order.judge((3.0, 1, 2, 4)).accepted
    for wrong, said in (
        ([3, 2, 1, 4], "As far as 3 it is right, but 2 comes too soon."),
        ([4, 1, 2, 3], "At the start, 4 comes too soon."),
        ([1, 2, 3, 4], "That is how the list stands."),
    ):
        judged = order.judge(wrong)
        assert not judged.accepted
        assert judged.message == f"You have {', '.join(map(str, wrong))}. {said}"
    for odd in ([3, 1, 2, 2], [3, 1, 2], [3, 1, 2, 4.1], []):
        with pytest.raises(Unreadable):
            order.judge(odd)
