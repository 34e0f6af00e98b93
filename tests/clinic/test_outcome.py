"""One impulse in a treated muscle: interpolation is exact enough, treatments meet their targets."""

import numpy as np
import pytest

from lems_helpers.clinic.antibodies import (
    Immunoglobulin,
    PlasmaExchange,
    antibody_course,
    junction_on_day,
)
from lems_helpers.clinic.disease import typical_lems
from lems_helpers.clinic.outcome import outcome, outcome_over_days, outcome_with_amifampridine
from lems_helpers.clinic.recording import resting_cmap_mV
from lems_helpers.clinic.treatment import amifampridine, gv58, pyridostigmine
from lems_helpers.clinic.trials import withdrawal_trial
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.impulse import full_width_half_height_ms
from lems_helpers.physiology.influx import terminal_influx
from lems_helpers.physiology.junction import human

SICK = typical_lems(human())


def test_one_junction_agrees_with_the_recording():
    now = outcome(SICK)
    assert float(now.cmap_mV) == pytest.approx(resting_cmap_mV(SICK), rel=1e-9)
    assert float(now.safety_factor) == pytest.approx(float(now.end_plate_mV) / 10)


def test_many_concentrations_agree_with_solving_each():
    for highest in (0.4, 2.0, 10.0):
        c = np.linspace(0.0, highest, 7)
        together = outcome_with_amifampridine(SICK, c)
        alone = [float(outcome(amifampridine(SICK, one)).quantal_content) for one in c.tolist()]
        np.testing.assert_allclose(together.quantal_content, alone, rtol=1e-4)
    assert outcome_with_amifampridine(SICK, [[0.0, 1.0]]).cmap_mV.shape == (1, 2)


def test_days_agree_with_the_junction_of_each_day():
    schedule = [PlasmaExchange(0.0), Immunoglobulin(10.0)]
    days = np.array([0.0, 3.0, 14.0, 60.0])
    drugged = amifampridine(human(), 1.0)
    together = outcome_over_days(drugged, antibody_course(days, schedule))
    for day, content in zip(days, together.quantal_content, strict=True):
        one = outcome(junction_on_day(drugged, day, schedule))
        assert content == pytest.approx(float(one.quantal_content), rel=1e-9)


def test_a_modest_widening_multiplies_release_and_the_cmap_more_still():
    wide = amifampridine(SICK, 1.0)
    before, after = outcome(SICK), outcome(wide)
    width = full_width_half_height_ms(wide.impulse) / full_width_half_height_ms(SICK.impulse)
    release = float(after.quantal_content / before.quantal_content)
    answer = float(after.cmap_mV / before.cmap_mV)
    assert width < 1.12
    assert np.log(release) > 2 * np.log(width)
    assert np.log(answer) > 2 * np.log(release)
    assert measurement("dap_cmap").holds(float(after.cmap_mV - before.cmap_mV))


def test_pyridostigmine_helps_less_than_amifampridine_and_leaves_release_alone():
    none, slowed, wide = (
        outcome(one) for one in (SICK, pyridostigmine(SICK, 0.5), amifampridine(SICK, 1.0))
    )
    assert slowed.quantal_content == none.quantal_content
    assert none.cmap_mV < slowed.cmap_mV < wide.cmap_mV


def test_slowed_channels_bring_in_more_calcium_and_no_longer_impulse():
    treated = gv58(SICK, 2.0)
    assert treated.impulse == SICK.impulse
    assert terminal_influx(treated).ions > 1.3 * terminal_influx(SICK).ions
    assert terminal_influx(gv58(SICK, 0.0)).ions == terminal_influx(SICK).ions


def test_the_withdrawal_trial_as_printed():
    on, off = withdrawal_trial()
    assert (on.count, on.of, off.of) == (0, 14, 18)
    assert round(off.percent) == 72
    # Even so few people leave no overlap.
    assert on.interval_percent[1] < off.interval_percent[0]


@pytest.mark.parametrize(
    "refused",
    [
        lambda: outcome("junction"),
        lambda: outcome_with_amifampridine(SICK, 11.0),
        lambda: outcome_with_amifampridine("junction", 1.0),
        lambda: outcome_over_days(SICK, [1, 2]),
    ],
)
def test_what_makes_no_sense_is_refused(refused):
    with pytest.raises(ValueError, match="must be"):
        refused()
