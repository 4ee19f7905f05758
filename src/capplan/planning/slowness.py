"""The order of a component's options: which of them can be no faster than another, by the laws of their waits and
services.

A sum, a mixture or the slowest of independent times grows with each of its parts (stochastic order; Shaked and
Shanthikumar 2007, chapter 1), so where a plan misses an objective on a time, every plan misses it whose components are
each no faster. Options are compared by P(T > t) at the same times on the same grid; options whose laws cross are not in
order and stay apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np

from capplan.checks.states import Left, State
from capplan.planning.menus import Menu
from capplan.planning.needs import Need
from capplan.planning.options import Option
from capplan.planning.stays import Stays
from capplan.prediction.availability import availability, up
from capplan.prediction.model import Model
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.grid import Grid, ladder

POINTS = 2048
REACH = 3.0
"""The range of the grid over the time that next to no visit to a middling option exceeds."""
TOLERANCE = 1e-9
LOOKED_AT = 40
"""The grid is made for so many options at the top of the menu."""


class Aspect(Enum):
    """By what options are compared.

    TIME is that of a visit as a whole, PARTS each wait and service of it, UP being up, MORE and FEWER the number of
    machines, SAME nothing: no two options are in order.
    """

    TIME = "time"
    PARTS = "parts"
    UP = "up"
    MORE = "more"
    FEWER = "fewer"
    SAME = "same"


@dataclass
class Slowness:
    """The order of one component's options.

    Attributes:
        menu: its options.
        needs: what it asks of each of its machines.
        models: the topology on each machine.
        rate: the workload rate that is planned for.
        scv: SCV of arrivals by station's name, as they are with the cheapest options.
    """

    menu: Menu
    needs: Sequence[Sequence[Need]]
    models: Sequence[Model]
    rate: float
    scv: Mapping[str, float]
    _known: dict[tuple[Aspect, int, Left], Array] = field(default_factory=dict)
    _stays: dict[int, Stays] = field(default_factory=dict)

    def no_faster(self, state: State, aspect: Aspect, than: int, among: int) -> Mask:
        """(options,) whether each of the first options of the menu is no faster than one of them; the rest is left out.

        Args:
            state: in which state.
            aspect: by what they are compared.
            than: index of the option.
            among: how many options of the menu are compared.
        """
        one = self._signature(state, aspect, self.menu.option(than))
        found = np.zeros(len(self.menu), dtype=bool)
        for index in range(among):
            found[index] = _covers(self._signature(state, aspect, self.menu.option(index)), one)
        found[than] = True
        return found

    def no_slower(self, state: State, aspect: Aspect, than: int, among: int) -> list[int]:
        """The first options of the menu that one of them is no faster than, the slowest first."""
        one = self._signature(state, aspect, self.menu.option(than))
        others = {k: self._signature(state, aspect, self.menu.option(k)) for k in range(among) if k != than}
        better = [k for k, other in others.items() if _covers(one, other)]
        return sorted(better, key=lambda k: -float(others[k].sum()))

    def _signature(self, state: State, aspect: Aspect, option: Option) -> Array:
        """What grows as an option gets slower; nan is comparable with nothing: no readers, parts of shared times."""
        left = state.left(self.menu.unit.freedom.component, Left(option.replicas, option.readers))
        key = (aspect, option.kind, left)
        if key not in self._known:
            if aspect is Aspect.SAME or left.replicas < 1 or (option.readers and not left.readers):
                self._known[key] = np.full(1, np.nan)
            elif aspect in (Aspect.MORE, Aspect.FEWER):
                held = left.replicas + left.readers + left.surge
                self._known[key] = np.array([float(held if aspect is Aspect.FEWER else -held)])
            elif aspect is Aspect.UP:
                self._known[key] = self._down(option.kind, left)
            elif aspect is Aspect.PARTS and self.on(option.kind).entangled:
                self._known[key] = np.full(1, np.nan)
            else:
                self._known[key] = self._times(option.kind, left, aspect)
        return self._known[key]

    def _down(self, kind: int, left: Left) -> Array:
        """Probability that too few are up, for the component and for each that it hosts."""
        topology, name = self.models[kind].topology, self.menu.unit.name
        found = []
        for other, component in topology.components.items():
            if topology.host(other).name == name:
                each = availability(component) * (1.0 if other == name else availability(topology.component(name)))
                for readers, count in ((False, left.replicas), (True, left.readers)):
                    own = [need for need in self.needs[kind] if need.readers == readers]
                    others = left.replicas + left.readers - count
                    enough = max((need.enough(count, others) for need in own), default=1)
                    found.append(1.0 - float(up(count, enough, each)) if count else 0.0)
        return np.array(found)

    def _times(self, kind: int, left: Left, aspect: Aspect) -> Array:
        """P(T > t) of each task; where parts count, of each wait and service, and how little memory there is."""
        parts = list(self.on(kind).above(left, self._grid, apart=aspect is Aspect.PARTS))
        if aspect is Aspect.PARTS:
            machine = self.menu.unit.freedom.machines[kind]
            parts.append(np.array([-float(machine.memory) if machine is not None and machine.memory else 0.0]))
        return np.concatenate(parts) if parts else np.zeros(1)

    def on(self, kind: int) -> Stays:
        """The laws on one of its machines."""
        if kind not in self._stays:
            model, needs = self.models[kind], self.needs[kind]
            self._stays[kind] = Stays(model, self.menu.unit.name, needs, self.rate, self.scv)
        return self._stays[kind]

    @cached_property
    def _grid(self) -> Grid:
        """Made for the median of the options at the top of the menu."""
        first = [self.menu.option(k) for k in range(min(LOOKED_AT, len(self.menu)))]
        guesses = [self.on(option.kind).guess(Left(option.replicas, option.readers)) for option in first]
        return ladder(REACH * max(float(np.median(guesses)), 1e-9), POINTS)


def _covers(slower: Array, faster: Array) -> bool:
    """Whether one is nowhere below the other."""
    return slower.shape == faster.shape and bool(np.all(slower >= faster - TOLERANCE))
