"""What has ended, as the event loop on tables notes it: runs of tasks and requests of streams."""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.simulation.fast import tables as t
from capplan.simulation.fast.tables import Tables

ENDINGS = 4


class Log:
    """Notes that were put away.

    Attributes:
        requests: those that have ended.
    """

    def __init__(self, tasks: int, streams: int) -> None:
        self._tasks, self._streams = tasks, streams
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.requests = 0
        self._what: list[t.Ints] = []
        self._times: list[Array] = []

    def take(self, tables: Tables) -> None:
        """Put away what was noted."""
        count = int(tables.reg[t.LOGGED])
        tables.reg[t.LOGGED] = 0
        what = tables.log_what[:count].copy()
        self._what.append(what)
        self._times.append(tables.log_times[:count].copy())
        self.requests += int((what < 0).sum())

    def sorted(self) -> tuple[list[tuple[Array, Array]], list[tuple[Array, ...]]]:
        """(own and service times of each task's runs, latencies of each stream's requests by ending), in order."""
        what, times = np.concatenate(self._what), np.concatenate(self._times)
        lowest = -ENDINGS * self._streams
        kinds = (what - lowest).astype(np.uint16)
        order = np.argsort(kinds, kind="stable")
        ends = np.cumsum(np.bincount(kinds, minlength=self._tasks - lowest))
        parts = np.split(times[order], ends[:-1])
        tasks = [(part[:, 0].copy(), part[:, 1].copy()) for part in parts[-lowest:]]
        requests = [
            tuple(parts[-lowest - 1 - (ENDINGS * stream + ending)][:, 0].copy() for ending in range(ENDINGS))
            for stream in range(self._streams)
        ]
        return tasks, requests
