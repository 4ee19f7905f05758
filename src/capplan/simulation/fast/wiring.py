"""Instructions, and those of calls."""

from collections.abc import Callable, Sequence
from math import inf

from capplan.queueing.network import ENDLESS, Call
from capplan.simulation.fast import tables as t
from capplan.simulation.fast.wells import Wells
from capplan.simulation.patience import BURST
from capplan.simulation.streams import Draw


class Wiring:
    """Instructions as they are made.

    Attributes:
        code, real: the instructions.
        ways, bounds: what they refer to.
        entries: the instruction that begins a run of each task.
        budgets: what is saved for repeats to begin with, for each call.
        lines: for each call with a timeout, the instruction of its timer.
        origin: of how many replicas the run that calls is at one.
        pooled: whose waits for connections those of its calls are.
        most: so many tokens one instruction makes at most.
    """

    def __init__(self, wells: Wells) -> None:
        self.wells = wells
        self.code: list[list[int]] = []
        self.real: list[list[float]] = []
        self.ways: list[int] = []
        self.bounds: list[float] = []
        self.entries: list[int] = []
        self.budgets: list[float] = []
        self.lines: list[int] = []
        self.origin, self.pooled, self.most = 1, 0, 2
        self.vanish = self.add(t.VANISH)

    def add(self, what: int, *columns: int, real: Sequence[float] = ()) -> int:
        """One more instruction."""
        self.code.append([what, *columns, *[0] * (t.CODE - 1 - len(columns))])
        self.real.append([*real, *[0.0] * (t.REAL - len(real))])
        return len(self.code) - 1

    def led(self, ways: Sequence[int]) -> int:
        """Where some ways on are listed."""
        self.ways += ways
        self.most = max(self.most, len(ways))
        return len(self.ways) - len(ways)

    def bounded(self, bounds: Sequence[float]) -> int:
        """Where some bounds are listed."""
        self.bounds += bounds
        return len(self.bounds) - len(bounds)

    def call(self, call: Call, pool: tuple[int, int], after: tuple[int, int], name: str) -> int:
        """A call as often as it says; pool: which, and how its replica is found; after: the next step, and the end."""
        source, count, part = self._number(call, name)
        if not call.waits:
            once = Call(call.task, delays=call.delays, pool=call.pool, patience=call.patience)
            self.most = max(self.most, count + 1)
            begin = self.call(once, pool, (self.vanish, self.vanish), name)
            return self.add(t.SEND, source, count, begin, after[0], real=(part,))
        plain = call.pool is None and call.patience == ENDLESS
        ask = self._plain(call, after, name) if plain else self._patient(call, pool, after, name)
        return self.add(t.COUNT, source, count, ask, after[0], real=(part,))

    def _number(self, call: Call, name: str) -> tuple[int, int, float]:
        count = int(call.count + 1e-12)
        part = call.count - count
        return (-1, count, 0.0) if part < 1e-12 else (self.wells.uniform(f"{name}/count"), count, part)

    def _way(self, call: Call, name: str) -> int:
        laws = [law for law in call.delays if law.mean > 0.0]
        if not laws:
            return -1
        if len(laws) == 1:
            return self.wells.times(f"{name}/way 0", laws[0])
        draws = [self.wells.sources.times(f"{name}/way {index}", law) for index, law in enumerate(laws)]
        return self.wells.draws(_sum(draws))

    def _plain(self, call: Call, after: tuple[int, int], name: str) -> int:
        ask = self.add(t.ASK, self._way(call, name), self.entries[call.task], len(self.code) + 1)
        self.add(t.ANSWERED, ask, *after)
        return ask

    def _patient(self, call: Call, pool: tuple[int, int], after: tuple[int, int], name: str) -> int:
        patience, budget = call.patience, len(self.budgets)
        self.budgets.append(BURST if patience.budget > 0.0 else 0.0)
        jitter = self.wells.uniform(f"{name}/backoff")
        first = len(self.code)
        attempt, settle = first + 1, first + 2
        heard, denied, go, connected = range(settle + 1, settle + 5)
        line = -1
        if patience.timeout < inf:
            line = len(self.lines)
            self.lines.append(settle)
        real = (patience.backoff, patience.budget)
        self.add(t.FIRST, budget, attempt, real=(patience.budget,))
        self.add(t.ATTEMPT, heard, connected, go, line, *pool, denied, real=(patience.timeout,))
        self.add(t.SETTLE, patience.retries, jitter, attempt, budget, first, *after, real=real)
        self.add(t.HEARD, pool[0], settle)
        self.add(t.HEARD, -1, settle)
        self.add(t.GO, self._way(call, name), self.entries[call.task])
        self.add(t.CONNECTED, self.pooled, go)
        return first


def _sum(draws: Sequence[Callable[[], float]]) -> Draw:
    return lambda: sum(draw() for draw in draws)
