"""The one immutable description of a neuromuscular junction that every stage reads.

A junction is made of parameter groups, one per stage. A disease is a function from a
junction to a junction, and so is a treatment. To add a stage, write its group as a frozen
dataclass beside the stage and give `Junction` one more field whose default factory is that
class; `Junction.with_` then finds the group's values by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from lems_helpers.physiology import end_plate, muscle, plasticity, quanta
from lems_helpers.physiology.calcium_channels import CalciumChannels
from lems_helpers.physiology.calcium_sensor import Sensor
from lems_helpers.physiology.checks import check_fields, instance, number
from lems_helpers.physiology.end_plate import EndPlate
from lems_helpers.physiology.gating import PITTSBURGH, GatingScheme
from lems_helpers.physiology.impulse import Impulse
from lems_helpers.physiology.muscle import Muscle
from lems_helpers.physiology.nanodomain import Nanodomain
from lems_helpers.physiology.plasticity import Plasticity
from lems_helpers.physiology.quanta import Quanta


@dataclass(frozen=True)
class ChannelGroup:
    """Like channels at the same distance from one vesicle.

    Attributes
    ----------
    distance_nm : float
        From each channel to the vesicle.
    count : int
        Places where such a channel may sit, 0 to 8.
    kinds : tuple of (GatingScheme, probability)
        What sits in each place, independently; with the remaining probability the
        place is empty.
    """

    distance_nm: float
    count: int
    kinds: tuple[tuple[GatingScheme, float], ...] = ((PITTSBURGH, 1.0),)

    def __post_init__(self):
        check_fields(
            self,
            distance_nm=("distance from channel to vesicle", 5.0, 10_000.0, "nm"),
            count=("number of channels in a group", 0, 8, ""),
        )
        total = 0.0
        for scheme, probability in self.kinds:
            instance("gating scheme", scheme, GatingScheme)
            total += number("probability of a kind of channel", probability, 0.0, 1.0)
        number("probability that a channel is present", round(total, 9), 0.0, 1.0)


@dataclass(frozen=True)
class ActiveZone:
    """Where the channels of one active zone sit, as seen from each docked vesicle.

    Attributes
    ----------
    near_nm, far_nm : float
        Distances of the near and the far channels, 27.7 and 49.7 nm [Dittrich2013]
        [PyNEUCell].
    near_count, far_count : int
        Channels at each distance, 2 and 2: a mouse zone holds 4 channels [Dittrich2013]
        [PyNEUCell].
    docked_vesicles : int
        Vesicles ready at one zone, 2 [Ruiz2011].
    channel_survival : float
        Probability that each channel is still there, 0 to 1.
    disorganisation : float
        0 = every channel in its place, 1 = all scattered to `scattered_nm`.
    scattered_nm : float
        Distance of a fully scattered channel, 100 nm (assumption).
    compensation : float
        Probability that each place for an L-type channel is filled, 0 to 1; 0 when healthy.
    compensation_nm : float
        Distance of the L-type channels, 70 nm (assumption).
    compensation_count : int
        Places for them, 2 (assumption). They gate and conduct like the others (assumption).
    """

    near_nm: float = 27.7
    far_nm: float = 49.7
    near_count: int = 2
    far_count: int = 2
    docked_vesicles: int = 2
    channel_survival: float = 1.0
    disorganisation: float = 0.0
    scattered_nm: float = 100.0
    compensation: float = 0.0
    compensation_nm: float = 70.0
    compensation_count: int = 2

    def __post_init__(self):
        check_fields(
            self,
            near_nm=("distance of the near channels", 5.0, 1000.0, "nm"),
            far_nm=("distance of the far channels", 5.0, 1000.0, "nm"),
            near_count=("number of near channels", 0, 4, ""),
            far_count=("number of far channels", 0, 4, ""),
            docked_vesicles=("docked vesicles per zone", 0, 100, ""),
            channel_survival=("channel survival", 0.0, 1.0, ""),
            disorganisation=("disorganisation", 0.0, 1.0, ""),
            scattered_nm=("distance of a scattered channel", 5.0, 1000.0, "nm"),
            compensation=("compensation", 0.0, 1.0, ""),
            compensation_nm=("distance of the L-type channels", 5.0, 1000.0, "nm"),
            compensation_count=("number of L-type places", 0, 4, ""),
        )

    def groups(self, channels: CalciumChannels) -> tuple[ChannelGroup, ...]:
        """Return the channel groups one vesicle sees; equal distances are merged."""
        near, far = (
            d + self.disorganisation * (self.scattered_nm - d) for d in (self.near_nm, self.far_nm)
        )
        kinds = tuple((scheme, self.channel_survival * share) for scheme, share in channels.kinds)
        if near == far:
            groups = [ChannelGroup(near, self.near_count + self.far_count, kinds)]
        else:
            groups = [
                ChannelGroup(near, self.near_count, kinds),
                ChannelGroup(far, self.far_count, kinds),
            ]
        if self.compensation:
            extra = ((channels.scheme, self.compensation),)
            groups.append(ChannelGroup(self.compensation_nm, self.compensation_count, extra))
        return tuple(group for group in groups if group.count)


@dataclass(frozen=True)
class Terminal:
    """The nerve terminal: how many active zones it has, and the bath around it.

    Attributes
    ----------
    zones : int
        Active zones of the healthy terminal: mouse 850 [Ruiz2011].
    zone_survival : float
        Fraction of the zones still there, 0 to 1.
    sensor_survival : float
        Fraction of the docked vesicles whose fusion machinery is whole, 0 to 1. The others
        stay docked and are never released.
    calcium_mM : float
        External calcium, 2 mM.
    magnesium_mM : float
        External magnesium, 1 mM.
    """

    zones: int = 850
    zone_survival: float = 1.0
    sensor_survival: float = 1.0
    calcium_mM: float = 2.0
    magnesium_mM: float = 1.0

    def __post_init__(self):
        check_fields(
            self,
            zones=("number of active zones", 0, 100_000, ""),
            zone_survival=("zone survival", 0.0, 1.0, ""),
            sensor_survival=("sensor survival", 0.0, 1.0, ""),
            calcium_mM=("external calcium", 0.0, 100.0, "mM"),
            magnesium_mM=("external magnesium", 0.0, 100.0, "mM"),
        )


@dataclass(frozen=True)
class Junction:
    """A neuromuscular junction.

    Attributes
    ----------
    name : str
        Shown in captions.
    impulse, channels, zone, nanodomain, sensor, terminal
        The nerve's side, up to the release of one impulse.
    quanta, plasticity, end_plate, muscle
        What is released in a train, and what the muscle makes of it.
    """

    name: str = "mouse"
    impulse: Impulse = field(default_factory=Impulse)
    channels: CalciumChannels = field(default_factory=CalciumChannels)
    zone: ActiveZone = field(default_factory=ActiveZone)
    nanodomain: Nanodomain = field(default_factory=Nanodomain)
    sensor: Sensor = field(default_factory=Sensor)
    terminal: Terminal = field(default_factory=Terminal)
    quanta: Quanta = field(default_factory=Quanta)
    plasticity: Plasticity = field(default_factory=Plasticity)
    end_plate: EndPlate = field(default_factory=EndPlate)
    muscle: Muscle = field(default_factory=Muscle)

    def __post_init__(self):
        for f in fields(self):
            kind = str if f.name == "name" else f.default_factory
            instance(f.name, getattr(self, f.name), kind)

    @property
    def docked_vesicles(self) -> float:
        """Vesicles ready for release in the whole terminal (a mean, so maybe not whole)."""
        terminal = self.terminal
        able = terminal.zone_survival * terminal.sensor_survival
        return terminal.zones * able * self.zone.docked_vesicles

    @property
    def channel_groups(self) -> tuple[ChannelGroup, ...]:
        """The channel groups one vesicle sees."""
        return self.zone.groups(self.channels)

    def with_(self, **changes: Any) -> Junction:
        """Copy of the junction with some values changed, each found in its group by name.

        ``junction.with_(calcium_mM=0.5, width=1.3)`` changes one number of the terminal
        and one of the impulse. A whole group can be given too.

        Raises
        ------
        ValueError
            If a name is unknown or belongs to several groups, or a value is refused.
        """
        top: dict[str, Any] = {}
        nested: dict[str, dict[str, Any]] = {}
        own = {f.name for f in fields(self)}
        homes: dict[str, list[str]] = {}
        for group in own:
            if is_dataclass(getattr(self, group)):
                for f in fields(getattr(self, group)):
                    homes.setdefault(f.name, []).append(group)
        for name, value in changes.items():
            if name in own:
                top[name] = value
            elif len(homes.get(name, [])) == 1:
                nested.setdefault(homes[name][0], {})[name] = value
            elif name in homes:
                raise ValueError(
                    f"{name} belongs to several groups ({', '.join(sorted(homes[name]))}); "
                    "change the group with dataclasses.replace."
                )
            else:
                raise ValueError(
                    f"A junction has no {name}; it has {', '.join(sorted([*own, *homes]))}."
                )
        for group, values in nested.items():
            top[group] = replace(top.get(group, getattr(self, group)), **values)
        return replace(self, **top)


def mouse() -> Junction:
    """Mouse junction ex vivo, about 22 °C, 2 mM external calcium: 850 zones [Ruiz2011].

    The gating, sensor and impulse constants hold for this temperature; none is scaled.
    """
    return Junction(
        quanta=quanta.MOUSE,
        plasticity=plasticity.MOUSE,
        end_plate=end_plate.MOUSE,
        muscle=muscle.MOUSE,
    )


def human() -> Junction:
    """Human junction: the mouse's active zone, 260 of them (assumption).

    With the mouse's release probability the quantal content is about 30, near the
    measured 31 [Engel] (recalled). That is a consistency check, not a proof.
    """
    return Junction(
        name="human",
        terminal=Terminal(zones=260),
        quanta=quanta.HUMAN,
        plasticity=plasticity.HUMAN,
        end_plate=end_plate.HUMAN,
        muscle=muscle.HUMAN,
    )
