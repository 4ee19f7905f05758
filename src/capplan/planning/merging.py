"""The cheapest choices that hold the objectives on the time of one kind of request, by joining the call graph's pieces.

Cuts alone take very many rounds where the times of many components add up to one tight objective. Here every piece of
the call graph keeps only the choices that no other outdoes, pieces are joined until two are left, and each pair of
choices of these two is one number of a matrix product: P(A + B > t). Pairs are handed out by price; whoever takes them
looks at each exactly, so the grid needs only to be right to a part in a thousand.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from capplan.checks.holding import Situation, opposite
from capplan.checks.records import Miss
from capplan.checks.states import Left, State, whole
from capplan.planning.fronts import Front, NoneHoldsError, constant, within
from capplan.planning.graph import CallGraph
from capplan.planning.menus import Menu
from capplan.planning.options import DIGITS, Option, Plan
from capplan.planning.slowness import Slowness
from capplan.planning.trials import Trials
from capplan.prediction.model import Model
from capplan.queueing.arrays import Array, Mask, Spectrum
from capplan.queueing.grid import Grid
from capplan.topology import Topology
from capplan.topology.objectives import TOTAL

POINTS = 1024
BAND = 1e-3
"""The part by which a time may exceed its objective here before a choice is left out."""


class Bound(NamedTuple):
    """P(T > time) must be at most this."""

    time: float
    above: float


@dataclass(frozen=True)
class Wanted:
    """What is joined.

    Attributes:
        name: the kind of request.
        bounds: its objectives.
    """

    name: str
    bounds: Sequence[Bound]


def wanted(topology: Topology, miss: Miss, margin: float) -> Wanted | None:
    """The objectives on percentiles of the one kind of request that a miss is about; None where it is something else.

    Args:
        topology: with its objectives.
        miss: what is missed.
        margin: the part by which times stay below their objectives.
    """
    classes = list(topology.request_classes)
    name = classes[0] if miss.subject == TOTAL and len(classes) == 1 else miss.subject
    comparisons = [slo.objective for slo in topology.slos] + [opposite(alert.when) for alert in topology.alerts]
    bounds = [
        Bound(float(one.threshold) * (1.0 - margin), 1.0 - one.metric.percentile)
        for one in comparisons
        if one.metric.subject in (miss.subject, name)
        and one.metric.percentile is not None
        and one.operator.bounds_above
    ]
    asked = any(str(one.metric) == miss.metric and one.metric.percentile is not None for one in comparisons)
    return Wanted(name, bounds) if name in classes and bounds and asked else None


class Merging:
    """Joins the call graph of one kind of request.

    Attributes:
        trials: what is planned for.
        orders: each component's menu and laws.
        request: the kind of request and its objectives.
    """

    def __init__(self, trials: Trials, orders: Mapping[str, Slowness], request: Wanted) -> None:
        self.trials = trials
        self.orders = orders
        self.request = request
        last = max(bound.time for bound in request.bounds) * (1.0 + BAND)
        self.grid = Grid(1.02 * last / (POINTS - 2), POINTS, near=True)
        self._situations = [Situation(trials.topology, state, trials.rate, scv=trials.scv) for state in trials.states]
        self._met: set[str] = set()
        self._most = np.full(2, np.inf)
        self._laws: dict[tuple[str, int], tuple[Spectrum, Array]] = {}
        self._floors = {name: _prices(order.menu)[0, :2] for name, order in orders.items()}

    @property
    def _model(self) -> Model:
        return next(iter(self.orders.values())).models[0]

    @property
    def floor(self) -> Array:
        """What every plan costs at least (cost, cores without a price)."""
        return np.asarray(np.sum([np.zeros(2), *self._floors.values()], axis=0))

    def plans(self, most: Array) -> Iterator[tuple[Plan, Array]]:
        """Choices by price that may hold the objectives, the cheapest first.

        Args:
            most: the price (cost, cores without a price) that no plan may exceed.

        Raises:
            NoneHoldsError: no choice holds the objectives within that price.
            LookupError: a request meets a component at several places.
            TooManyError: there are more choices than can be joined.
        """
        self._most = most
        self._met = set()
        one, other = self._joined(self._factors())
        prices = np.round(one.prices[:, None, :] + other.prices[None, :, :], DIGITS)
        holds = self._holds_together(one, other)
        rows, columns = np.nonzero(holds & within(prices, self._left_for((*one.names, *other.names))))
        found = prices[rows, columns]
        for index in np.lexsort(found.T[::-1]).tolist():
            names = one.names + other.names
            chosen = np.concatenate([one.choices[rows[index]], other.choices[columns[index]]])
            plan: dict[str, Option] = {
                name: self.orders[name].menu.option(int(choice)) for name, choice in zip(names, chosen, strict=True)
            }
            yield plan, found[index]

    def _left_for(self, names: Sequence[str], beside: Sequence[Front] = ()) -> Array:
        """What these components may cost at most when everything else costs as little as it can."""
        least = [front.prices[:, :2].min(axis=0) for front in beside]
        known = {*names, *(name for front in beside for name in front.names)}
        least += [floor for name, floor in self._floors.items() if name not in known]
        return np.asarray(self._most - np.sum([np.zeros(2), *least], axis=0))

    def _factors(self) -> list[Front]:
        """The pieces that follow each other, the last one being what network and clients add."""
        streams = self._model.streams_of(self.request.name)
        network = self._model.network
        task = network.streams[streams[0][0]].task
        if any(network.streams[index].task != task for index, _ in streams):
            raise LookupError("requests of one kind start differently")
        self._forbid_repeats(streams[0][0])
        graph = CallGraph(network, self.grid, len(self.trials.states), self._atom)
        pieces = graph.factors(task)
        nothing = np.ones(self.grid.points + 1, dtype=complex)
        ways = [
            part * reduce(np.multiply, [self.grid.law(law) for law in network.streams[index].delays], nothing)
            for index, part in streams
        ]
        way = np.sum(ways, axis=0)
        return [*pieces, constant(self.grid, way[None, :], (0,) * len(self.trials.states))]

    def _forbid_repeats(self, stream: int) -> None:
        """Waits of repeat visits depend on each other, and so on all that lies between."""
        outcome = self._model.outcome(self.trials.rate)
        used = self._model.traffic.awaited[stream] @ self._model.traffic.arrivals
        if any(used[station] > 1.0 + 1e-9 for station in outcome.repeated):
            raise LookupError("a request comes to a queue several times")

    def _atom(self, task: int) -> Front:
        """A task's own waits and services, for every option of its component."""
        host = self._model.topology.host(self._model.jobs[task].component).name
        if host in self._met:
            raise LookupError(f"a request meets {host} at several places")
        self._met.add(host)
        if host in self.orders:
            return self._of_unit(host, task)
        component = self._model.topology.component(host)
        rows = _alike([state.left(component, whole(component)) for state in self.trials.states])
        situations = [self._situations[rows.index(row)] for row in range(max(rows) + 1)]
        return constant(self.grid, np.stack([self._fixed(situation, task) for situation in situations]), rows)

    def _fixed(self, situation: Situation, task: int) -> Spectrum:
        """The law of a task of a component that does not change, in one state."""
        outcome = situation.solved.outcome
        law = np.ones(self.grid.points + 1, dtype=complex)
        for visit in outcome.network.tasks[task].visits:
            wait = None if visit.station is None else outcome.stays[visit.station].wait
            if wait is not None:
                law = law * wait.transform(self.grid, np.zeros(1, dtype=np.intp))[0]
            if visit.law.mean > 0.0:
                law = law * self.grid.law(visit.law)
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
        price = _prices(order.menu)
        for index in np.flatnonzero(within(price, self._left_for([name]))).tolist():
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
        for visit in order.on(kind).model.network.tasks[task].visits:
            if visit.law.mean > 0.0:
                law = law * self.grid.law(visit.law)
        return law

    def _above(self, laws: Spectrum) -> Array:
        return np.asarray(1.0 - np.cumsum(self.grid.masses(laws), axis=1)[:, :: POINTS // 128]).ravel()

    def _joined(self, pieces: list[Front]) -> tuple[Front, Front]:
        """Pieces joined, the shortest fronts first, until two are left."""
        fronts = self._sieved(pieces)
        while len(fronts) > 2:
            fronts.sort(key=len)
            one, other, *rest = fronts
            self.trials.tick()
            joined = one.then(other, self._left_for((*one.names, *other.names), rest))
            fronts = self._sieved([joined, *rest])
            fronts[0] = fronts[0].pruned()
        return (fronts[0], fronts[1]) if len(fronts) == 2 else (fronts[0], self._none())

    def _none(self) -> Front:
        nothing = np.ones((1, self.grid.points + 1), dtype=complex)
        return constant(self.grid, nothing, (0,) * len(self.trials.states))

    def _sieved(self, fronts: list[Front]) -> list[Front]:
        """Without choices that are too slow even beside the best of all others."""
        for index, front in enumerate(fronts):
            others = [other for k, other in enumerate(fronts) if k != index]
            pairs = {(front.rows[k], tuple(other.rows[k] for other in others)) for k in range(len(front.rows))}
            holds = np.ones(len(front), dtype=bool)
            for row, rows in sorted(pairs):
                best = (other.best[k] for k, other in zip(rows, others, strict=True))
                rest = reduce(np.multiply, best, np.ones(self.grid.points + 1, dtype=complex))
                holds &= self._hold(front.masses[row], self.grid.masses(rest)[None, :])[:, 0]
            if not np.any(holds):
                raise NoneHoldsError
            if not np.all(holds):
                fronts[index] = front.kept(holds)
        return fronts

    def _place(self, bound: Bound) -> tuple[float, int]:
        """Where on the grid a little beyond a bound's time lies, and the cell before it."""
        place = bound.time * (1.0 + BAND) / self.grid.step - 0.5
        return place, int(place)

    def _holds_together(self, one: Front, other: Front) -> Mask:
        """(choices, choices) whether both together hold every bound in every state."""
        holds = np.ones((len(one), len(other)), dtype=bool)
        for left, right in dict.fromkeys(zip(one.rows, other.rows, strict=True)):
            holds &= self._hold(one.masses[left], other.masses[right])
        return holds

    def _hold(self, one: Array, other: Array) -> Mask:
        """(choices, choices) whether the sum of two times holds every bound, all of the one with all of the other."""
        holds = np.ones((len(one), len(other)), dtype=bool)
        tails = 1.0 - np.cumsum(other, axis=1)
        for bound in self.request.bounds:
            place, cell = self._place(bound)
            start, end = (np.maximum(_above_at(one, tails, k), 1e-300) for k in (cell, cell + 1))
            holds &= start * (end / start) ** (place - cell) <= bound.above
        return holds


def _alike(keys: Sequence[Hashable]) -> tuple[int, ...]:
    """The same number for equal ones, from 0 on in the order in which they appear."""
    known = list(dict.fromkeys(keys))
    return tuple(known.index(key) for key in keys)


def _lefts(menu: Menu, state: State) -> tuple[Left, ...]:
    """What is left of each size on a menu in a state, connections aside."""
    sizes = np.unique(np.stack([menu.replicas, menu.readers], axis=1), axis=0).tolist()
    component = menu.unit.freedom.component
    return tuple(state.left(component, Left(*size))._replace(surge=0) for size in sizes)


def _prices(menu: Menu) -> Array:
    """(options, levels) what each option costs."""
    return np.stack([menu.cost, menu.unpriced, menu.changes, menu.machines], axis=1).astype(float)


def _above_at(masses: Array, tails: Array, cell: int) -> Array:
    """(choices, choices) P(A + B > (cell + 1/2) h)."""
    beyond = 1.0 - masses[:, : cell + 1].sum(axis=1)
    return np.asarray(masses[:, : cell + 1] @ tails[:, cell::-1].T + beyond[:, None])


def _outdone(above: Array, tails: list[Array]) -> bool:
    return bool(tails) and bool(np.any(np.all(np.stack(tails) <= above + 1e-7, axis=1)))
