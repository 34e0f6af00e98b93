"""Nonsense is refused in a sentence by every function a reader can call, remembered ones too."""

import importlib
import inspect
import math
import pkgutil

import numpy as np
import pytest

from lems_helpers import clinic, physiology
from lems_helpers.clinic.expected_cohort import expected_cohort
from lems_helpers.physiology.calcium_channels import single_channel_current_pA
from lems_helpers.physiology.gating import PITTSBURGH, GatingScheme, Rate, mean_rates
from lems_helpers.physiology.hodgkin_huxley import hodgkin_huxley
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.influx import average_channel, ions_entered
from lems_helpers.physiology.muscle import Muscle, fraction_firing
from lems_helpers.physiology.nanodomain import calcium_per_pA
from lems_helpers.physiology.quanta import Quanta

NONSENSE = [math.nan, "text", ["text"], {}, object(), np.array([[1.0, math.inf]]), 10**400]
# What checks, draws or words values for other code, and is not called with a reader's own.
NOT_FOR_READERS = {
    "checks",
    "remembered",
    "table_text",
    "text_bar",
    "speaks_against",
    "still_possible",
}


def public_functions():
    for floor in (physiology, clinic):
        for module in pkgutil.iter_modules(floor.__path__, f"{floor.__name__}."):
            name = module.name.rpartition(".")[2]
            if name.startswith("_") or name in NOT_FOR_READERS:
                continue
            for function in vars(importlib.import_module(module.name)).values():
                if inspect.isfunction(function) and function.__module__ == module.name:
                    needed = [
                        one
                        for one in inspect.signature(function).parameters.values()
                        if one.default is one.empty
                    ]
                    wanted = needed and function.__name__ not in NOT_FOR_READERS
                    if wanted and not function.__name__.startswith("_"):
                        label = f"{name}.{function.__name__}"
                        yield pytest.param(function, len(needed), id=label)


@pytest.mark.parametrize(("function", "needed"), [*public_functions()])
def test_nonsense_is_refused_in_a_sentence(function, needed):
    for nonsense in NONSENSE:
        with pytest.raises(ValueError, match=r" .+ ") as refusal:
            function(*[nonsense] * needed)
        assert len(str(refusal.value)) < 1000


def test_a_remembered_answer_is_not_given_to_another_question():
    assert expected_cohort("lems", 2, 1) is expected_cohort("lems", 2, 1)
    with pytest.raises(ValueError, match="seed must be a number"):
        expected_cohort("lems", 2, True)


def test_a_remembered_answer_cannot_be_changed_by_one_reader_for_the_next():
    for array in (average_channel().current_pA, expected_cohort("lems", 2, 1).severity):
        with pytest.raises(ValueError, match="read-only"):
            array *= 2.0


def _scheme(step):
    return GatingScheme("two states", ("C", "O"), (step,), "x")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: hodgkin_huxley(0), "axon must be a HodgkinHuxley"),
        (lambda: calcium_per_pA(28.0, ()), "nanodomain must be a Nanodomain"),
        (lambda: average_channel(PITTSBURGH, 0), "impulse must be"),
        (lambda: single_channel_current_pA(0.0, 2.0, channels=False), "channels must be"),
        (lambda: ions_entered([2, 1, 0], [1, 1, 1]), "time must rise"),
        (lambda: fraction_firing(Muscle(), [1, 2], Quanta(), 3), "end plate must be"),
        (lambda: mean_rates(PITTSBURGH, 5, np.arange(3.0)), "impulse must be"),
        (lambda: mean_rates(PITTSBURGH, Impulse(), 1.0), "one rising list of times"),
        (lambda: Rate(1.0, 0.0, "8"), "slope of the rate must be a number"),
        (lambda: GatingScheme("a", ("C", "O"), 5, "x"), "transitions must be"),
        (lambda: GatingScheme("a", ("C",), (), "x"), "two names or more"),
        (lambda: _scheme((0, 5, 1, Rate(1.0))), "target state is 5"),
        (lambda: _scheme((0, 0, 1, Rate(1.0))), "not from 0 to itself"),
        (lambda: _scheme((0, 1, -3, Rate(1.0))), "multiple of a rate is -3"),
        (lambda: _scheme((0, 1, 1, 2.0)), "rate must be a Rate"),
        (lambda: _scheme((0, 1)), "must be .source, target, multiple, Rate."),
    ],
)
def test_one_argument_amiss_is_enough(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_a_channel_that_carries_no_current_has_no_delay():
    assert math.isnan(average_channel(PITTSBURGH, Impulse(), 0).delay_ms)
