"""Recordings at one end-plate: they carry the junction's quanta, and chance is shared."""

import math

import numpy as np
import pytest

from lems_helpers.clinic.disease import lems, myasthenia_gravis
from lems_helpers.physiology.end_plate import epp_amplitude, mepp_amplitude
from lems_helpers.physiology.junction import human, mouse
from lems_helpers.physiology.microelectrode import (
    average_trace,
    record_amplitudes,
    record_traces,
)
from lems_helpers.physiology.release import quantal_content


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize(
    "junction",
    [human(), lems(human(), 0.5, 0.5), myasthenia_gravis(human(), 0.5)],
    ids=["healthy", "LEMS", "MG"],
)
def test_a_recording_has_the_junctions_quanta(junction, rng):
    recording = record_amplitudes(junction, rng, impulses=4000, miniatures=4000)
    size, content = mepp_amplitude(junction.end_plate), quantal_content(junction)
    error = junction.quanta.size_cv * size / math.sqrt(4000)
    assert abs(recording.miniatures_mV.mean() - size) < 4 * error
    assert abs(recording.counts.mean() - content) < 4 * math.sqrt(content / 4000)
    expected = epp_amplitude(junction.end_plate, recording.counts)
    assert np.corrcoef(expected, recording.evoked_mV)[0, 1] > 0.9
    assert abs((recording.evoked_mV - expected).mean()) < 0.02 * expected.mean()


def test_a_failure_is_exactly_nothing(rng):
    quiet = record_amplitudes(mouse().with_(calcium_mM=0.3), rng)
    assert (quiet.counts == 0).any()
    assert np.all((quiet.evoked_mV == 0) == (quiet.counts == 0))
    dead = record_amplitudes(lems(human(), 1.0, 0.0), rng, impulses=5)
    assert dead.evoked_mV.tolist() == [0.0] * 5


def test_traces_peak_where_the_closed_form_says(rng):
    counts = np.array([0, 1, 6, 30])
    traces = record_traces(human(), rng, counts)
    assert [size.size for size in traces.sizes] == counts.tolist()
    assert traces.potential_mV[0].max() == 0
    totals = [size.sum() for size in traces.sizes]
    assert traces.potential_mV.max(axis=1) == pytest.approx(
        epp_amplitude(human().end_plate, totals), rel=0.08
    )


def test_a_further_quantum_leaves_the_others_alone():
    few, more = (
        record_traces(human(), np.random.default_rng(2), counts) for counts in ([2, 3], [2, 4])
    )
    np.testing.assert_array_equal(few.potential_mV[0], more.potential_mV[0])
    np.testing.assert_array_equal(few.sizes[1], more.sizes[1][:3])
    assert np.all(more.potential_mV[1] >= few.potential_mV[1])


@pytest.mark.parametrize("content", [0.0, 2.35, 30.0])
def test_the_average_trace_is_the_average_of_traces(content, rng):
    times, average = average_trace(human(), content)
    counts = rng.poisson(content, 600)
    traces = record_traces(human(), rng, counts)
    np.testing.assert_array_equal(times, traces.times_ms)
    scatter = traces.potential_mV.std(axis=0) / math.sqrt(600) + 1e-9
    gap = np.abs(traces.potential_mV.mean(axis=0) - average)
    # A sum that saturates bends its average a little: allow 2 % beside the scatter.
    assert np.all(gap <= 4 * scatter + 0.02 * average.max())


@pytest.mark.parametrize(
    ("counts", "complaint"), [([81], "number of quanta"), ([1.5], "whole"), ([[1, 2]], "one row")]
)
def test_impossible_counts_are_refused(counts, complaint, rng):
    with pytest.raises(ValueError, match=complaint):
        record_traces(human(), rng, counts)
