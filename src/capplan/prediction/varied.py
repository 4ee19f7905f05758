"""A model under a load that varies and repeats: the laws of every request class step by step, and over the period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from capplan.prediction.courses import Course, Critical, course, critical
from capplan.prediction.load_points import FEW, LoadPoints, load_points
from capplan.prediction.model import Model
from capplan.prediction.period_records import How
from capplan.prediction.solved import USUAL, Solved, solve_model
from capplan.queueing.arrays import Array
from capplan.queueing.pooling import Part, late, pooled_mean, pooled_quantiles, rows_of
from capplan.queueing.tails import Layer, Tail, mixture_quantiles

LARGE = 250
"""In meshes of more tasks fewer loads are solved."""
IDLE = 1e-6
"""A step without load is solved at this part of the largest load, and weighs nothing."""


@dataclass(frozen=True)
class Way:
    """The classes that turn on one queue: how it follows the load, and the model solved beside it.

    Attributes:
        visits: by stream, how often a request of it comes to the queue.
    """

    course: Course
    points: LoadPoints
    solved: Solved
    visits: Array

    def steps(self, stream: int, levels: tuple[float, float]) -> list[Part]:
        """A stream's law in each step, as parts of a mixture."""
        tail, points = self.solved.tail(stream, levels), self.points
        if self.course.waits is None:
            above = np.minimum(points.below + 1, len(points.loads) - 1)
            return [(1.0 - points.part, rows_of(tail, points.below)), (points.part, rows_of(tail, above))]
        nearest = points.below + (points.part > 0.5)
        return [(np.ones(len(nearest)), late(rows_of(tail, nearest), self._waits(self.course.waits, stream)))]

    def pooled(self, stream: int, levels: tuple[float, float], weights: Array) -> list[Part]:
        """A stream's law over the period, as parts of a mixture with these weights of the steps."""
        if self.course.waits is None:
            return [(self.points.weights(weights), self.solved.tail(stream, levels))]
        return [(weights * part, tail) for part, tail in self.steps(stream, levels)]

    def _waits(self, waits: Tail, stream: int) -> Tail:
        """What comes on top of one request: once, or at each of its visits to the queue."""
        if not self.course.per_visit:
            return waits
        visits = max(float(self.visits[stream]), 1e-9)
        layers = [Layer(layer.steps * visits, layer.values) for layer in (waits.whole, *waits.near)]
        return Tail(waits.mean * visits, layers[0], tuple(layers[1:]))


@dataclass(frozen=True)
class Varied:
    """A model at (N,) loads, each for `step` seconds, that come again and again."""

    model: Model
    loads: Array
    step: float

    @cached_property
    def weights(self) -> Array:
        """(N,) the part of all requests that comes in each step."""
        return np.asarray(self.loads / self.loads.sum())

    @cached_property
    def ways(self) -> dict[str, Way]:
        """By request class; classes that the stationary laws hold for share one."""
        found: dict[str, Way] = {}
        made: dict[Critical, Way] = {}
        for name in self.model.topology.request_classes:
            queue = self._critical(name)
            if queue not in made:
                made[queue] = self._way(queue)
            found[name] = made[queue]
        return found

    @cached_property
    def plain(self) -> Way:
        """Everything at its stationary law, step by step."""
        floor = IDLE * float(self.loads.max())
        capacity = min((self._critical(name).capacity for name in self.model.topology.request_classes), default=np.inf)
        points = load_points(np.maximum(self.loads, floor), capacity, self._most)
        nothing = course(self.model, Critical(None, np.inf), self.loads, self.step)
        return Way(nothing, points, solve_model(self.model, points.loads), np.zeros(len(self.model.network.streams)))

    @property
    def _most(self) -> int | None:
        return FEW if len(self.model.network.tasks) > LARGE else None

    def _critical(self, name: str) -> Critical:
        return critical(self.model, [stream for stream, _ in self.model.streams_of(name)])

    def _way(self, queue: Critical) -> Way:
        floor = IDLE * float(self.loads.max())
        found = course(self.model, queue, np.maximum(self.loads, floor), self.step)
        if found.waits is None or found.station is None:
            return replace(self.plain, course=found)
        visits = self.model.traffic.awaited @ self.model.traffic.arrivals[:, found.station]
        model = _without_wait(self.model, found.station) if found.per_visit else self.model
        points = load_points(found.loads, found.capacity, self._most)
        return Way(found, points, solve_model(model, points.loads), np.asarray(visits))

    # all requests of some classes

    def mean(self, names: Sequence[str]) -> float:
        """Over the period; inf where it has no bound."""
        return pooled_mean(self._pooled(names, USUAL))

    def quantiles(self, names: Sequence[str], levels: Sequence[float]) -> Array:
        """(Q,) percentiles over the period."""
        return pooled_quantiles(self._pooled(names, _asked(levels)), levels)

    def step_means(self, names: Sequence[str]) -> Array:
        """(N,) in each step."""
        total = np.zeros(len(self.loads))
        for part, way, stream in self._streams(names):
            if way.course.waits is None:
                total = total + part * way.points.at(way.solved.tail(stream).mean)
            else:
                total = total + part * way.steps(stream, USUAL)[0][1].mean
        return total

    def step_quantiles(self, names: Sequence[str], levels: Sequence[float]) -> Array:
        """(N, Q) in each step."""
        way = next(iter(self.ways.values()))
        if all(self.ways[name].course.waits is None for name in names):
            found = way.solved.request_quantiles(names, levels)
            return np.stack([way.points.at(found[:, column]) for column in range(len(levels))], axis=1)
        asked = _asked(levels)
        parts = [
            (share * weight, tail)
            for share, way, stream in self._streams(names)
            for weight, tail in way.steps(stream, asked)
        ]
        return mixture_quantiles(parts, levels)

    def step_success(self, names: Sequence[str]) -> Array:
        """(N,) fraction of the requests that succeed, in each step."""
        parts = ((part, way.points.at(way.solved.request_success([name]))) for name, part, way in self._parts(names))
        return np.asarray(sum(part * success for part, success in parts))

    def step_throughput(self, names: Sequence[str]) -> Array:
        """(N,) part of the requests that come in each step which gets through, sooner or later."""
        return np.asarray(sum(part * self._through(name, way) for name, part, way in self._parts(names)))

    def _through(self, name: str, way: Way) -> Array:
        through = way.points.at(way.solved.request_throughput([name]) / way.solved.request_rate([name]))
        if way.course.how is How.ENDLESS:
            through = through * way.course.capacity / float(self.loads.mean())
        return through

    def _parts(self, names: Sequence[str]) -> Iterator[tuple[str, float, Way]]:
        """(class, its part of the requests of these classes, how it fares)."""
        streams = self.model.network.streams
        slopes = {name: sum(streams[k].slope for k, _ in self.model.streams_of(name)) for name in names}
        whole = sum(slopes.values())
        for name in names:
            if slopes[name] > 0.0:
                yield name, slopes[name] / whole, self.ways[name]

    def _streams(self, names: Sequence[str]) -> Iterator[tuple[float, Way, int]]:
        """(its part of the requests of these classes, how it fares, the stream)."""
        for name, part, way in self._parts(names):
            for stream, share in self.model.streams_of(name):
                yield part * share, way, stream

    def _pooled(self, names: Sequence[str], levels: tuple[float, float]) -> list[Part]:
        return [
            pooled
            for part, way, stream in self._streams(names)
            for pooled in way.pooled(stream, levels, part * self.weights)
        ]


def _asked(levels: Sequence[float]) -> tuple[float, float]:
    return min(*levels, USUAL[0]), max(*levels, USUAL[1])


def _without_wait(model: Model, station: int) -> Model:
    """The model with visits to a station that are served at once."""
    tasks = tuple(
        task._replace(visits=tuple(v._replace(station=None) if v.station == station else v for v in task.visits))
        for task in model.network.tasks
    )
    return replace(model, network=replace(model.network, tasks=tasks))
