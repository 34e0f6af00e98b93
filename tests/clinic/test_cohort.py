"""Virtual cohorts: the same people on one worker, on many, and on a real Dask cluster."""

import multiprocessing
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import fields
from functools import partial

import numpy as np
import pytest

from lems_helpers.clinic import cohort as cohort_module
from lems_helpers.clinic.cohort import Cohort, examine_cohort, text_bar
from lems_helpers.clinic.disease import lems, typical_lems
from lems_helpers.clinic.muscles import NamedMuscle, muscle_names, named_muscle
from lems_helpers.clinic.patients import (
    CHANNELS_ALONE,
    draw_patient,
    junction_with,
    patient_streams,
    population_names,
)
from lems_helpers.clinic.single_fibre import NormalLimits, found_abnormal, single_fibre_emg
from lems_helpers.clinic.treatment import amifampridine
from lems_helpers.physiology.junction import human
from lems_helpers.physiology.release import quantal_content


def small(population="lems", patients=17, seed=5, fibres=200, **options) -> Cohort:
    return examine_cohort(population, patients, seed, fibres=fibres, **options)


def assert_same(first: Cohort, second: Cohort):
    for f in fields(Cohort):
        np.testing.assert_array_equal(getattr(first, f.name), getattr(second, f.name))


@pytest.fixture(scope="module")
def alone() -> Cohort:
    return small()


# --- who they are -------------------------------------------------------------------------


def test_severity_and_muscle_follow_their_named_distributions():
    adm = named_muscle("abductor digiti minimi")
    people = [draw_patient("lems", adm, np.random.default_rng(seed)) for seed in range(600)]
    log_severity = np.log([one.severity for one in people])
    size = np.array([one.junction.muscle.cmap_full_mV for one in people])
    assert abs(log_severity.mean()) < 4 * 0.30 / np.sqrt(600)
    assert log_severity.std() == pytest.approx(0.30, rel=0.12)
    assert size.mean() == pytest.approx(10.0, rel=0.03)
    assert size.std() / size.mean() == pytest.approx(0.20, rel=0.12)
    # Balance b gives channels to the power b and zones to the power 1/b: the ratio shows it twice.
    losses = [
        np.log([one.junction.zone.channel_survival, one.junction.terminal.zone_survival])
        for one in people
    ]
    balance = 0.5 * np.log([channels / zones for channels, zones in losses])
    assert balance.std() == pytest.approx(0.20, rel=0.12)
    worse = np.array([quantal_content(one.junction) for one in people])
    assert np.corrcoef(log_severity, np.log(worse))[0, 1] < -0.9


def test_the_same_draw_gives_the_same_person_whatever_the_disease():
    adm = named_muscle("abductor digiti minimi")
    people = {n: draw_patient(n, adm, np.random.default_rng(4)) for n in population_names()}
    assert len({one.junction.muscle.cmap_full_mV for one in people.values()}) == 1
    assert people["healthy"].severity == 0
    assert {round(one.severity, 9) for name, one in people.items() if name != "healthy"} == {
        round(people["lems"].severity, 9)
    }


def test_channels_alone_match_the_typical_content():
    assert quantal_content(lems(human(), CHANNELS_ALONE)) == pytest.approx(
        quantal_content(typical_lems(human())), rel=0.01
    )


def test_muscles():
    assert named_muscle("extensor digitorum brevis").cmap_mean_mV == 6.0
    for name in muscle_names():
        assert named_muscle(name).cmap_lower_limit_mV < named_muscle(name).cmap_mean_mV
    foot = small(muscle="extensor digitorum brevis", population="healthy")
    hand = small(population="healthy")
    np.testing.assert_allclose(foot.resting_cmap_mV, 0.6 * hand.resting_cmap_mV)


# --- the same, however it is spread -------------------------------------------------------


def test_shapes_and_shares(alone):
    assert alone.increments_percent.shape == (17, 6)
    assert alone.low_cmap.dtype == bool
    assert np.isnan(alone.single_fibre_abnormal).all()
    np.testing.assert_array_equal(alone.increment_percent, alone.increments_percent.max(axis=1))
    grown = alone.increment_percent[np.isfinite(alone.increment_percent)]
    assert alone.share_percent("increment_percent", 100) == pytest.approx(
        100 * np.mean(grown >= 100)
    )
    assert alone.share_percent("low_cmap", 1) == pytest.approx(100 * alone.low_cmap.mean())


def test_same_seed_same_cohort_and_another_seed_another(alone):
    assert_same(small(), alone)
    assert (small(seed=6).resting_cmap_mV != alone.resting_cmap_mV).any()


def test_a_smaller_cohort_is_the_beginning_of_a_larger_one(alone):
    first = small(patients=7)
    np.testing.assert_array_equal(first.resting_cmap_mV, alone.resting_cmap_mV[:7])
    np.testing.assert_array_equal(first.increments_percent, alone.increments_percent[:7])


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_processes_change_nothing(alone, workers):
    # Each worker starts afresh: no state can leak in from this process.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        assert_same(small(executor=pool), alone)


def test_threads_change_nothing(alone):
    with ThreadPoolExecutor(3) as pool:
        assert_same(small(executor=pool), alone)


@pytest.mark.slow
def test_a_dask_cluster_changes_nothing(alone, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        pool = client.get_executor()
        assert isinstance(pool, Executor)
        assert_same(small(executor=pool), alone)
        treated = [partial(amifampridine, concentration_uM=1.0)]
        assert_same(small(treatments=treated, executor=pool), small(treatments=treated))


# --- what they are for --------------------------------------------------------------------


def test_the_same_people_with_and_without_a_treatment():
    before = small(fibres=2000)
    after = small(fibres=2000, treatments=[partial(amifampridine, concentration_uM=1.0)])
    np.testing.assert_array_equal(before.severity, after.severity)
    assert (after.quantal_content > before.quantal_content).all()
    assert np.mean(after.resting_cmap_mV > before.resting_cmap_mV) > 0.9


def test_single_fibre_studies_on_request(alone):
    limits = NormalLimits(jitter_us=550.0, blocking_percent=50.0)
    studied = small(patients=6, single_fibre=limits)
    assert set(studied.single_fibre_abnormal) <= {0.0, 1.0}
    assert studied.share_percent("single_fibre_abnormal", 1) > 50
    np.testing.assert_array_equal(studied.resting_cmap_mV, alone.resting_cmap_mV[:6])


def test_a_needle_study_ends_early_with_the_answer_of_the_whole():
    stopped = []
    for limits in (NormalLimits(550.0, 50.0), NormalLimits(700.0, 70.0), NormalLimits(900.0, 90.0)):
        for severity in (0.3, 0.6, 1.0):
            junction = junction_with("lems", severity)
            whole, early = (np.random.default_rng(4) for _ in range(2))
            verdict = single_fibre_emg(junction, whole).abnormal(limits)
            assert found_abnormal(junction, early, limits) is verdict
            stopped.append(whole.bit_generator.state != early.bit_generator.state)
            if not verdict:
                assert not stopped[-1]
    assert any(stopped)
    assert not all(stopped)


def test_progress_is_told_and_drawn(capsys):
    seen = []
    small(progress=lambda done, total: seen.append((done, total)), fibres=20)
    assert seen == [(5, 17), (10, 17), (15, 17), (17, 17)]
    small(progress=text_bar, fibres=20)
    assert capsys.readouterr().err.endswith("17 of 17 patients\n")


def test_two_hundred_patients_take_at_most_twenty_seconds_on_two_cores():
    """Measured on a twentieth of them, all on one core: 0.2 s per patient would be too slow."""
    examine_cohort("lems", 2, 1)
    start = time.process_time()
    examine_cohort("lems", 10, 1)
    assert (time.process_time() - start) / 10 < 0.2


def test_a_failure_in_a_worker_is_told(monkeypatch):
    def fails(*_):
        raise RuntimeError("no current")

    monkeypatch.setattr(cohort_module, "_examine", fails)
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="no current"):
        small(executor=pool)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: small("flu"), "population must be one of healthy, lems, "),
        (lambda: small(muscle="biceps"), "muscle must be one of abductor digiti minimi, "),
        (lambda: named_muscle(3), "muscle must be one of"),
        (lambda: small(patients=0), "number of patients is 0"),
        (lambda: small(patients=2.5), "number of patients must be a whole number"),
        (lambda: small(seed=-1), "seed is -1"),
        (lambda: small(fibres=-5), "number of fibres is -5"),
        (lambda: patient_streams(-1, 0), "seed is -1"),
        (lambda: patient_streams(1, 0.5), "patient"),
        (
            lambda: found_abnormal(human(), np.random.default_rng(1), 55),
            "single-fibre limits must be",
        ),
        (lambda: small(healthy="me"), "healthy junction must be a Junction"),
        (lambda: small(executor=4), "executor must be an Executor"),
        (lambda: small(single_fibre=55), "single-fibre limits must be a NormalLimits"),
        (lambda: small(treatments=["rest"]), "A treatment must be a function of a junction"),
        (lambda: small().share_percent("mood", 1), "measure must be one of severity, "),
        (lambda: small().share_percent("single_fibre_abnormal", 1), "measured in nobody"),
        (lambda: NamedMuscle("x", -1.0, 2.0), "mean CMAP of healthy people is -1"),
        (lambda: draw_patient("lems", "x", None), "muscle must be a NamedMuscle"),
    ],
)
def test_impossible_cohorts_are_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
