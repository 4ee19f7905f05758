"""The pieces of a call graph: what one task waits and is served, for every option of its component, as a front."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from capplan.checks.holding import Situation
from capplan.checks.states import Left, State, whole
from capplan.planning.fronts import SAMPLES, TOLERANCE, Front, NoneHoldsError, constant, within
from capplan.planning.menus import Menu
from capplan.planning.options import Option
from capplan.planning.slowness import Slowness
from capplan.planning.trials import Trials
from capplan.prediction.model import Model
from capplan.queueing.arrays import Array, Spectrum
from capplan.queueing.grid import Grid
from capplan.queueing.shared import visited


def _no_limit(_name: str) -> Array:
    return np.full(2, np.inf)


@dataclass
class Atoms:
    """Makes the fronts of single tasks; a component may be met once in a walk.

    Attributes:
        trials: what is planned for.
        orders: each component's menu and laws.
        grid: where laws live.
        most: the price that no option of a component may exceed.
    """

    trials: Trials
    orders: Mapping[str, Slowness]
    grid: Grid
    most: Callable[[str], Array] = _no_limit
    _met: set[str] = field(default_factory=set)
    _laws: dict[tuple[str, int], tuple[Spectrum, Array]] = field(default_factory=dict)

    def begin(self, most: Callable[[str], Array]) -> None:
        """Begin a walk, with another price that no option may exceed."""
        self.most = most
        self._met = set()

    @property
    def model(self) -> Model:
        """The topology on the first of all machines."""
        return next(iter(self.orders.values())).models[0]

    @cached_property
    def _situations(self) -> list[Situation]:
        trials = self.trials
        return [Situation(trials.topology, state, trials.rate, scv=trials.scv) for state in trials.states]

    def front(self, task: int) -> Front:
        """A task's own waits and services, for every option of its component."""
        host = self.model.topology.host(self.model.jobs[task].component).name
        if host in self._met:
            raise LookupError(f"a request meets {host} at several places")
        self._met.add(host)
        if host in self.orders:
            return self._of_unit(host, task)
        component = self.model.topology.component(host)
        rows = _alike([state.left(component, whole(component)) for state in self.trials.states])
        situations = [self._situations[rows.index(row)] for row in range(max(rows) + 1)]
        return constant(self.grid, np.stack([self._fixed(situation, task) for situation in situations]), rows)

    def _fixed(self, situation: Situation, task: int) -> Spectrum:
        """The law of a task of a component that does not change, in one state."""
        outcome = situation.solved.outcome
        law = np.ones(self.grid.points + 1, dtype=complex)
        for visit in outcome.network.tasks[task].visits:
            wait = None if visit.station is None else outcome.stays[visit.station].wait
            law = law * visited(wait, visit.law, self.grid, np.zeros(1, dtype=np.intp), served=True)[0][0]
        return law

    def _of_unit(self, name: str, task: int) -> Front:
        """The options of a component that nothing outdoes, from the cheapest on.

        A kind of machine is done with when even without any wait it would be outdone.
        """
        order = self.orders[name]
        rows = _alike([_lefts(order.menu, state) for state in self.trials.states])
        states = [self.trials.states[rows.index(row)] for row in range(max(rows) + 1)]
        found: dict[int, Spectrum] = {}
        tails: list[Array] = []
        closed: set[int] = set()
        price = order.menu.prices
        for index in np.flatnonzero(within(price, self.most(name))).tolist():
            self.trials.tick()
            option = order.menu.option(index)
            if option.kind in closed:
                continue
            if (name, index) not in self._laws:
                laws = np.stack([self._law(order, option, state, task) for state in states])
                self._laws[name, index] = laws, self._above(laws)
            laws, above = self._laws[name, index]
            if not _outdone(above, tails):
                found[index] = laws
                tails.append(above)
            elif _outdone(self._above(np.stack([self._alone(order, option.kind, task)] * len(states))), tails):
                closed.add(option.kind)
        if not found:
            raise NoneHoldsError
        chosen = np.array(list(found), dtype=np.intp)
        laws = np.stack(list(found.values()), axis=1)
        return Front(self.grid, (name,), chosen[:, None], price[chosen], laws, rows)

    def _law(self, order: Slowness, option: Option, state: State, task: int) -> Spectrum:
        left = state.left(order.menu.unit.freedom.component, Left(option.replicas, option.readers))
        if left.replicas < 1 or (option.readers and not left.readers):
            raise LookupError("readers are gone altogether")
        return order.on(option.kind).task(task, left, self.grid)

    def _alone(self, order: Slowness, kind: int, task: int) -> Spectrum:
        """A task without any wait."""
        law = np.ones(self.grid.points + 1, dtype=complex)
        for visit in order.on(kind).alone(task):
            if visit.law.mean > 0.0:
                law = law * self.grid.law(visit.law)
        return law

    def _above(self, laws: Spectrum) -> Array:
        return np.asarray(
            1.0 - np.cumsum(self.grid.masses(laws), axis=1)[:, :: max(self.grid.points // SAMPLES, 1)]
        ).ravel()


def _alike(keys: Sequence[Hashable]) -> tuple[int, ...]:
    """The same number for equal ones, from 0 on in the order in which they appear."""
    known = list(dict.fromkeys(keys))
    return tuple(known.index(key) for key in keys)


def _lefts(menu: Menu, state: State) -> tuple[Left, ...]:
    """What is left of each size on a menu in a state, connections aside."""
    sizes = np.unique(np.stack([menu.replicas, menu.readers], axis=1), axis=0).tolist()
    component = menu.unit.freedom.component
    return tuple(state.left(component, Left(*size))._replace(surge=0) for size in sizes)


def _outdone(above: Array, tails: list[Array]) -> bool:
    return bool(tails) and bool(np.any(np.all(np.stack(tails) <= above + TOLERANCE, axis=1)))
