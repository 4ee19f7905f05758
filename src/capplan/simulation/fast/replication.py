"""One replication on tables: the same as engine.Replication, and the same result."""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.network import Network
from capplan.simulation.fast import tables as t
from capplan.simulation.fast.assembly import Assembly, slowed
from capplan.simulation.fast.log import Log
from capplan.simulation.fast.loop import play
from capplan.simulation.fast.people import People, grown, refill
from capplan.simulation.loads import Load
from capplan.simulation.streams import Sources
from capplan.simulation.windows import GateWindow, StreamWindow, TaskWindow, Window, waits


class TableReplication:
    """A network being played out on tables."""

    def __init__(self, network: Network, load: Load, sources: Sources) -> None:
        self.network = network
        self.assembly = Assembly(network, sources)
        self.tables = People(self.assembly, load).tables()
        self.log = Log(len(network.tasks), len(network.streams))
        self._since, self._events, self._warmup, self._now = 0.0, 0, 0, 0.0
        self._unfinished = [0.0 for _ in network.stations]
        self._held = [0.0 for _ in network.gates]

    def play(self, seconds: float) -> None:
        """Let everything happen that does in the next seconds."""
        self._now += seconds
        while not play(self.tables, self._now):
            need = int(self.tables.reg[t.NEED])
            if need == t.MORE_ROOM:
                self.tables = grown(self.tables)
            elif need == t.EMPTY_LOG:
                self.log.take(self.tables)
            else:
                refill(self.assembly, self.tables, need)

    def clear(self) -> None:
        """Count anew from here: the end of the warm-up."""
        s = self.tables
        self.log.take(s)
        self._warmup += self.log.requests
        self.log.clear()
        for counts in (s.tally, s.work, s.endings, s.pooled, s.stream):
            counts[:] = 0
        self._unfinished = self.unfinished()
        self._held = self.held()
        s.book[:, t.ASKED : t.REFUSALS + 1] = 0
        self._since, self._events = self._now, int(s.reg[t.EVENTS])

    def unfinished(self) -> list[float]:
        """Work that has come to each station and is not done yet (s)."""
        s, found = self.tables, []
        count = int(s.reg[t.HEAP])
        times, doing = s.heap_t[:count].tolist(), s.code[s.tok[s.heap_k[:count], t.PC]]
        leaving = np.where(doing[:, 0] == t.LEAVE, doing[:, 1], -1).tolist()
        for index, station in enumerate(self.network.stations):
            if slowed(station):
                found.append(self._shared(index))
                continue
            base = int(s.book[index, t.BASE])
            waiting = sum(work for place in range(station.group.replicas) for work in self._waiting(base + place))
            found.append(
                waiting + sum(time - self._now for time, at in zip(times, leaving, strict=True) if at == index)
            )
        return found

    def _shared(self, index: int) -> float:
        """The same where visits slow each other down."""
        s, total = self.tables, 0.0
        replicas, base = int(s.book[index, t.REPLICAS]), int(s.book[index, t.BASE])
        first = int(s.book[index, t.SHARER] - s.reg[t.TIMERS])
        for row in range(first, first + replicas):
            passed = self._now - float(s.share[row, t.SINCE])
            progress = float(s.share[row, t.PROGRESS]) + passed * self._pace(index, int(s.there[row]))
            s.share[row, t.PROGRESS], s.share[row, t.SINCE] = progress, self._now
            total += sum(done - progress for done in s.due_t[row, : int(s.there[row])].tolist())
        return total + sum(work for place in range(replicas) for work in self._waiting(base + place))

    def _pace(self, index: int, there: int) -> float:
        """How fast each of the visits at a replica of a station is."""
        s = self.tables
        servers, paces = int(s.book[index, t.SERVERS]), int(s.book[index, t.PACE])
        return float(s.bounds[paces + there] if there <= servers else s.bounds[paces + servers + 1] / there)

    def _waiting(self, place: int) -> list[float]:
        """The work that waits at a replica."""
        found, who = [], int(self.tables.first[place])
        while who >= 0:
            found.append(float(self.tables.val[who, t.WORK]))
            who = int(self.tables.tok[who, t.NEXT])
        return found

    def held(self) -> list[float]:
        """Seconds for which the slots of each gate have been held since the start."""
        s, first = self.tables, len(self.network.stations)
        found = []
        for book in range(first, first + len(self.network.gates)):
            base, replicas, slots = (int(number) for number in s.book[book, t.BASE : t.SERVERS + 1])
            holders = sum(min(there, slots) for there in s.number[base : base + replicas].tolist())
            found.append(float(s.ends[book]) + holders * self._now)
        return found

    def window(self) -> Window:
        """What was counted since it was cleared."""
        s, seconds, log = self.tables, self._now - self._since, self.log
        log.take(s)
        tasks, streams = log.sorted()
        begun = s.stream.tolist()
        return Window(
            seconds=seconds,
            streams=tuple(StreamWindow(begun[i][0], begun[i][1], times) for i, times in enumerate(streams)),
            tasks=tuple(self._task(index, own, served) for index, (own, served) in enumerate(tasks)),
            busy=tuple(
                work / (station.capacity * seconds)
                for station, work in zip(self.network.stations, self._busy(), strict=True)
            ),
            gates=tuple(self._gate(index, held, seconds) for index, held in enumerate(self.held())),
            events=int(s.reg[t.EVENTS]) - self._events,
            warmup=self._warmup,
        )

    def _task(self, index: int, own: Array, served: Array) -> TaskWindow:
        s = self.tables
        rows = slice(self.assembly.tallies[index], self.assembly.tallies[index + 1])
        return TaskWindow(
            endings=tuple(s.endings[index].tolist()),
            own=own,
            waits=waits(own, served),
            served=float(served.sum()),
            pooled=float(s.pooled[index]),
            visits=tuple(s.tally[rows, 0].tolist()),
            work=tuple(s.work[rows].tolist()),
            refused=int(s.tally[rows, 1].sum()),
        )

    def _gate(self, index: int, held: float, seconds: float) -> GateWindow:
        group, row = self.network.gates[index].group, self.tables.book[len(self.network.stations) + index]
        part = (held - self._held[index]) / (group.servers * group.replicas * seconds)
        return GateWindow(part, int(row[t.ASKED]), int(row[t.REFUSALS]))

    def _busy(self) -> list[float]:
        """Work done at each station: what was there, and what came, less what is left."""
        # as engine.Replication sums it, nothing being dropped, to the last digit
        done = [before - after for before, after in zip(self._unfinished, self.unfinished(), strict=True)]
        works = iter(self.tables.work.tolist())
        for task in self.network.tasks:
            for visit, work in zip(task.visits, works, strict=False):
                if visit.station is not None:
                    done[visit.station] += work
        return done
