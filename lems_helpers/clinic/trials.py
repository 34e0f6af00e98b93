"""What was counted when treatments were put to the test in people with Lambert-Eaton syndrome."""

from __future__ import annotations

from lems_helpers.clinic.epidemiology import Proportion


def withdrawal_trial() -> tuple[Proportion, Proportion]:
    """Return the two groups of the trial in which 3,4-diaminopyridine was withdrawn [Sanders2018].

    All 32 people had been taking the drug for at least three months. By lot, and without anyone
    knowing which, 14 went on with it and 18 had it replaced step by step by a placebo. Counted
    are those who then took more than 30 % longer to get up from a chair, walk and sit down
    again, three times over. For the placebo group the abstract prints 72 %, which is 13 of 18.

    Returns
    -------
    tuple of Proportion
        Those who went on, and those who got the placebo.
    """
    what = "more than 30 % slower in getting up and walking"
    return (
        Proportion(f"{what}, on the drug", 0, 14, "Sanders2018"),
        Proportion(f"{what}, on placebo", 13, 18, "Sanders2018", "worked out"),
    )
