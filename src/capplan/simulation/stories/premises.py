"""Premises: what stands at the replicas of a site, and the runs that are at home there."""

from heapq import heappush
from typing import NamedTuple

from capplan.simulation.agenda import Agenda, Step, Token, vanish
from capplan.simulation.runs import REFUSED, Run
from capplan.simulation.slots import SlotBook
from capplan.simulation.spread import Chooser
from capplan.simulation.stories.evictions import Book, bury, emptied, refuse, unconnected, withdrawn


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


class Notice(Token):
    """Tells who waits for a run that is gone.

    Attributes:
        run: that is gone.
        back: the step that its end goes on with.
    """

    __slots__ = ("back", "run")

    def __init__(self, run: Run, back: Step) -> None:
        self.step, self.run, self.back = _tell, run, back


def _tell(notice: Notice, now: float) -> Token | None:
    return notice.back(notice.run, now)


def told(end: Step) -> Step:
    """The end of a run that is gone: it gives back who goes on, but does not let them yet."""

    def gone(run: Run, now: float) -> Token | None:
        back = run.back
        if back is None:
            return end(run, now)
        run.back = vanish
        end(run, now)
        return Notice(run, back)

    return gone
