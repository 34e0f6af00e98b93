"""Who gets Lambert-Eaton syndrome, how sure that is, and what a positive test means.

Every share is kept as people counted out of people asked, so that its interval can be shown.
Counts are "read" where the source prints them, and "worked out" where it prints a percentage
and the number of people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from lems_helpers.evidence.lookup import find
from lems_helpers.evidence.measurements import measurement
from lems_helpers.physiology.checks import choice, number, whole


def wilson_interval(count: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share: where it may lie, given how few were counted.

    Unlike the textbook interval it stays inside 0 to 1 and has width even at 0 of n.

    Parameters
    ----------
    count, of : int
        Those who have it, and all who were asked (at least 1).
    confidence : float
        0.5 to 0.999.

    Returns
    -------
    tuple of float
        Lowest and highest share, 0 to 1.

    Raises
    ------
    ValueError
        If `of` is below 1, `count` is above `of`, or a value is out of range.
    """
    of = whole("number of people asked", of, 1)
    count = whole("number of people counted", count, 0, of)
    confidence = number("confidence", confidence, 0.5, 0.999)
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = count / of
    middle = share + z * z / (2.0 * of)
    half = z * math.sqrt(share * (1.0 - share) / of + (z / (2.0 * of)) ** 2)
    scale = 1.0 + z * z / of
    # At the ends the interval reaches 0 or 1 exactly; rounding must not leave a crumb.
    low = 0.0 if count == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if count == of else min(1.0, (middle + half) / scale)
    return low, high


@dataclass(frozen=True)
class Proportion:
    """A share of people, as counted.

    Attributes
    ----------
    what : str
        What was counted.
    count, of : int
        Those who had it, and all who were asked.
    reference : str
        Key of the bibliography.
    counts : {"read", "worked out"}
        Whether the source prints the counts or only a percentage of a known number.
    """

    what: str
    count: int
    of: int
    reference: str
    counts: str = "read"

    def __post_init__(self):
        object.__setattr__(self, "of", whole(f"number asked about {self.what}", self.of, 1))
        count = whole(f"number with {self.what}", self.count, 0, self.of)
        object.__setattr__(self, "count", count)
        choice("counts", self.counts, ("read", "worked out"))

    @property
    def percent(self) -> float:
        """The share, in %."""
        return 100.0 * self.count / self.of

    @property
    def interval_percent(self) -> tuple[float, float]:
        """Wilson's 95 % interval, in %."""
        low, high = wilson_interval(self.count, self.of)
        return 100.0 * low, 100.0 * high

    def words(self) -> str:
        """Say it as a count, a percentage and an interval."""
        digits = 0 if self.of < 1000 else 2
        low, high = (f"{end:.{digits}f}" for end in self.interval_percent)
        return (
            f"{self.count:,} of {self.of:,} ({self.percent:.{digits}f} %, "
            f"95 % interval {low} to {high} %)"
        )


# Named as the row of the measurements table that prints the percentage, where there is one.
_PROPORTIONS = {
    "leg_weakness": Proportion("proximal leg weakness", 50, 50, "ONeill1988", "worked out"),
    "reflexes": Proportion("depressed tendon reflexes", 46, 50, "ONeill1988", "worked out"),
    "dry_mouth": Proportion("dry mouth", 37, 50, "ONeill1988", "worked out"),
    "ptosis": Proportion("drooping eyelids", 27, 50, "ONeill1988", "worked out"),
    "bulbar": Proportion("bulbar symptoms over the course", 33, 38, "Wirtz2005", "worked out"),
    "autonomic": Proportion(
        "autonomic symptoms over the course", 36, 38, "Wirtz2005", "worked out"
    ),
    "cmap_low_lems": Proportion("a resting CMAP below normal", 48, 50, "ONeill1988"),
    "sfemg_lems": Proportion("abnormal single-fibre EMG", 29, 29, "ONeill1988"),
    "pq_antibody_cancer": Proportion("P/Q-type antibody, with cancer", 32, 32, "Lennon1995"),
    "pq_antibody_no_cancer": Proportion(
        "P/Q-type antibody, without cancer", 30, 33, "Lennon1995", "worked out"
    ),
    "n_antibody": Proportion("N-type antibody", 32, 65, "Lennon1995", "worked out"),
    "sclc_with_lems_population": Proportion(
        "Lambert-Eaton syndrome among all with small-cell lung cancer", 7, 1593, "Wirtz2003"
    ),
    "lung_cancer_new_lems": Proportion(
        "lung cancer in newly diagnosed people, UK, followed forward", 44, 87, "Maddison2020"
    ),
    "sclc_south_holland": Proportion(
        "small-cell lung cancer, one Dutch region, 1990 to 1999", 7, 10, "Wirtz2003"
    ),
    "sclc_netherlands": Proportion(
        "small-cell lung cancer, consecutive people, Netherlands, 1990 to 2007",
        54,
        100,
        "Titulaer2008",
    ),
    "sclc_found_first": Proportion("tumour found at the first screening", 45, 54, "Titulaer2008"),
    "sclc_found_3_months": Proportion(
        "tumour found within 3 months", 50, 54, "Titulaer2008", "worked out"
    ),
    "sclc_found_12_months": Proportion(
        "tumour found within 1 year", 52, 54, "Titulaer2008", "worked out"
    ),
    "sclc_found_41_months": Proportion("tumour found within 41 months", 54, 54, "Titulaer2008"),
}


def proportions() -> dict[str, Proportion]:
    """Return every counted share of the course, by name."""
    return dict(_PROPORTIONS)


def proportion(name: str) -> Proportion:
    """Return one counted share.

    Raises
    ------
    ValueError
        If there is no such share; the message names the nearest ones.
    """
    return find("proportion", name, _PROPORTIONS)


@dataclass(frozen=True)
class CancerShare:
    """How large a part of people with Lambert-Eaton syndrome had the cancer, in one study.

    Attributes
    ----------
    what : str
        Which cancer in which people.
    percent : float
    interval_percent : tuple of float or None
        Wilson's 95 % interval; None where the share is the authors' estimate, not a count.
    reference : str
        Key of the bibliography.
    """

    what: str
    percent: float
    interval_percent: tuple[float, float] | None
    reference: str


def cancer_shares() -> tuple[CancerShare, ...]:
    """Return the cancer-linked share study by study, lowest first; no one number is the answer.

    The 62 % is no count: its authors had found the cancer in 21 of 50 people, and reckoned from
    how long each had been followed what a newly ill person must expect [ONeill1988].
    """
    counted = [
        CancerShare(one.what, one.percent, one.interval_percent, one.reference)
        for one in map(
            proportion, ("lung_cancer_new_lems", "sclc_south_holland", "sclc_netherlands")
        )
    ]
    reckoned = CancerShare(
        "small-cell lung cancer, risk of a newly ill person as reckoned, UK, 1988",
        62.0,
        None,
        "ONeill1988",
    )
    return tuple(sorted([*counted, reckoned], key=lambda one: one.percent))


def cancer_share_range() -> tuple[float, float]:
    """Return the lowest and the highest share (%) among the studies."""
    shares = [one.percent for one in cancer_shares()]
    return min(shares), max(shares)


def tumour_found_by(months: float) -> tuple[float, float]:
    """Bound the share of tumours found some months after diagnosis [Titulaer2008].

    The study reports four moments: the first screening (45 of the 54 tumours), 3 months (50),
    12 months (52) and 41 months (54). Between two of them all that is known is that the share
    lies between theirs. People without a tumour are not in these numbers.

    Parameters
    ----------
    months : float
        Since diagnosis, 0 (the first screening) to 120.

    Returns
    -------
    tuple of float
        At least and at most this share, 0 to 1.

    Raises
    ------
    ValueError
        If `months` is out of range.
    """
    months = number("months since diagnosis", months, 0.0, 120.0, "months")
    moments = {
        0.0: "sclc_found_first",
        3.0: "sclc_found_3_months",
        12.0: "sclc_found_12_months",
        41.0: "sclc_found_41_months",
    }
    shares = {at: proportion(name).percent / 100.0 for at, name in moments.items()}
    least = max(share for at, share in shares.items() if at <= months)
    most = min((share for at, share in shares.items() if at >= months), default=1.0)
    return least, most


@dataclass(frozen=True)
class IncrementTest:
    """How well one cut-off of the increment told Lambert-Eaton syndrome from the rest.

    Attributes
    ----------
    reference : str
        The cohort, by its key of the bibliography.
    cutoff_percent : float
        An increment of at least this counts as positive.
    sensitivity : Proportion
        Positive among people with the syndrome.
    specificity : Proportion or None
        Negative among the others; None where not known to us.
    """

    reference: str
    cutoff_percent: float
    sensitivity: Proportion
    specificity: Proportion | None


def increment_tests() -> tuple[IncrementTest, ...]:
    """Return both cut-offs, 60 and 100 %, in both cohorts [Oh2005] [Lipka2020].

    Who was not ill differs: 538 tests in people with myasthenia gravis in the first cohort, 93
    people tested and found not to have the syndrome in the second.
    """

    def hit(cutoff: int, count: int, of: int, *source: str) -> Proportion:
        return Proportion(f"an increment of {cutoff} % or more, when ill", count, of, *source)

    def miss(cutoff: int, count: int, of: int, *source: str) -> Proportion:
        return Proportion(f"an increment below {cutoff} %, when not ill", count, of, *source)

    first, second, worked = "Oh2005", "Lipka2020", "worked out"
    return (
        IncrementTest(first, 60, hit(60, 33, 34, first, worked), miss(60, 534, 538, first)),
        IncrementTest(first, 100, hit(100, 29, 34, first), None),
        IncrementTest(
            second, 60, hit(60, 49, 63, second, worked), miss(60, 92, 93, second, worked)
        ),
        IncrementTest(
            second, 100, hit(100, 37, 63, second, worked), miss(100, 93, 93, second, worked)
        ),
    )


@dataclass(frozen=True)
class PredictiveValue:
    """What a test says of a person, by Bayes' rule.

    Attributes
    ----------
    prior : float
        Probability of the illness before the test, 0 to 1.
    sensitivity, specificity : float
        Positive among the ill, negative among the others, 0 to 1.
    """

    prior: float
    sensitivity: float
    specificity: float

    def __post_init__(self):
        for name in ("prior", "sensitivity", "specificity"):
            words = {"prior": "probability before the test"}.get(name, name)
            object.__setattr__(self, name, number(words, getattr(self, name), 0.0, 1.0))

    @property
    def if_positive(self) -> float:
        """Probability of the illness after a positive test; NaN if none can be positive."""
        true, false, _, _ = self.of(1.0)
        return true / (true + false) if true + false else math.nan

    @property
    def if_negative(self) -> float:
        """Probability of the illness after a negative test; NaN if none can be negative."""
        _, _, missed, right = self.of(1.0)
        return missed / (missed + right) if missed + right else math.nan

    def of(self, people: float) -> tuple[float, float, float, float]:
        """Return expected numbers among `people`, for a picture of natural frequencies.

        Returns
        -------
        tuple of float
            Ill and positive, not ill and positive, ill and negative, not ill and negative.
        """
        people = number("number of people", people, 0.0)
        ill, well = people * self.prior, people * (1.0 - self.prior)
        return (
            ill * self.sensitivity,
            well * (1.0 - self.specificity),
            ill * (1.0 - self.sensitivity),
            well * self.specificity,
        )


def antibody_test(person: str, prior: float | None = None) -> PredictiveValue:
    """Say what a calcium-channel antibody means in a healthy person and in a weak one.

    Sensitivity: 62 of 65 [Lennon1995]. Among the others, 1.7 % of healthy people and 3.4 % of
    people seen for other neurological illness were positive [Zalewski2016].

    Parameters
    ----------
    person : {"healthy", "weak"}
        Someone picked from the population, or someone sent to a clinic for weakness.
    prior : float, optional
        Probability before the test. The default is the prevalence for a person picked from the
        population [Wirtz2003], and 0.10 for a weak one (assumption).

    Returns
    -------
    PredictiveValue

    Raises
    ------
    ValueError
        If `person` is unknown or `prior` is outside 0 to 1.
    """
    choice("person", person, ("healthy", "weak"))
    parts = [proportion("pq_antibody_cancer"), proportion("pq_antibody_no_cancer")]
    sensitivity = sum(one.count for one in parts) / sum(one.of for one in parts)
    if person == "healthy":
        usual = measurement("prevalence").value / 1e6
        false_percent = measurement("pq_antibody_healthy").value
    else:
        usual, false_percent = 0.10, 3.4
    return PredictiveValue(
        usual if prior is None else prior, sensitivity, 1.0 - false_percent / 100.0
    )
