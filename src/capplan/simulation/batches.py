"""One replication of a feed-forward network, played from arrays instead of event by event: the same law, sooner."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array, Mask
from capplan.queueing.balancing import Policy
from capplan.queueing.network import Call, Network
from capplan.simulation.arrays import Batch, Ended, Flow, Visited
from capplan.simulation.loads import Steps, arrivals
from capplan.simulation.pace import Pace
from capplan.simulation.programs import distinct
from capplan.simulation.streams import Sources
from capplan.simulation.windows import StreamWindow, TaskWindow, Window


class _Asked(NamedTuple):
    """The requests of a stream: when they began, when they ended, and whether with an error."""

    began: Array
    ended: Array
    failed: Mask


def play(network: Network, load: float | Steps, sources: Sources, pace: Pace, order: Sequence[int]) -> Window:
    """What is counted in one replication.

    Args:
        network: a feed-forward network.
        load: its load.
        sources: of random numbers.
        pace: how long the warm-up and the window are.
        order: the stations in an order in which all requests pass them.
    """
    flow = Flow(network, sources, distinct([task.name for task in network.tasks]))
    asked = _asked(flow, network, load, pace.warmup + pace.window)
    for station in order:
        flow.pass_station(station)
    return _Counted(network, flow, asked, pace).window()


def _asked(flow: Flow, network: Network, load: float | Steps, until: float) -> list[list[_Asked]]:
    """The requests of each stream, to be filled while the stations are passed."""
    found: list[list[_Asked]] = [[] for _ in network.streams]
    names = [f"stream {name}" for name in distinct([stream.name for stream in network.streams])]
    hashed = any(station.group.policy is Policy.IP_HASH for station in network.stations)
    for index, (stream, name) in enumerate(zip(network.streams, names, strict=True)):
        began = arrivals(stream, load, flow.sources, f"{name}/arrivals", until)
        keys = np.zeros(len(began))
        if hashed:
            keys = flow.sources.generator(f"{name}/addresses of clients").random(len(began))

        def done(batch: Batch, began: Array = began, mine: list[_Asked] = found[index]) -> None:
            mine.append(_Asked(began, batch.clock, batch.failed))

        flow.call(Call(stream.task, delays=stream.delays), name, Batch.at(began, keys), done)
    return found


class _Counted:
    """What falls into the window of what was played."""

    def __init__(self, network: Network, flow: Flow, asked: list[list[_Asked]], pace: Pace) -> None:
        self.network, self.flow, self.asked = network, flow, asked
        self.begin, self.end = pace.warmup, pace.warmup + pace.window

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
        return TaskWindow(
            endings=(sum(len(one.own) for one in runs) - failed, failed, 0, 0),
            own=np.concatenate([np.empty(0), *(one.own for one in runs)]),
            served=np.concatenate([np.empty(0), *(one.served for one in runs)]),
            pooled=0.0,
            visits=tuple(sum(int(one.sum()) for one in parts) for parts in came),
            work=tuple(
                sum(float(time[within].sum()) for time, within in zip(times, parts, strict=True))
                for times, parts in zip(work, came, strict=True)
            ),
            refused=0,
        )

    def _busy(self, station: int) -> float:
        """The part of a station's servers that was busy."""
        busy = 0.0
        for one in self.flow.visited.get(station, []):
            until, since = np.minimum(one.done, self.end), np.maximum(one.done - one.work, self.begin)
            busy += float(np.maximum(until - since, 0.0).sum())
        return busy / (self.network.stations[station].servers * (self.end - self.begin))


def _rows(ended: Ended, rows: Mask) -> Ended:
    return Ended(ended.clock[rows], ended.own[rows], ended.served[rows], ended.failed[rows])
