"""One description runs from gating to the muscle's answer to a train of impulses."""

from collections import Counter
from dataclasses import fields, is_dataclass

import pytest

from lems_helpers.physiology.end_plate import epp_amplitude, mepp_amplitude
from lems_helpers.physiology.junction import Junction, human, mouse
from lems_helpers.physiology.muscle import fraction_firing
from lems_helpers.physiology.plasticity import regular_train, run_train
from lems_helpers.physiology.release import quantal_content, release_probability


def groups(junction):
    names = (f.name for f in fields(junction))
    return {name: getattr(junction, name) for name in names if name != "name"}


def test_every_value_of_every_group_is_found_by_its_name():
    homes = Counter(f.name for group in groups(human()).values() for f in fields(group))
    assert {name: n for name, n in homes.items() if n > 1} == {}
    assert not set(homes) & {f.name for f in fields(Junction)}
    for group in groups(human()).values():
        assert is_dataclass(group)
        for f in fields(group):
            value = getattr(group, f.name)
            assert human().with_(**{f.name: value}) == human()


def test_the_new_stages_can_be_changed_by_name():
    changed = human().with_(
        size_cv=0.3, augmentation_step=0.01, quantal_conductance_nS=20.0, threshold_mV=12.0
    )
    assert changed.quanta.size_cv == 0.3
    assert changed.plasticity.augmentation_step == 0.01
    assert changed.end_plate.quantal_conductance_nS == 20.0
    assert changed.muscle.threshold_mV == 12.0
    with pytest.raises(ValueError, match="variation .* is 2, but must be between 0 and 1"):
        human().with_(size_cv=2.0)
    with pytest.raises(ValueError, match="muscle must be a Muscle"):
        human().with_(muscle="biceps")


def test_presets_differ_only_where_the_species_do():
    assert mouse().quanta.mini_rate_per_s == 1.0
    assert human().quanta.mini_rate_per_s == 0.2
    assert human().with_(name="mouse", zones=850, mini_rate_per_s=1.0) == mouse()


def test_vesicles_that_cannot_fuse_are_not_ready():
    assert human().with_(sensor_survival=0.25).docked_vesicles == 130
    with pytest.raises(ValueError, match=r"sensor survival is 1\.1"):
        human().with_(sensor_survival=1.1)


def test_from_gating_to_the_muscle():
    junction = human()
    assert quantal_content(junction) == pytest.approx(30.3, abs=0.5)
    assert mepp_amplitude(junction.end_plate) == pytest.approx(1.07, abs=0.05)
    assert float(epp_amplitude(junction.end_plate, quantal_content(junction))) > 20.0
    train = run_train(
        junction.plasticity,
        regular_train(3.0, 10),
        release_probability(junction),
        junction.docked_vesicles,
    )
    firing = fraction_firing(junction.muscle, junction.end_plate, junction.quanta, train.released)
    assert firing.shape == (10,)
    assert (firing > 0.9).all()
    # Half the calcium per impulse leaves hardly a fibre firing.
    starved = junction.with_(calcium_mM=0.5)
    content = quantal_content(starved)
    assert fraction_firing(starved.muscle, starved.end_plate, starved.quanta, content) < 0.2
