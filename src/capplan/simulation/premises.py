"""Premises: what stands at the replicas of a site, and the runs that are at home there."""

from heapq import heappush
from typing import NamedTuple

from capplan.simulation.agenda import Agenda, Step
from capplan.simulation.evictions import Book, bury, emptied, refuse, unconnected, withdrawn
from capplan.simulation.runs import REFUSED, Run
from capplan.simulation.slots import SlotBook
from capplan.simulation.spread import Chooser


class Equipment(NamedTuple):
    """What is at a site.

    Attributes:
        stations, threads: of which each replica has a part.
        pools: connections of its replicas to others.
        elsewhere: the other stations of the network.
    """

    stations: tuple[Book, ...]
    threads: tuple[SlotBook, ...]
    pools: tuple[SlotBook, ...]
    elsewhere: tuple[Book, ...]


class Stay(NamedTuple):
    """Where a run is at home, and the step that ends it when its home is gone."""

    place: int
    gone: Step


class Premises:
    """What is at the replicas of a site.

    Attributes:
        equipment: set when it has been made.
        stays: of the runs that are at home here.
    """

    def __init__(self, replicas: int, agenda: Agenda) -> None:
        self.replicas, self.agenda = replicas, agenda
        self.equipment = Equipment((), (), (), ())
        self.stays: dict[Run, Stay] = {}

    def hosting(self, choose: Chooser, gone: Step) -> Chooser:
        """A chooser that makes the replica the run's home: when that is gone, so is the run."""
        stays, replicas = self.stays, self.replicas

        def host(run: Run) -> int:
            place = choose(run)
            if place < replicas:
                stays[run] = Stay(place, gone)
            return place

        return host

    def clear(self, place: int) -> None:
        """Let all that is at a replica end as refused: those who wait for it are told at once."""
        now, heap = self.agenda.now, self.agenda.heap
        stations, threads, pools, elsewhere = self.equipment
        gone = {run: stay for run, stay in self.stays.items() if stay.place == place}
        for queue in stations:
            for sent in emptied(queue, place, now):
                if sent.run not in gone:
                    heappush(heap, (now, refuse(sent)))
        for slots in threads:
            slots.free(place, now)
        for slots in pools:
            for called in unconnected(slots, place):
                heappush(heap, (now, called))
        for run, stay in gone.items():
            for queue in elsewhere:
                withdrawn(queue, run, now)
            del self.stays[run]
            run.ending = REFUSED
            waiting = stay.gone(run, now)
            bury(run)
            if waiting is not None:
                heappush(heap, (now, waiting))

    def waiting(self) -> int:
        """Visits and runs that wait, for a server or a thread."""
        books = (*self.equipment.stations, *self.equipment.threads)
        return sum(len(line) for book in books for line in book.waiting)
