"""The cheapest choices that hold the objectives on the time of one kind of request, by joining the call graph's pieces.

Cuts alone take very many rounds where the times of many components add up to one tight objective. Here every piece of
the call graph keeps only the choices that no other outdoes, pieces are joined until two are left, and each pair of
choices of these two is one number of a matrix product: P(A + B > t). Pairs are handed out by price; whoever takes them
looks at each exactly, so the grid needs only to be right to a part in a thousand.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from capplan.planning.atoms import Atoms
from capplan.planning.bounds import BAND, Wanted, hold
from capplan.planning.fronts import Front, NoneHoldsError, constant, within
from capplan.planning.graph import CallGraph
from capplan.planning.options import DIGITS, Option, Plan
from capplan.planning.slowness import Slowness
from capplan.planning.trials import Trials
from capplan.queueing.arrays import Array, Mask
from capplan.queueing.grid import Grid

POINTS = 1024


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
        self._atoms = Atoms(trials, orders, self.grid)
        self._most = np.full(2, np.inf)
        self._floors = {name: order.menu.prices[0, :2] for name, order in orders.items()}

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
        self._atoms.begin(lambda name: self._left_for([name]))
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
        streams = self._atoms.model.streams_of(self.request.name)
        network = self._atoms.model.network
        task = network.streams[streams[0][0]].task
        if any(network.streams[index].task != task for index, _ in streams):
            raise LookupError("requests of one kind start differently")
        self._forbid_repeats(streams[0][0])
        graph = CallGraph(network, self.grid, len(self.trials.states), self._atoms.front)
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
        outcome = self._atoms.model.outcome(self.trials.rate)
        used = self._atoms.model.traffic.awaited[stream] @ self._atoms.model.traffic.arrivals
        if any(used[station] > 1.0 + 1e-9 for station in outcome.repeated):
            raise LookupError("a request comes to a queue several times")

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
                together = hold(front.masses[row], self.grid.masses(rest)[None, :], self.request.bounds, self.grid)
                holds &= together[:, 0]
            if not np.any(holds):
                raise NoneHoldsError
            if not np.all(holds):
                fronts[index] = front.kept(holds)
        return fronts

    def _holds_together(self, one: Front, other: Front) -> Mask:
        """(choices, choices) whether both together hold every bound in every state."""
        holds = np.ones((len(one), len(other)), dtype=bool)
        for left, right in dict.fromkeys(zip(one.rows, other.rows, strict=True)):
            holds &= hold(one.masses[left], other.masses[right], self.request.bounds, self.grid)
        return holds
