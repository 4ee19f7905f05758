"""What becomes of visits and runs when the replica that they are at is gone."""

from heapq import heapify, heappush
from math import inf
from typing import NamedTuple, TypeAlias

from capplan.simulation.agenda import Step, Timer, Token, vanish
from capplan.simulation.runs import REFUSED, Run
from capplan.simulation.servers import Queue, SharedQueue
from capplan.simulation.slots import SlotBook

Book: TypeAlias = Queue | SharedQueue


class Sent(NamedTuple):
    """A visit that is sent away: the run, and the step with which it goes."""

    run: Run
    refused: Step


class Ghost(Run):
    """A run that is gone with its replica: who comes back to it finds nobody."""

    __slots__ = ()

    @property
    def step(self) -> Step:
        """It does nothing any more."""
        return vanish

    @step.setter
    def step(self, step: Step) -> None:
        """Nor will it."""


def bury(run: Run) -> None:
    """Let a run be gone, whoever still knows it."""
    run.__class__ = Ghost


def emptied(queue: Book, place: int, now: float) -> list[Sent]:
    """Take everything from a replica of a station; the visits that were there, waiting or served."""
    gone = _emptied_in_order(queue, place, now) if isinstance(queue, Queue) else _emptied_shared(queue, place, now)
    queue.number[place] = 0
    queue.waiting[place].clear()
    return [Sent(run, queue.refusals[run.step]) for run in gone]


def _emptied_in_order(queue: Queue, place: int, now: float) -> list[Run]:
    gone = list(queue.waiting[place])
    queue.dropped += sum(run.work for run in gone)
    heap = queue.agenda.heap
    for index, (when, token) in enumerate(heap):
        if isinstance(token, Run) and token.step in queue.refusals and token.place == place:
            heap[index] = (when, Timer(vanish))
            queue.dropped += when - now
            gone.append(token)
    return gone


def _emptied_shared(queue: SharedQueue, place: int, now: float) -> list[Run]:
    sharer, waiting = queue.sharers[place], queue.waiting[place]
    sharer.advance(now)
    queue.dropped += sum(done - sharer.progress for done, _ in sharer.visits) + sum(work for work, _ in waiting)
    gone = [run for _, run in sharer.visits] + [run for _, run in waiting]
    sharer.visits.clear()
    sharer.progress, sharer.due = 0.0, inf
    return gone


def withdrawn(queue: Book, run: Run, now: float) -> None:
    """Take a run from a station, if it is there; who waits behind it moves up."""
    if isinstance(queue, Queue):
        _withdrawn_in_order(queue, run, now)
    else:
        _withdrawn_shared(queue, run, now)


def _withdrawn_in_order(queue: Queue, run: Run, now: float) -> None:
    heap = queue.agenda.heap
    for place, waiting in enumerate(queue.waiting):
        if run in waiting:
            waiting.remove(run)
            queue.number[place] -= 1
            queue.dropped += run.work
            return
    if run.step not in queue.refusals:
        return
    for index, (when, token) in enumerate(heap):
        if token is run:
            heap[index] = (when, Timer(vanish))
            queue.number[run.place] -= 1
            queue.dropped += when - now
            _move_up(queue, run.place, now)
            return


def _move_up(queue: Queue, place: int, now: float) -> None:
    if queue.waiting[place]:
        first = queue.waiting[place].popleft()
        heappush(queue.agenda.heap, (now + first.work, first))


def _withdrawn_shared(queue: SharedQueue, run: Run, now: float) -> None:
    for place, sharer in enumerate(queue.sharers):
        waiting = queue.waiting[place]
        served = [(done, one) for done, one in sharer.visits if one is run]
        queued = [(work, one) for work, one in waiting if one is run]
        if not served and not queued:
            continue
        sharer.advance(now)
        queue.number[place] -= 1
        queue.dropped += sum(done - sharer.progress for done, _ in served) + sum(work for work, _ in queued)
        for entry in queued:
            waiting.remove(entry)
        sharer.visits[:] = [entry for entry in sharer.visits if entry[1] is not run]
        if served and waiting:
            work, first = waiting.popleft()
            sharer.visits.append((sharer.progress + work, first))
        heapify(sharer.visits)
        if sharer.visits:
            sharer.due = sharer.expected(now)
            heappush(queue.agenda.heap, (sharer.due, sharer))
        else:
            sharer.progress, sharer.due = 0.0, inf


def unconnected(book: SlotBook, place: int) -> list[Token]:
    """Take the calls that wait for a connection of a replica away; each then goes on without one."""
    gone = list(book.waiting[place])
    book.number[place] -= len(gone)
    book.waiting[place].clear()
    for called in gone:
        called.step = book.refusals[called.step]
    return gone


def refuse(sent: Sent) -> Run:
    """Let the run of a visit that is sent away go on."""
    sent.run.ending = REFUSED
    sent.run.step = sent.refused
    return sent.run
