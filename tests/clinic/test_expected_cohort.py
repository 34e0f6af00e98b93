"""The cohort without chance: the same people as the drawn one, the same findings on average."""

import numpy as np
import pytest

from lems_helpers.clinic.cohort import examine_cohort
from lems_helpers.clinic.electrodiagnosis import full_study, high_rate
from lems_helpers.clinic.expected_cohort import expected_cohort
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import draw_patient, junction_with, population_names
from lems_helpers.physiology.junction import human

ADM = "abductor digiti minimi"


@pytest.mark.parametrize("population", population_names())
def test_each_finding_is_that_of_the_whole_protocol(population):
    cohort = expected_cohort(population, 3, 8)
    for i in range(3):
        child = np.random.SeedSequence(8, spawn_key=(i,))
        person = np.random.default_rng(child.spawn(3)[0])
        junction = draw_patient(population, named_muscle(ADM), person).junction
        study = full_study(junction)
        # The protocol reads its answers off a table that is good to 0.002 of the full CMAP.
        assert cohort.resting_cmap_mV[i] == pytest.approx(study.resting_cmap_mV, abs=0.04)
        part = 100 * 0.004 * junction.muscle.cmap_full_mV / max(study.resting_cmap_mV, 0.01)
        for mine, theirs in (
            (cohort.decrement_percent[i], study.decrement_percent),
            (cohort.effort_increment_percent[i], study.increment_percent),
            (cohort.fast_increment_percent[i], high_rate(junction).increment_percent),
        ):
            assert mine == pytest.approx(theirs, abs=part * (2 + abs(theirs) / 100))


def test_it_draws_the_people_of_the_cohort_with_chance():
    drawn = examine_cohort("lems", 6, 3, fibres=100)
    np.testing.assert_array_equal(expected_cohort("lems", 6, 3).severity, drawn.severity)
    np.testing.assert_array_equal(
        expected_cohort("lems", 4, 3).severity, expected_cohort("lems", 6, 3).severity[:4]
    )


def test_severity_of_one_is_the_typical_patient_and_none_is_health():
    assert junction_with("lems", 0.0) == human()
    assert junction_with("healthy", 1.0) == human()
    severities = (0.5, 1.0, 1.5)
    resting = [full_study(junction_with("lems", s)).resting_cmap_mV for s in severities]
    assert (np.diff(resting) < 0).all()
    assert resting[1] == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: expected_cohort("flu", 3, 1), "population"),
        (lambda: expected_cohort("lems", 0, 1), "number of patients"),
        (lambda: expected_cohort("lems", 3, -1), "seed"),
        (lambda: expected_cohort("lems", 3, 1, "tongue"), "muscle"),
        (lambda: junction_with("lems", -1), "severity"),
        (lambda: junction_with("flu"), "population"),
        (lambda: junction_with("lems", 1, "x"), "healthy junction"),
    ],
)
def test_nonsense_is_refused_in_words(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
