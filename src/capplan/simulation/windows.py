"""What was counted in a window of one replication, however it was played."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from capplan.queueing.arrays import Array
from capplan.simulation.times import Times, joined, packed


class StreamWindow(NamedTuple):
    """The requests of a stream that ended in a window.

    Attributes:
        begun: requests that arrived.
        repeats: of the requests that ended.
        times: latencies, by how the request ended (see `Ending`).
    """

    begun: int
    repeats: int
    times: tuple[Times, ...]


class TaskWindow(NamedTuple):
    """The runs of a task that ended in a window.

    Attributes:
        endings: how many, by how they ended.
        own: time of each served run at the task's own stations, gate and delays.
        waits: how much of each of these was no service.
        served: the service of all of them together (s).
        pooled: what its calls waited for connections, all together (s).
        visits, work: how often its visits began, and the service that they asked for (s), visit by visit.
        refused: visits that found no room.
    """

    endings: tuple[int, ...]
    own: Times
    waits: Times
    served: float
    pooled: float
    visits: tuple[int, ...]
    work: tuple[float, ...]
    refused: int


class GateWindow(NamedTuple):
    """A gate in a window: the part of its slots that was held, runs that asked and those refused.

    Attributes:
        ready: the part of its replicas that was there to have slots held, on average; `held` is of that.
    """

    held: float
    asked: int
    refused: int
    ready: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was counted in one window of one replication.

    Attributes:
        seconds: its length.
        busy: for each station, the part of its servers that was busy.
        ready: for each station, the part of its replicas that was there to work, on average; `busy` is of that. Empty:
            all of them.
        events: what happened in it.
        warmup: requests that had ended before it.
    """

    seconds: float
    streams: tuple[StreamWindow, ...]
    tasks: tuple[TaskWindow, ...]
    busy: tuple[float, ...]
    gates: tuple[GateWindow, ...]
    events: int
    warmup: int
    ready: tuple[float, ...] = ()


def waits(own: Array, served: Array) -> Array:
    """What is left of each time after service; rounding leaves no waits below zero."""
    return np.maximum(own - served, 0.0)


def in_little_room(window: Window) -> Window:
    """A window whose times are packed where they are many."""
    return replace(
        window,
        streams=tuple(one._replace(times=tuple(map(packed, one.times))) for one in window.streams),
        tasks=tuple(one._replace(own=packed(one.own), waits=packed(one.waits)) for one in window.tasks),
    )


def merged(windows: Sequence[Window]) -> Window:
    """Windows that follow each other as a single one.

    Busy and held parts are weighted with the replicas that were there, for as long as they were.

    Raises:
        ValueError: there are none.
    """
    if not windows:
        raise ValueError("there is no window to merge")
    first = windows[0]
    stations, seconds = range(len(first.busy)), [window.seconds for window in windows]
    parts = [[window.ready[station] if window.ready else 1.0 for window in windows] for station in stations]
    busy = [[window.busy[station] for window in windows] for station in stations]
    return Window(
        seconds=sum(seconds),
        streams=tuple(map(_stream, zip(*(window.streams for window in windows), strict=True))),
        tasks=tuple(map(_task, zip(*(window.tasks for window in windows), strict=True))),
        busy=tuple(_weighted(busy[station], parts[station], seconds) for station in stations),
        gates=tuple(_gate(gates, seconds) for gates in zip(*(window.gates for window in windows), strict=True)),
        events=sum(window.events for window in windows),
        warmup=first.warmup,
        ready=tuple(_weighted(part, None, seconds) for part in parts) if any(one.ready for one in windows) else (),
    )


def _weighted(values: Sequence[float], parts: Sequence[float] | None, seconds: Sequence[float]) -> float:
    """The mean of values over windows of some seconds, of which each counts for a part; 0 where none counts."""
    weights = [part * time for part, time in zip(parts or [1.0] * len(seconds), seconds, strict=True)]
    total = sum(weights)
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / total if total else 0.0


def _stream(streams: Sequence[StreamWindow]) -> StreamWindow:
    times = zip(*(stream.times for stream in streams), strict=True)
    begun, repeats = sum(one.begun for one in streams), sum(one.repeats for one in streams)
    return StreamWindow(begun, repeats, tuple(map(joined, times)))


def _task(tasks: Sequence[TaskWindow]) -> TaskWindow:
    return TaskWindow(
        endings=tuple(map(sum, zip(*(task.endings for task in tasks), strict=True))),
        own=joined(task.own for task in tasks),
        waits=joined(task.waits for task in tasks),
        served=sum(task.served for task in tasks),
        pooled=sum(task.pooled for task in tasks),
        visits=tuple(map(sum, zip(*(task.visits for task in tasks), strict=True))),
        work=tuple(map(sum, zip(*(task.work for task in tasks), strict=True))),
        refused=sum(task.refused for task in tasks),
    )


def _gate(gates: Sequence[GateWindow], seconds: Sequence[float]) -> GateWindow:
    ready = [gate.ready for gate in gates]
    held = _weighted([gate.held for gate in gates], ready, seconds)
    asked, refused = sum(gate.asked for gate in gates), sum(gate.refused for gate in gates)
    return GateWindow(held, asked, refused, _weighted(ready, None, seconds))
