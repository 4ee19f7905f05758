"""What comes to the network on tables, the counterpart of clients.py; and the tables when all is there."""

from itertools import accumulate

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.balancing import Policy
from capplan.queueing.network import Call
from capplan.simulation.fast import tables as t
from capplan.simulation.fast.assembly import Assembly
from capplan.simulation.fast.basics import push
from capplan.simulation.fast.jit import plain
from capplan.simulation.loads import Load, Users, gaps
from capplan.simulation.programs import distinct

ROWS = 512
"""Tokens for which there are rows to begin with."""
SPARE = 64
"""Entries in the heap beyond one a token: replicas that share plan anew when visits come."""
VISITS = 8
"""Visits at a replica that shares, for which there is room to begin with."""
NOTES = 1 << 14
"""So much is noted before it is put away."""


class People:
    """Clients of a network, and what they do first.

    Attributes:
        clocks: for each stream that comes by itself: the instruction of its arrivals, its source.
        users: how many users there are, what they do when they think, the source of it.
    """

    def __init__(self, assembly: Assembly, load: Load) -> None:
        self.assembly, self.network = assembly, assembly.network
        self.wiring, self.wells = assembly.wiring, assembly.wells
        self.wiring.origin, self.wiring.pooled = 1, len(self.network.tasks)
        groups = [*(one.group for one in self.network.stations), *(one.group for one in self.network.gates)]
        hashed = any(group.policy is Policy.IP_HASH for group in groups)
        self._address = self.wells.uniform("addresses of clients") if hashed else -1
        self.clocks: list[tuple[int, int]] = []
        self.users: tuple[int, int, int] = (0, 0, 0)
        names = [f"stream {name}" for name in distinct([stream.name for stream in self.network.streams])]
        if isinstance(load, Users):
            self.users = self._live(load, names)
        for index, stream in enumerate(self.network.streams):
            gap = gaps(stream, 0.0 if isinstance(load, Users) else load, self.wells.sources, f"{names[index]}/arrivals")
            if gap is not None:
                ask = self._ask(index, names[index], self.wiring.vanish)
                source = self.wells.draws(gap)
                self.clocks.append((self.wiring.add(t.ARRIVE, source, self._address, ask, index), source))

    def _ask(self, index: int, name: str, after: int) -> int:
        """The instruction with which a client makes a request of a stream."""
        stream, done = self.network.streams[index], self.wiring.add(t.DONE, index, after)
        return self.assembly.call(Call(stream.task, delays=stream.delays, patience=stream.patience), done, done, name)

    def _live(self, users: Users, names: list[str]) -> tuple[int, int, int]:
        think = self.wells.times("thinking", users.think)
        asking = [index for index, stream in enumerate(self.network.streams) if stream.slope > 0.0]
        wish = self.wiring.add(t.WISH)
        rest = self.wiring.add(t.THINK, think, wish)
        ways = [number for index in asking for number in (self._ask(index, names[index], rest), index)]
        bounds = self.wiring.bounded(list(accumulate(self.network.streams[index].slope for index in asking)))
        which = self.wells.uniform("what users ask for")
        self.wiring.code[wish][1:6] = which, self._address, bounds, len(asking), self.wiring.led(ways)
        return users.number, wish, think

    def tables(self) -> t.Tables:
        """The tables of a network that is empty, with its clients about to come."""
        timers = [*enumerate(self.wiring.lines)]
        sharers = [self.wiring.add(t.SHARED, book) for book in self.assembly.sharers]
        rows = len(timers) + len(self.clocks) + 1 + len(sharers) + self.users[0] + ROWS
        s = _empty(self.assembly, rows)
        for number, settle in timers:
            s.tok[number, t.PC] = self.wiring.add(t.RING, number, settle)
        first = len(timers) + len(self.clocks)
        s = s._replace(code=_ints(self.wiring.code, t.CODE), real=_reals(self.wiring.real, t.REAL))
        s.reg[[t.HEAP, t.GOING, t.TIMERS]] = 1, t.NOTHING, first + 1
        s.heap_t[0], s.heap_k[0] = np.inf, first
        s.tok[first + 1 : first + 1 + len(sharers), t.PC] = sharers
        shared = s.book[:, t.LIMIT] > 0
        s.book[shared, t.SHARER] += first + 1
        free = np.arange(rows - 1, first + len(sharers), -1)
        s.free[: len(free)], s.reg[t.FREE] = free, len(free)
        for _ in range(self.users[0]):
            s.reg[t.FREE] -= 1
            self._set(s, int(s.free[s.reg[t.FREE]]), *self.users[1:])
        for number, (arrive, source) in enumerate(self.clocks):
            self._set(s, len(timers) + number, arrive, source)
        return s

    def _set(self, s: t.Tables, token: int, pc: int, source: int) -> None:
        """A token that goes on after the next time of a source."""
        s.tok[token, t.PC], s.tok[token, t.PARENT], s.tok[token, t.HOME] = pc, t.NOBODY, -1
        if s.pos[source] >= s.end[source]:
            refill(self.assembly, s, source)
        s.pos[source] += 1
        plain(push)(s, float(s.buf[source, s.pos[source] - 1]), token)


def refill(assembly: Assembly, s: t.Tables, source: int) -> None:
    """More random numbers for a source."""
    row, at, end = s.buf[source], int(s.pos[source]), int(s.end[source])
    row[: end - at] = row[at:end].copy()
    s.pos[source], s.end[source] = 0, assembly.wells.refill(source, row, end - at)


def grown(s: t.Tables) -> t.Tables:
    """The tables with twice as many rows for tokens."""
    rows = len(s.tok)
    tok, val = np.zeros((2 * rows, t.TOKEN), np.int64), np.zeros((2 * rows, t.VALUE))
    tok[:rows], val[:rows] = s.tok, s.val
    left, spare = int(s.reg[t.FREE]), 2 * (len(s.heap_t) - rows)
    free, heap_t, heap_k = (np.zeros(2 * rows + spare, kind) for kind in (np.int64, float, np.int64))
    free[:rows] = np.arange(2 * rows - 1, rows - 1, -1)
    free[rows : rows + left] = s.free[:left]
    s.reg[t.FREE] = rows + left
    heap_t[: len(s.heap_t)], heap_k[: len(s.heap_k)] = s.heap_t, s.heap_k
    due_t, due_k = np.hstack([s.due_t, np.zeros_like(s.due_t)]), np.hstack([s.due_k, np.zeros_like(s.due_k)])
    return s._replace(tok=tok, val=val, free=free, heap_t=heap_t, heap_k=heap_k, due_t=due_t, due_k=due_k)


def _empty(assembly: Assembly, rows: int) -> t.Tables:
    network, wiring, sources = assembly.network, assembly.wiring, len(assembly.wells.fills)
    gaps = np.array([*assembly.gaps(), 0.0])
    return t.Tables(
        code=np.zeros((1, t.CODE), np.int64),
        real=np.zeros((1, t.REAL)),
        ways=np.array([*wiring.ways, 0], np.int64),
        bounds=np.array([*wiring.bounds, 0.0]),
        tok=np.zeros((rows, t.TOKEN), np.int64),
        val=np.zeros((rows, t.VALUE)),
        free=np.zeros(rows + 1, np.int64),
        heap_t=np.zeros(rows + SPARE),
        heap_k=np.zeros(rows + SPARE, np.int64),
        buf=assembly.wells.rows(),
        pos=np.zeros(sources + 1, np.int64),
        end=np.zeros(sources + 1, np.int64),
        book=_ints(assembly.books, t.BOOK),
        number=np.zeros(assembly.places + 1, np.int64),
        first=np.full(assembly.places + 1, -1, np.int64),
        last=np.full(assembly.places + 1, -1, np.int64),
        turns=gaps.copy(),
        gaps=gaps,
        ends=np.zeros(len(assembly.books) + 1),
        share=np.array([[0.0, 0.0, np.inf]] * (len(assembly.sharers) + 1)),
        there=np.zeros(len(assembly.sharers) + 1, np.int64),
        due_t=np.zeros((len(assembly.sharers) + 1, VISITS)),
        due_k=np.zeros((len(assembly.sharers) + 1, VISITS), np.int64),
        tally=np.zeros((assembly.tallies[-1] + 1, 2), np.int64),
        work=np.zeros(assembly.tallies[-1] + 1),
        endings=np.zeros((len(network.tasks) + 1, 4), np.int64),
        pooled=np.zeros(len(network.tasks) + 1),
        stream=np.zeros((len(network.streams) + 1, 2), np.int64),
        budget=np.array([*wiring.budgets, 0.0]),
        line=_ints([[-1, -1, 0] for _ in wiring.lines], 3),
        bucket=_reals([[max(quota.rate * t.SECOND, 1.0), 0.0] for quota in network.quotas], 2),
        log_what=np.zeros(NOTES, np.int64),
        log_times=np.zeros((NOTES, 2)),
        reg=np.zeros(t.REGISTERS, np.int64),
        clock=np.zeros(1),
    )


def _ints(rows: list[list[int]], columns: int) -> t.Ints:
    return np.array([*rows, [0] * columns], np.int64)


def _reals(rows: list[list[float]], columns: int) -> Array:
    return np.array([*rows, [0.0] * columns])
