"""Cohorts of virtual patients, each examined by the full protocol.

Every patient has a random stream of their own, so the results are the same on one worker,
on many, or on a cluster, and the first fifty of two hundred are the fifty of a smaller cohort.
The arithmetic runs over all fibres of a patient at once. To take several patients in one array
as well would save a seventh of the time and cost each patient their own stream.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, fields

import numpy as np

from lems_helpers.clinic.electrodiagnosis import full_study
from lems_helpers.clinic.muscles import named_muscle
from lems_helpers.clinic.patients import draw_patient, patient_streams, population_names
from lems_helpers.clinic.single_fibre import NormalLimits, found_abnormal
from lems_helpers.physiology.checks import choice, instance, number, whole
from lems_helpers.physiology.junction import Junction
from lems_helpers.physiology.release import quantal_content

_PATIENTS_PER_TASK = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Cohort:
    """What the laboratory reports of every patient.

    Attributes
    ----------
    severity : numpy.ndarray, shape (patients,)
        1 in the typical patient, 0 when healthy.
    quantal_content : numpy.ndarray, shape (patients,)
        At rest, of the mean end-plate.
    resting_cmap_mV : numpy.ndarray, shape (patients,)
    low_cmap : numpy.ndarray of bool, shape (patients,)
        Below the lower limit of the muscle.
    decrement_percent : numpy.ndarray, shape (patients,)
        At 3 Hz; NaN where the resting muscle gave no answer.
    increments_percent : numpy.ndarray, shape (patients, 6)
        1.5, 10, 20, 30, 50 and 80 s after ten seconds of maximal effort.
    single_fibre_abnormal : numpy.ndarray, shape (patients,)
        1 where the single-fibre study was abnormal, 0 where not, NaN where none was made.
    """

    severity: np.ndarray
    quantal_content: np.ndarray
    resting_cmap_mV: np.ndarray
    low_cmap: np.ndarray
    decrement_percent: np.ndarray
    increments_percent: np.ndarray
    single_fibre_abnormal: np.ndarray

    @property
    def increment_percent(self) -> np.ndarray:
        """Largest increment of each patient after the effort."""
        return self.increments_percent.max(axis=1)

    def share_percent(self, measure: str, at_least: float) -> float:
        """Share of the patients whose measure reaches a value.

        Patients in whom it cannot be measured (no answer at rest) are not counted.

        Raises
        ------
        ValueError
            If there is no such measure, or it could be taken in nobody.
        """
        names = [f.name for f in fields(self) if f.name != "increments_percent"]
        values = getattr(self, choice("measure", measure, [*names, "increment_percent"]))
        seen = np.isfinite(values)
        if not seen.any():
            raise ValueError(f"{measure} could be measured in nobody.")
        return 100.0 * float(np.mean(values[seen] >= number("least value", at_least)))


def text_bar(done: int, total: int) -> None:
    """Draw progress as one line of text on the error stream."""
    filled = round(30 * done / max(total, 1))
    end = "\n" if done >= total else ""
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done} of {total} patients{end}")
    sys.stderr.flush()


def examine_cohort(
    population: str,
    patients: int,
    seed: int,
    *,
    muscle: str = "abductor digiti minimi",
    treatments: Sequence[Callable[[Junction], Junction]] = (),
    fibres: int = 3000,
    healthy: Junction | None = None,
    single_fibre: NormalLimits | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Cohort:
    """Draw patients and give each the full protocol: 10 + 400 + 18 stimuli.

    Parameters
    ----------
    population : str
        See `patients.draw_patient`.
    patients : int
        1 to 100,000.
    seed : int
        Patient i draws from the i-th child of this seed, whatever else is asked for: the same
        people can be examined with and without a treatment.
    muscle : str
        One of `muscles.muscle_names()`.
    treatments : sequence of Junction to Junction
        Applied in turn. To travel to other processes each must be importable, or a
        `functools.partial` of such a function.
    fibres : int
        Fibres per muscle.
    healthy : Junction, optional
        What the disease acts on; `human()` when left out.
    single_fibre : NormalLimits, optional
        Also makes a single-fibre study of each patient, judged by these limits.
    executor : concurrent.futures.Executor, optional
        Spreads the work: a process pool, or a Dask client's ``client.get_executor()``.
        Without one, the work is done here.
    progress : callable, optional
        Called with the number of patients done and their total; `text_bar` draws a line.

    Returns
    -------
    Cohort
        The same for the same seed, whatever the executor.

    Raises
    ------
    ValueError
        For an unknown population or muscle, or an impossible number.
    """
    choice("population", population, population_names())
    named_muscle(muscle)
    total = whole("number of patients", patients, 1, 100_000)
    root = whole("seed", seed, 0)
    count = whole("number of fibres", fibres, 1, 10_000_000)
    if healthy is not None:
        instance("healthy junction", healthy, Junction)
    if single_fibre is not None:
        instance("single-fibre limits", single_fibre, NormalLimits)
    if executor is not None:
        instance("executor", executor, Executor)
    for treatment in instance("treatments", treatments, Sequence):
        if not callable(treatment):
            raise ValueError(f"A treatment must be a function of a junction, not {treatment!r}.")
    if progress is not None and not callable(progress):
        raise ValueError(f"progress must be a function of two numbers, not {progress!r}.")
    shared = (population, root, muscle, tuple(treatments), count, healthy, single_fibre)
    parts = [
        range(first, min(first + _PATIENTS_PER_TASK, total))
        for first in range(0, total, _PATIENTS_PER_TASK)
    ]
    rows: dict[int, tuple] = {}

    def collect(found: list[tuple[int, tuple]]) -> None:
        rows.update(found)
        if progress is not None:
            progress(len(rows), total)

    if executor is None:
        for part in parts:
            collect(_examine(part, *shared))
    else:
        futures = [executor.submit(_examine, part, *shared) for part in parts]
        try:
            for future in as_completed(futures):
                collect(future.result())
        finally:
            for future in futures:
                future.cancel()
    columns = zip(*(rows[i] for i in range(total)), strict=True)
    return Cohort(*(np.array(column) for column in columns))


def _examine(part, population, root, muscle, treatments, fibres, healthy, limits):
    """Examine some patients; each row is (index, values in the order of `Cohort`)."""
    rows = []
    for index in part:
        person, stimulator, needle = patient_streams(root, index)
        patient = draw_patient(population, named_muscle(muscle), person, healthy)
        junction = patient.junction
        for treatment in treatments:
            junction = treatment(junction)
        study = full_study(junction, stimulator, fibres=fibres)
        abnormal = np.nan
        if limits is not None:
            abnormal = float(found_abnormal(junction, needle, limits))
        row = (
            patient.severity,
            quantal_content(junction),
            study.resting_cmap_mV,
            study.resting_cmap_mV < patient.muscle.cmap_lower_limit_mV,
            study.decrement_percent,
            study.increments_percent,
            abnormal,
        )
        rows.append((index, row))
    return rows
