"""DELTA-P: six findings that foretell small-cell lung cancer in Lambert-Eaton syndrome.

A score is not a diagnosis. It says how often cancer was found in people with the same score,
in two cohorts that do not quite agree; it sets how closely to look. The cases of the course
are fictional, and no reader is asked for their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lems_helpers.clinic.epidemiology import Proportion
from lems_helpers.evidence.measurements import delta_p_risks
from lems_helpers.physiology.checks import check_fields, whole

CAVEAT = "A score is not a diagnosis."


@dataclass(frozen=True)
class DeltaPCase:
    """What DELTA-P asks of a fictional person, within three months of onset [Titulaer2011].

    Antibodies to SOX1 foretell cancer too, but are not an item of the score.

    Attributes
    ----------
    age_at_onset_years : float
        A point from 50 on.
    smokes_at_diagnosis : bool
        A point if so.
    weight_loss_percent : float
        Of body weight; a point from 5 % on. Negative for weight gained.
    bulbar_involvement : bool
        A point if speech, swallowing, chewing or the neck is weak.
    erectile_dysfunction : bool
        A point if so. Only men can have it, so that a woman scores 5 at most.
    karnofsky : float
        Performance, 0 to 100; a point below 70.
    """

    age_at_onset_years: float
    smokes_at_diagnosis: bool
    weight_loss_percent: float
    bulbar_involvement: bool
    erectile_dysfunction: bool
    karnofsky: float

    def __post_init__(self):
        check_fields(
            self,
            age_at_onset_years=("age at onset", 0.0, 120.0, "years"),
            weight_loss_percent=("weight loss", -100.0, 80.0, "%"),
            karnofsky=("Karnofsky performance", 0.0, 100.0, ""),
        )
        for name in ("smokes_at_diagnosis", "bulbar_involvement", "erectile_dysfunction"):
            value = getattr(self, name)
            if not isinstance(value, (bool, np.bool_)):
                words = name.replace("_", " ")
                raise ValueError(f"{words} must be True or False, not {value!r}.")
            object.__setattr__(self, name, bool(value))

    @property
    def items(self) -> dict[str, bool]:
        """Each item in words, and whether it scores."""
        return {
            "age at onset 50 years or over": self.age_at_onset_years >= 50.0,
            "smoking at diagnosis": self.smokes_at_diagnosis,
            "weight loss of 5 % or more": self.weight_loss_percent >= 5.0,
            "bulbar involvement": self.bulbar_involvement,
            "erectile dysfunction": self.erectile_dysfunction,
            "Karnofsky performance below 70": self.karnofsky < 70.0,
        }

    @property
    def score(self) -> int:
        """One point for each item, 0 to 6."""
        return sum(self.items.values())


@dataclass(frozen=True)
class DeltaPCohort:
    """How well the score told people with cancer from people without, in one cohort.

    Attributes
    ----------
    name : str
    people : int
    area_percent : float
        Area under the receiver operating curve: how often, of one person with cancer and one
        without, the one with cancer has the higher score. 50 % is a coin.
    interval_percent : tuple of float or None
        Its 95 % interval; None where not known to us.
    reference : str
        Key of the bibliography.
    """

    name: str
    people: int
    area_percent: float
    interval_percent: tuple[float, float] | None
    reference: str


DEVELOPMENT = DeltaPCohort("development", 107, 94.4, None, "Titulaer2011")
PROSPECTIVE = DeltaPCohort("prospective", 87, 82.5, (73.9, 91.0), "Maddison2020")

# People with cancer, and people, at each score. The paper's summary prints percentages; these
# are the only whole numbers that give them together with its 44 of 87 people with cancer, both
# its median scores (3.5 and 2) and its area under the curve (82.5 %).
_PROSPECTIVE_COUNTS = ((0, 8), (3, 16), (9, 20), (10, 18), (12, 14), (7, 8), (3, 3))


@dataclass(frozen=True)
class ScoreRisk:
    """How often cancer was found at one score.

    Attributes
    ----------
    score : int
    development_percent : tuple of float or None
        Lowest and highest share (%) in the cohort where the score was made; None where it is
        not known to us. Its numbers of people are not known either, so it has no interval.
    prospective : Proportion
        In the cohort followed forward, with its interval; the counts are worked out.
    """

    score: int
    development_percent: tuple[float, float] | None
    prospective: Proportion

    def words(self) -> str:
        """Say the risk in both cohorts, and what a score is not."""
        if self.development_percent is None:
            development = "a share we do not know"
        else:
            low, high = self.development_percent
            development = f"{low:g} %" if low == high else f"{low:g} to {high:g} %"
        return (
            f"Score {self.score}: small-cell lung cancer was found in {development} of people "
            f"where the score was developed, and in {self.prospective.words()} where it was "
            f"checked prospectively. {CAVEAT}"
        )


def cancer_risk(score: int | DeltaPCase) -> ScoreRisk:
    """Return how often cancer was found at a score, in both cohorts.

    Parameters
    ----------
    score : int or DeltaPCase
        0 to 6, or a fictional case.

    Returns
    -------
    ScoreRisk

    Raises
    ------
    ValueError
        If the score is not a whole number from 0 to 6.
    """
    if isinstance(score, DeltaPCase):
        score = score.score
    score = whole("DELTA-P score", score, 0, 6)
    row = {risk.score: risk for risk in delta_p_risks()}[score]
    count, people = _PROSPECTIVE_COUNTS[score]
    return ScoreRisk(
        score=score,
        development_percent=row.development_percent,
        prospective=Proportion(
            f"lung cancer at DELTA-P score {score}", count, people, "Maddison2020", "worked out"
        ),
    )
