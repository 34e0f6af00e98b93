"""The calibration: only free values, only rows meant for it, and the defaults are its copies."""

import inspect
from dataclasses import asdict, fields

import pytest

from lems_helpers.clinic import disease
from lems_helpers.clinic.electrodiagnosis import high_rate
from lems_helpers.evidence.calibration import (
    FREE,
    ROWS,
    as_record,
    calibration,
    fit,
    resting_study,
)
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.impulse import width_from_amifampridine
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.plasticity import Plasticity


def test_only_rows_meant_for_calibration_are_used():
    assert {measurement(id).use for id in ROWS} == {"calibrate"}
    assert set(calibration().residuals) == set(ROWS)


def test_only_free_values_are_fitted_and_stay_within_their_limits():
    stored = calibration()
    assert set(stored.values) == set(FREE)
    for name, (start, low, high) in FREE.items():
        assert stored.starts[name] == start
        assert low <= stored.values[name] <= high


def test_defaults_are_the_stored_values():
    stored = dict(calibration().values)
    assert stored.pop("channel_survival") == disease.TYPICAL_CHANNEL_SURVIVAL
    assert stored.pop("zone_survival") == disease.TYPICAL_ZONE_SURVIVAL
    block = inspect.signature(width_from_amifampridine).parameters["partial_block"]
    assert stored.pop("partial_block") == block.default
    assert stored
    assert set(stored) <= {f.name for f in fields(Plasticity)}
    for junction in (human(), mouse()):
        assert stored == {name: asdict(junction.plasticity)[name] for name in stored}


def test_stored_residuals_are_what_the_model_gives():
    assert as_record(calibration().values) == calibration()


def test_every_fitted_row_is_inside_its_band():
    for id, row in calibration().residuals.items():
        assert measurement(id).holds(row["model"]), id


def test_the_typical_patient_is_the_calibrated_one():
    patient = disease.typical_lems(human())
    stored = calibration()
    assert resting_study(patient).resting_cmap_mV == pytest.approx(
        stored.residuals["cmap_rest_lems"]["model"], rel=1e-3
    )
    increment = high_rate(patient).increment_percent
    assert increment >= 100.0
    assert increment == pytest.approx(stored.demand["model"], rel=1e-3)


@pytest.mark.slow
def test_fitting_again_finds_the_same_values():
    again = fit()
    for name, value in calibration().values.items():
        assert again[name] == pytest.approx(value, rel=0.03), name
