"""The lesson on quanta: what its quiz, hints and prose say in numbers is what the model gives."""

import math
from pathlib import Path

import pytest

from lems_helpers.clinic.disease import lems, typical_lems
from lems_helpers.lab.lesson import load
from lems_helpers.lab.lessons.n05_quanta import (
    TRIALS,
    describe_trials,
    fit,
    lems_ratios,
    packets,
    three_estimates,
    trials,
)
from lems_helpers.lab.quiz import load_quiz
from lems_helpers.physiology.end_plate import epp_amplitude
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.release import quantal_content

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_quanta.ipynb"


def test_the_numbers_of_the_quiz_are_the_models():
    said = " ".join(
        f"{item.question} {one.text} {one.feedback}"
        for item in load_quiz("05_quanta").items
        for one in item.options
    )
    assert "expects 27 of the 200" in said
    assert 200 * math.exp(-2) == pytest.approx(27, abs=0.5)
    assert math.log(200 / 27) == pytest.approx(2, abs=0.01)
    healthy, ill = quantal_content(human()), quantal_content(typical_lems(human()))
    assert "about 7 packets in place of 30" in said
    assert (healthy, ill) == pytest.approx((30, 7), abs=0.5)
    assert "7 mV instead of 24 mV" in said
    assert epp_amplitude(human().end_plate, [healthy, ill]) == pytest.approx([24, 7], abs=0.5)
    half = quantal_content(lems(human(), channel_survival=0.5))
    assert "About 13" in said
    assert half == pytest.approx(13, abs=0.5)
    assert "44 of 100 packets remain" in said
    assert half / healthy == pytest.approx(0.44, abs=0.005)


def test_a_longer_series_goes_on_where_the_shorter_one_stopped():
    short, long = (trials(2.0, count, "20", 3) for count in (40, 50))
    assert long.counts[:40].tolist() == short.counts.tolist()


def test_few_vesicles_mislead_the_failures_and_not_the_mean():
    series = trials(4.0, 400, "6", 1)
    assert series.by_mean.value == pytest.approx(4, abs=4 * series.by_mean.standard_error)
    assert series.failures < 0.2 * 400 * math.exp(-4)


def test_the_real_histogram_accepts_the_measured_law_and_refuses_half_packets():
    assert not fit(2.35, 0.40, 0.22).refused
    assert fit(4.7, 0.20, 0.22).refused
    assert three_estimates() == pytest.approx([2.35, 2.40, 2.42], abs=0.01)


def test_lems_changes_the_number_and_myasthenia_gravis_the_size():
    panel = load("05_quanta").panels[2]
    shown = {name: packets(**panel.state(**preset)) for name, preset in panel.presets.items()}
    assert shown["Healthy"].size_percent == shown["Healthy"].content_percent == 100
    assert shown["LEMS"].size_percent == 100
    assert shown["LEMS"].content_percent < 30
    assert shown["LEMS"].packets_mV.size < shown["Healthy"].packets_mV.size
    assert shown["Myasthenia gravis"].content_percent == 100
    assert shown["Myasthenia gravis"].size_percent == pytest.approx(60, abs=1)
    size, number = lems_ratios()
    assert size == pytest.approx(1, abs=0.05)
    assert number == pytest.approx(0.24, abs=0.03)


def test_six_vesicles_are_told_as_they_are_and_mislead_who_counts_failures():
    all_go = describe_trials(trials(5, 400, "6", seed=1)).sentence
    assert "and 6 at most; none stayed without any" in all_go
    missed = 0
    for seed in range(20):
        read = trials(2, 400, "6", seed).by_failures
        assert read.value > 2
        missed += read.value - 2 * read.standard_error > 2
    assert missed > 10  # "its bar mostly misses the dotted line"


def test_the_prose_names_the_ends_of_its_slider():
    (count,) = (one for one in TRIALS.controls if one.name == "count")
    prose = NOTEBOOK.read_text(encoding="utf-8")
    assert f"grow from {count.low} to {count.high} and watch" in prose
    assert f"take {count.high} impulses" in prose
