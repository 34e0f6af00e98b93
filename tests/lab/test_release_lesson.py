"""Notebook 04: its curves are the model's between the points that were worked out too."""

import numpy as np
import pytest

from lems_helpers.clinic.disease import lems
from lems_helpers.lab.lessons import n04_acetylcholine_release as n04
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.release import (
    release_calcium_curve,
    release_survival_curve,
    release_time_course,
)


@pytest.mark.parametrize("start_mM", [0.5, 1.25, 2.0])
def test_both_dose_response_curves_are_the_models_everywhere(start_mM):
    start = mouse().with_(calcium_mM=start_mM)
    seen = n04.two_curves(37, start_mM)
    calcium = release_calcium_curve(start, start_mM * n04.SHARES)
    channels = release_survival_curve(start, n04.SHARES)
    assert seen.by_calcium == pytest.approx(100 * calcium / calcium[-1], rel=2e-5)
    assert seen.by_channels == pytest.approx(100 * channels / channels[-1], rel=2e-5)


def test_the_point_and_the_steepness_are_those_where_the_learner_stands():
    start, pair = mouse(), np.array([0.333, 0.37])
    seen = n04.two_curves(37, 2.0)
    for at, power, release in (
        (seen.at_calcium, seen.calcium_power, release_calcium_curve(start, 2 * pair)),
        (seen.at_channels, seen.channel_power, release_survival_curve(start, pair)),
    ):
        assert at == pytest.approx(100 * release[1] / release_survival_curve(start, 1.0), rel=2e-5)
        steepness = np.log(release[1] / release[0]) / np.log(pair[1] / pair[0])
        assert power == pytest.approx(steepness, abs=5e-4)


@pytest.mark.parametrize("bad", [(5, 2), (50, 4), (50, 0.25)])
def test_nothing_is_read_off_beyond_the_ends_of_the_curves(bad):
    with pytest.raises(ValueError, match="must be between"):
        n04.two_curves(*bad)


@pytest.mark.parametrize("state", [(2, 40, 1.0), (2, 100, 1.4), (0.25, 5, 1.4)])
def test_the_sensor_panel_steps_finely_enough_to_be_looked_at(state):
    calcium_mM, share, width = state
    junction = lems(mouse(), channel_survival=share / 100)
    fine = release_time_course(junction.with_(calcium_mM=calcium_mM, width=width), step_ms=0.004)
    seen = n04.sensor_course(*state)
    assert seen.released[-1] == pytest.approx(fine.released[-1], rel=1e-3)
    for curve in ("calcium_uM", "bound_ions", "released"):
        drawn = np.interp(fine.t_ms, seen.t_ms, getattr(seen, curve))
        exact = getattr(fine, curve)
        # A graph is some 80 points tall: a third of a point.
        assert drawn == pytest.approx(exact, abs=0.004 * exact.max())


@pytest.mark.parametrize(
    ("released", "words"),
    [(0.0, "0.00 %"), (4e-7, "0.00004 %"), (1.78e-6, "0.00018 %"), (0.0574, "5.74 %")],
)
def test_a_little_release_is_never_written_as_nothing(released, words):
    assert n04.percent(released) == words


def test_almost_no_channels_are_not_called_none():
    said = n04.describe_sensor(n04.sensor_course(0.25, 1, 1.0)).sentence
    assert "releases 0.00003" in said
    assert "no calcium channel left" in n04.describe_sensor(n04.sensor_course(2, 0, 1.0)).sentence
