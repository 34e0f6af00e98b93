"""The published measurements: every row is whole, and its source is in the bibliography."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lems_helpers.evidence.measurements import (
    boyd_martin,
    delta_p_risks,
    measurement,
    measurements,
)
from lems_helpers.evidence.references import reference


def test_there_are_measurements_of_every_kind():
    rows = measurements()
    assert len(rows) >= 40
    assert {row.use for row in rows} == {"calibrate", "predict", "data"}
    assert {row.confidence for row in rows} == {"read", "computed", "recalled"}


@pytest.mark.parametrize("row", measurements(), ids=lambda row: row.id)
def test_each_row_is_found_by_its_id_and_holds_its_own_value(row):
    assert measurement(row.id) is row
    assert row.holds(row.value)
    assert not row.holds(row.high + 1)
    assert reference(row.reference).key == row.reference


def test_known_numbers():
    width = measurement("ap_width")
    assert (width.value, width.low, width.high, width.unit) == (0.2, 0.15, 0.35, "ms")
    assert measurement("sclc_with_lems_population").value == 0.44


def test_an_unknown_id_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"'ap_widht'.*Did you mean ap_width"):
        measurement("ap_widht")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"value": 9.0}, "outside its own band"),
        ({"low": math.nan}, "finite number"),
        ({"high": "much"}, "must be a number"),
        ({"use": "guess"}, "calibrate, predict, data"),
        ({"confidence": "sure"}, "read, computed, recalled"),
        ({"reference": "Nobody1900"}, "no reference"),
        ({"unit": " "}, "empty unit"),
    ],
)
def test_a_bad_row_is_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(measurement("ap_width"), **change)


def test_boyd_martin_agrees_with_the_row_that_quotes_it():
    spontaneous, evoked = boyd_martin()["spontaneous"], boyd_martin()["evoked"]
    assert evoked.total == 198
    failures = int(evoked.count[evoked.amplitude_mV == 0].sum())
    assert failures == measurement("boyd_failures").value
    by_mean = evoked.mean_mV / spontaneous.mean_mV
    by_failures = math.log(evoked.total / failures)
    assert measurement("boyd_m").holds(by_mean)
    assert measurement("boyd_m").holds(by_failures)
    # The failures Poisson expects from the mean, 18.8, within their own scatter.
    assert abs(198 * math.exp(-by_mean) - failures) < math.sqrt(18)


def test_boyd_martin_cannot_be_changed_by_accident():
    histogram = boyd_martin()["evoked"]
    with pytest.raises(ValueError, match="read-only"):
        histogram.count[0] = 0
    assert np.all(np.diff(histogram.amplitude_mV) > 0)


def test_delta_p_has_seven_scores_and_admits_what_is_not_known():
    risks = delta_p_risks()
    assert [risk.score for risk in risks] == list(range(7))
    assert [risk.development_percent is None for risk in risks] == [0, 0, 1, 1, 0, 0, 0]
    assert risks[1].development_percent == (0.0, 2.6)
    assert risks[1].prospective_percent == 18.8
    prospective = [risk.prospective_percent for risk in risks]
    assert prospective == sorted(prospective)
