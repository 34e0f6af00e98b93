"""Treatments, and the two diseases that leave the calcium channels alone."""

import itertools
import math
from functools import reduce

import pytest

from lems_helpers.clinic.disease import botulism, lems, low_calcium, myasthenia_gravis
from lems_helpers.clinic.treatment import amifampridine, gv58, pyridostigmine
from lems_helpers.physiology.end_plate import mepp_amplitude
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.release import quantal_content, release_probability


def test_none_of_a_drug_and_all_of_a_structure_change_nothing():
    assert amifampridine(human(), 0.0) == human()
    assert pyridostigmine(human(), 0.0) == human()
    assert gv58(human(), 0.0) == human()
    assert myasthenia_gravis(human(), 1.0) == human()
    assert botulism(human(), 1.0) == human()


def test_order_does_not_matter():
    steps = [
        lambda j: lems(j, 0.5, 0.7),
        lambda j: amifampridine(j, 1.0),
        lambda j: pyridostigmine(j, 0.4),
        lambda j: gv58(j, 5.0),
        lambda j: myasthenia_gravis(j, 0.6),
        lambda j: botulism(j, 0.5),
        lambda j: low_calcium(j, 1.5),
    ]
    orders = list(itertools.permutations(steps))[::997]
    results = {reduce(lambda junction, step: step(junction), order, human()) for order in orders}
    assert len(orders) > 5
    assert len(results) == 1


def test_applied_twice_losses_multiply():
    twice = myasthenia_gravis(myasthenia_gravis(human(), 0.5), 0.5)
    assert twice.end_plate.quantal_conductance_nS == pytest.approx(49.0 / 4)
    assert botulism(botulism(human(), 0.5), 0.4).terminal.sensor_survival == pytest.approx(0.2)
    assert pyridostigmine(
        pyridostigmine(human(), 0.5), 0.5
    ).end_plate.esterase_inhibition == pytest.approx(0.75)
    assert gv58(gv58(human(), 8.8), 8.8).channels.slowed_fraction == pytest.approx(0.75)


def test_myasthenia_shrinks_the_quantum_and_leaves_release():
    ill = myasthenia_gravis(human(), 0.6)
    assert mepp_amplitude(ill.end_plate) / mepp_amplitude(human().end_plate) == pytest.approx(
        0.6, abs=0.01
    )
    assert quantal_content(ill) == quantal_content(human())


def test_botulism_takes_quanta_and_leaves_the_quantum_and_the_probability():
    ill = botulism(human(), 0.3)
    assert quantal_content(ill) == pytest.approx(0.3 * quantal_content(human()))
    assert release_probability(ill) == release_probability(human())
    assert mepp_amplitude(ill.end_plate) == mepp_amplitude(human().end_plate)


def test_drugs_of_the_nerve_raise_release_and_pyridostigmine_the_quantum():
    healthy = human()
    assert quantal_content(amifampridine(healthy, 1.0)) > 1.05 * quantal_content(healthy)
    assert quantal_content(gv58(healthy, 8.8)) > 1.5 * quantal_content(healthy)
    drugged = pyridostigmine(healthy, 0.5)
    assert quantal_content(drugged) == quantal_content(healthy)
    assert mepp_amplitude(drugged.end_plate) > 1.05 * mepp_amplitude(healthy.end_plate)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: amifampridine(human(), -1.0), "amifampridine concentration is -1, but must be"),
        (lambda: amifampridine(None, 1.0), "junction must be a Junction"),
        (lambda: pyridostigmine(human(), 1.5), "inhibited part of the esterase is 1.5"),
        (lambda: pyridostigmine("x", 0.5), "junction must be a Junction"),
        (lambda: gv58(human(), math.inf), "GV-58 concentration must be a finite number"),
        (lambda: gv58(0, 1.0), "junction must be a Junction"),
        (lambda: myasthenia_gravis(human(), 1.2), "receptor survival is 1.2"),
        (lambda: myasthenia_gravis(3, 0.5), "junction must be a Junction"),
        (lambda: botulism(human(), -0.1), "sensor survival is -0.1"),
        (lambda: botulism([], 0.5), "junction must be a Junction"),
    ],
)
def test_impossible_doses_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
