"""One replication of a feed-forward network, played from arrays instead of event by event: the same law, sooner."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Policy
from capplan.queueing.network import Call, Network
from capplan.simulation.arrays import Batch, Ended, Flow, Visited
from capplan.simulation.loads import Steps, arrivals, step_at
from capplan.simulation.outages import Down, found_down
from capplan.simulation.pace import Pace
from capplan.simulation.programs import distinct
from capplan.simulation.streams import Sources
from capplan.simulation.windows import StreamWindow, TaskWindow, Window, waits


class _Asked(NamedTuple):
    """The requests of a stream: when they began, when they ended, and whether with an error."""

    began: Array
    ended: Array
    failed: Mask


class Arrays(NamedTuple):
    """What is played from arrays.

    Attributes:
        network: a feed-forward network.
        load: its load.
        order: the stations in an order in which all requests pass them.
        downs: the states that requests may find.
    """

    network: Network
    load: float | Steps
    order: Sequence[int]
    downs: Sequence[Down] = ()


def play(network: Network, load: float | Steps, sources: Sources, pace: Pace, order: Sequence[int]) -> Window:
    """What is counted in one replication.

    Args:
        network: a feed-forward network.
        load: its load.
        sources: of random numbers.
        pace: how long the warm-up and the window are.
        order: the stations in an order in which all requests pass them.
    """
    return windows(Arrays(network, load, order), sources, [pace])[0]


def windows(played: Arrays, sources: Sources, paces: Sequence[Pace]) -> list[Window]:
    """What is counted in one replication, in each of its windows, one after the other.

    Args:
        played: the network, and what comes to it.
        sources: of random numbers.
        paces: how long each window is, and what is played before it and not counted.
    """
    network = played.network
    flow = Flow(network, sources, distinct([task.name for task in network.tasks]))
    asked = _asked(flow, played, sum(pace.warmup + pace.window for pace in paces))
    for station in played.order:
        flow.pass_station(station)
    now, found = 0.0, list[Window]()
    for pace in paces:
        begin, now = now + pace.warmup, now + pace.warmup + pace.window
        found.append(_Counted(network, flow, asked, (begin, now)).window())
    return found


def _asked(flow: Flow, played: Arrays, until: float) -> list[list[_Asked]]:
    """The requests of each stream, to be filled while the stations are passed."""
    network, load = played.network, played.load
    found: list[list[_Asked]] = [[] for _ in network.streams]
    names = [f"stream {name}" for name in distinct([stream.name for stream in network.streams])]
    each = [
        arrivals(stream, load, flow.sources, f"{name}/arrivals", until)
        for stream, name in zip(network.streams, names, strict=True)
    ]
    _clients(flow, played, each, names)
    first = 0
    for index, (stream, name, began) in enumerate(zip(network.streams, names, each, strict=True)):

        def done(batch: Batch, began: Array = began, mine: list[_Asked] = found[index]) -> None:
            mine.append(_Asked(began, batch.clock, batch.failed))

        begun = Batch.at(began, np.arange(first, first + len(began)))
        first += len(began)
        flow.call(Call(stream.task, delays=stream.delays), name, begun, done)
    return found


def _clients(flow: Flow, played: Arrays, began: Sequence[Array], names: Sequence[str]) -> None:
    """The addresses of all clients where a balancer looks at them, and what their requests find down."""
    if any(station.group.policy is Policy.IP_HASH for station in played.network.stations):
        generators = (flow.sources.generator(f"{name}/addresses of clients") for name in names)
        each = [generator.random(len(clock)) for generator, clock in zip(generators, began, strict=True)]
        flow.addresses = np.concatenate(each)
    if played.downs:
        clock = np.concatenate(began)
        flow.down = found_down(played.downs, flow.sources, step_at(played.load, clock))


class _Counted:
    """What falls into the window of what was played."""

    def __init__(self, network: Network, flow: Flow, asked: list[list[_Asked]], between: tuple[float, float]) -> None:
        self.network, self.flow, self.asked = network, flow, asked
        self.begin, self.end = between

    def window(self) -> Window:
        """All of it."""
        streams = tuple(map(self._stream, self.asked))
        visits = [one for visited in self.flow.visited.values() for one in visited]
        counted = sum(int(self._within(one.came).sum()) for one in visits)
        return Window(
            seconds=self.end - self.begin,
            streams=streams,
            tasks=tuple(self._task(index, visits) for index in range(len(self.network.tasks))),
            busy=tuple(map(self._busy, range(len(self.network.stations)))),
            gates=(),
            events=counted + sum(stream.begun for stream in streams),
            warmup=sum(int((one.ended <= self.begin).sum()) for asked in self.asked for one in asked),
        )

    def _within(self, clock: Array) -> Mask:
        return np.asarray((clock > self.begin) & (clock <= self.end))

    def _stream(self, asked: list[_Asked]) -> StreamWindow:
        begun, good, bad = 0, [np.empty(0)], [np.empty(0)]
        for one in asked:
            begun += int(self._within(one.began).sum())
            times, within = one.ended - one.began, self._within(one.ended)
            good.append(times[within & ~one.failed])
            bad.append(times[within & one.failed])
        return StreamWindow(begun, 0, (np.concatenate(good), np.concatenate(bad), np.empty(0), np.empty(0)))

    def _task(self, index: int, visits: list[Visited]) -> TaskWindow:
        runs = [_rows(one, self._within(one.clock)) for one in self.flow.ended[index]]
        failed = sum(int(one.failed.sum()) for one in runs)
        own = [one for one in visits if one.task == index]
        count = len(self.network.tasks[index].visits)
        came = [[self._within(one.came) for one in own if one.visit == visit] for visit in range(count)]
        work = [[one.work for one in own if one.visit == visit] for visit in range(count)]
        times = np.concatenate([np.empty(0), *(one.own for one in runs)])
        served = np.concatenate([np.empty(0), *(one.served for one in runs)])
        return TaskWindow(
            endings=(sum(len(one.own) for one in runs) - failed, failed, 0, 0),
            own=times,
            waits=waits(times, served),
            served=float(served.sum()),
            pooled=0.0,
            visits=tuple(sum(int(one.sum()) for one in parts) for parts in came),
            work=tuple(
                sum(float(time[within].sum()) for time, within in zip(asked, parts, strict=True))
                for asked, parts in zip(work, came, strict=True)
            ),
            refused=0,
        )

    def _busy(self, station: int) -> float:
        """The part of a station's servers that was busy."""
        busy = 0.0
        for one in self.flow.visited.get(station, []):
            until, since = np.minimum(one.done, self.end), np.maximum(one.done - one.work, self.begin)
            busy += float(np.maximum(until - since, 0.0).sum())
        most = self.network.stations[station].capacity * (self.end - self.begin)
        return busy / most if most > 0.0 else 0.0


def _rows(ended: Ended, rows: Mask) -> Ended:
    return Ended(ended.clock[rows], ended.own[rows], ended.served[rows], ended.failed[rows])
