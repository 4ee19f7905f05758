"""One replication: a network with its clients, played out for a while after a warm-up, and what was counted."""

import numpy as np

from capplan.queueing.network import Network
from capplan.simulation.agenda import Agenda
from capplan.simulation.clients import Clients
from capplan.simulation.loads import Load
from capplan.simulation.programs import Programs
from capplan.simulation.servers import unfinished
from capplan.simulation.streams import Sources
from capplan.simulation.windows import GateWindow, StreamWindow, TaskWindow, Window, waits


class Replication:
    """A network being played out.

    Attributes:
        programs: its tasks, queues and gates.
        clients: what comes to it.
        fates: what its requests find down; None where everything is up.
    """

    def __init__(self, network: Network, load: Load, sources: Sources, programs: Programs | None = None) -> None:
        self.network = network
        self.programs = programs or Programs(network, Agenda(), sources)
        self.agenda = self.programs.agenda
        self.fates = self.programs.fates
        self.clients = Clients(self.programs, load)
        self._since, self._events, self._warmup = 0.0, 0, 0
        self._unfinished = [0.0 for _ in network.stations]
        self._done_before = [0.0 for _ in network.stations]
        self._held = [0.0 for _ in network.gates]

    def play(self, seconds: float) -> None:
        """Let everything happen that does in the next seconds."""
        self.agenda.play(self.agenda.now + seconds)

    def clear(self) -> None:
        """Count anew from here: the end of the warm-up."""
        self._done_before = [before + now for before, now in zip(self._done_before, self._busy(), strict=True)]
        self._warmup += sum(count.ended for count in self.clients.counts)
        for stream in self.clients.counts:
            stream.clear()
        for task in self.programs.counts:
            task.clear()
        for tallies in self.programs.tallies:
            for tally in tallies:
                tally.clear()
        for queue in self.programs.queues:
            queue.dropped = 0.0
        self._unfinished = unfinished(self.programs.queues, self.agenda)
        self._held = [gate.held() for gate in self.programs.gates]
        for gate in self.programs.gates:
            gate.clear()
        self._since, self._events = self.agenda.now, self.agenda.events

    def window(self) -> Window:
        """What was counted since it was cleared."""
        seconds = self.agenda.now - self._since
        return Window(
            seconds=seconds,
            streams=tuple(
                StreamWindow(one.begun, one.repeats, tuple(map(np.array, one.times))) for one in self.clients.counts
            ),
            tasks=tuple(map(self._task, range(len(self.network.tasks)))),
            busy=tuple(
                work / (station.capacity * seconds)
                for station, work in zip(self.network.stations, self._busy(), strict=True)
            ),
            gates=tuple(map(self._gate, range(len(self.network.gates)), [seconds] * len(self.network.gates))),
            events=self.agenda.events - self._events,
            warmup=self._warmup,
        )

    def _task(self, index: int) -> TaskWindow:
        count, tallies = self.programs.counts[index], self.programs.tallies[index]
        own, served = np.array(count.own), np.array(count.served)
        return TaskWindow(
            endings=tuple(count.endings),
            own=own,
            waits=waits(own, served),
            served=float(served.sum()),
            pooled=count.pooled.work,
            visits=tuple(tally.visits for tally in tallies),
            work=tuple(tally.work for tally in tallies),
            refused=sum(tally.refused for tally in tallies),
        )

    def _gate(self, index: int, seconds: float) -> GateWindow:
        gate, group = self.programs.gates[index], self.network.gates[index].group
        held = gate.held() - self._held[index]
        return GateWindow(held / (group.servers * group.replicas * seconds), gate.asked, gate.refused)

    def done(self, station: int) -> float:
        """Work done at a station since the start (s): what came, less what is left and what was dropped."""
        return self._done_before[station] + self._busy()[station]

    def _busy(self) -> list[float]:
        """Work done at each station: what was there, and what came, less what is left."""
        queues = self.programs.queues
        done = [
            before - left - queue.dropped
            for before, left, queue in zip(self._unfinished, unfinished(queues, self.agenda), queues, strict=True)
        ]
        for task, tallies in zip(self.network.tasks, self.programs.tallies, strict=True):
            for visit, tally in zip(task.visits, tallies, strict=True):
                if visit.station is not None:
                    done[visit.station] += tally.work
        return done
