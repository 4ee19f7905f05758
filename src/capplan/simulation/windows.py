"""What was counted in a window of one replication, however it was played."""

from dataclasses import dataclass
from typing import NamedTuple

from capplan.queueing.arrays import Array


class StreamWindow(NamedTuple):
    """The requests of a stream that ended in a window.

    Attributes:
        begun: requests that arrived.
        repeats: of the requests that ended.
        times: latencies, by how the request ended (see `Ending`).
    """

    begun: int
    repeats: int
    times: tuple[Array, ...]


class TaskWindow(NamedTuple):
    """The runs of a task that ended in a window.

    Attributes:
        endings: how many, by how they ended.
        own: time of each served run at the task's own stations, gate and delays.
        served: how much of it was service.
        pooled: what its calls waited for connections, all together (s).
        visits, work: how often its visits began, and the service that they asked for (s), visit by visit.
        refused: visits that found no room.
    """

    endings: tuple[int, ...]
    own: Array
    served: Array
    pooled: float
    visits: tuple[int, ...]
    work: tuple[float, ...]
    refused: int


class GateWindow(NamedTuple):
    """A gate in a window: the part of its slots that was held, runs that asked and those refused."""

    held: float
    asked: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was counted in one window of one replication.

    Attributes:
        seconds: its length.
        busy: for each station, the part of its servers that was busy.
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
