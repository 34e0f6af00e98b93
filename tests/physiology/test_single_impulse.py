"""Single impulses drawn channel by channel agree with the exact means, and move smoothly."""

import math
import time

import numpy as np
import pytest

from lems_helpers.physiology import single_impulse
from lems_helpers.physiology.end_plate import respond
from lems_helpers.physiology.hodgkin_huxley import hodgkin_huxley
from lems_helpers.physiology.junction import mouse
from lems_helpers.physiology.quanta import draw_sizes
from lems_helpers.physiology.release import release_probability, release_time_course
from lems_helpers.physiology.single_impulse import draw_impulse

MOUSE = mouse()
MANY = MOUSE.with_(zones=4000)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"channel_survival": 0.4, "compensation": 0.5, "calcium_mM": 1.5},
        {"slowed_fraction": 0.4, "sensor_survival": 0.6, "disorganisation": 0.3},
        {"near_count": 1, "far_count": 3, "docked_vesicles": 3, "width": 1.5},
    ],
    ids=["healthy", "lost channels", "two kinds", "another zone"],
)
def test_the_mean_over_zones_is_the_exact_release_probability(changes):
    junction = MANY.with_(**changes)
    drawn = draw_impulse(junction, seed=1)
    by_zone = drawn.fusion_probability.reshape(drawn.zones, -1).mean(axis=1)
    exact = release_probability(junction) * junction.terminal.sensor_survival
    standard_error = by_zone.std() / math.sqrt(drawn.zones)
    assert standard_error < 0.07 * exact
    assert abs(by_zone.mean() - exact) < 3.0 * standard_error
    # each vesicle's fate is one coin
    p = drawn.fusion_probability
    z = (len(drawn.vesicle) - p.sum()) / math.sqrt((p * (1.0 - p)).sum())
    assert abs(z) < 3.0


def test_releases_are_spread_in_time_as_the_master_equation_says():
    drawn, course = draw_impulse(MANY, seed=2), release_time_course(MOUSE)
    share = np.interp(drawn.release_ms, course.t_ms, course.released / course.released[-1])
    # If they are, these shares are uniform: Kolmogorov's distance, 99.9 % of chance below it.
    rank = np.arange(1, len(share) + 1) / len(share)
    assert np.abs(np.sort(share) - rank).max() < 1.95 / math.sqrt(len(share))
    assert np.all((drawn.release_ms > drawn.openings.start_ms) & (share < 1.0))


def test_the_step_does_not_matter(monkeypatch):
    usual = draw_impulse(MOUSE, seed=3)
    monkeypatch.setattr(single_impulse, "STEP_MS", 0.005)
    fine = draw_impulse(MOUSE, seed=3)
    assert np.abs(usual.fusion_probability - fine.fusion_probability).max() < 0.01
    assert usual.fusion_probability.mean() == pytest.approx(
        fine.fusion_probability.mean(), rel=2e-3
    )


def test_vesicles_of_a_zone_share_its_channels():
    drawn = draw_impulse(MANY, seed=4)
    first, second = drawn.fusion_probability.reshape(-1, 2).T
    assert np.corrcoef(first, second)[0, 1] > 0.3
    assert first.mean() == pytest.approx(second.mean(), rel=0.2)
    silent = np.ones(drawn.zones, dtype=bool)
    silent[drawn.openings.channel // drawn.channels_per_zone] = False
    assert np.ptp(first[silent]) == 0.0
    assert first[~silent].min() > first[silent][0]


def test_the_same_vesicles_stay_lucky_when_a_slider_moves_a_little():
    a, b = (set(draw_impulse(MANY.with_(width=w), 5).vesicle.tolist()) for w in (1.0, 1.01))
    assert len(a & b) > 0.93 * len(a)
    assert a != set(draw_impulse(MANY, seed=6).vesicle.tolist())
    again = draw_impulse(MANY, seed=5)
    assert a == set(again.vesicle.tolist())


@pytest.mark.parametrize(
    "changes",
    [
        {"zones": 0},
        {"docked_vesicles": 0},
        {"near_count": 0, "far_count": 0},
        {"channel_survival": 0.0},
        {"calcium_mM": 0.0},
        {"sensor_survival": 0.0},
        {"near_nm": 10.0, "far_nm": 10.0, "calcium_mM": 20.0, "width": 5.0},
        {"fusion_per_s": 1e6, "binding_per_M_s": 1e9, "near_nm": 10.0},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_the_corners_are_harmless(changes):
    junction = MOUSE.with_(**changes)
    drawn = draw_impulse(junction, seed=7)
    assert drawn.fusion_probability.size == drawn.zones * drawn.vesicles_per_zone
    assert np.all((drawn.fusion_probability >= 0.0) & (drawn.fusion_probability <= 1.0 + 1e-9))
    assert np.isfinite(drawn.release_ms).all()
    if drawn.vesicle.size:
        exact = release_probability(junction)
        assert drawn.fusion_probability.mean() == pytest.approx(exact, rel=0.2)


def test_impossible_inputs_are_refused_in_plain_words():
    with pytest.raises(ValueError, match="junction must be a Junction, not 'mouse'"):
        draw_impulse("mouse", 1)
    with pytest.raises(ValueError, match="seed is -1, but must be at least 0"):
        draw_impulse(MOUSE, -1)


def test_the_whole_path_of_a_slider_move_is_quick():
    # 3,200 channels and 1,600 vesicles. `make bench` shows the 15 ms of a quiet machine; tests
    # share theirs, and other work on the same core can double a thread's own time.
    junction, times = MOUSE.with_(zones=800), []
    for seed in range(6):
        junction = junction.with_(peak_mV=31.0 + 0.2 * seed)
        start = time.thread_time()
        hodgkin_huxley()
        drawn = draw_impulse(junction, seed)
        sizes = draw_sizes(junction.quanta, np.random.default_rng(seed), len(drawn.vesicle))
        respond(junction.end_plate, drawn.release_ms, sizes)
        times.append(time.thread_time() - start)
    assert min(times) < 0.050
