"""Shared servers on tables: the steps of servers.SharedQueue.

Columns of the instructions after the first: SHARE book source tally then refused manner · SHARED book
Each replica is a token of its own, and a row of `share` (progress, since, due) and of `due_t`, `due_k` (its visits).
"""

from math import inf

from capplan.simulation.fast.basics import called, draw, no_room, onward, push, short, suspend, wait
from capplan.simulation.fast.jit import inside
from capplan.simulation.fast.spreading import replica
from capplan.simulation.fast.tables import (
    ARRIVED,
    BASE,
    DUE,
    ENDING,
    FULLEST,
    LIMIT,
    MOST,
    NOTHING,
    OWN,
    PACE,
    PC,
    PLANNED,
    PROGRESS,
    SERVERS,
    SERVICE,
    SHARER,
    SINCE,
    SUSPENDED,
    TIMERS,
    WORK,
    Tables,
)
from capplan.simulation.runs import REFUSED


@inside
def share(s: Tables, run: int, now: float, pc: int) -> int:
    """Begin a visit."""
    book, source, tally = s.code[pc, 1], s.code[pc, 2], s.code[pc, 3]
    if short(s, source):
        return suspend(s, source)
    if _crowded(s):
        return no_room(s)
    place = replica(s, run, book, s.code[pc, 6])
    if place == SUSPENDED:
        return SUSPENDED
    at = s.book[book, BASE] + place
    if s.number[at] >= s.book[book, MOST]:
        s.tally[tally, 1] += 1
        s.tok[run, ENDING] = REFUSED
        return onward(s, run, s.code[pc, 5])
    work = draw(s, source)
    s.tally[tally, 0] += 1
    s.work[tally] += work
    s.val[run, SERVICE] += work
    s.number[at] += 1
    s.val[run, ARRIVED] = now
    s.tok[run, PC] = s.code[pc, 4]
    sharer = s.book[book, SHARER] + place
    row = sharer - s.reg[TIMERS]
    if s.there[row] >= s.book[book, LIMIT]:
        s.val[run, WORK] = work
        wait(s, at, run)
        return NOTHING
    _advance(s, book, row, now)
    _put(s, row, s.share[row, PROGRESS] + work, run)
    expected = _expected(s, book, row, now)
    if expected < s.share[row, DUE]:
        _plan(s, sharer, row, expected)
    return NOTHING


@inside
def shared(s: Tables, sharer: int, now: float, pc: int) -> int:
    """A visit may be done: too early where others have come since it was planned."""
    book, row = s.code[pc, 1], sharer - s.reg[TIMERS]
    if _crowded(s):
        return no_room(s)
    s.reg[PLANNED] -= 1
    if now != s.share[row, DUE]:
        return NOTHING
    _advance(s, book, row, now)
    expected = _expected(s, book, row, now)
    if expected > now:
        _plan(s, sharer, row, expected)
        return NOTHING
    s.share[row, PROGRESS] = s.due_t[row, 0]
    run = _first(s, row)
    at = s.book[book, BASE] + sharer - s.book[book, SHARER]
    s.number[at] -= 1
    s.val[run, OWN] += now - s.val[run, ARRIVED]
    if s.first[at] >= 0:
        first = called(s, at)
        _put(s, row, s.share[row, PROGRESS] + s.val[first, WORK], first)
    if s.there[row]:
        _plan(s, sharer, row, _expected(s, book, row, now))
    else:
        s.share[row, PROGRESS], s.share[row, DUE] = 0.0, inf
    return run


@inside
def _crowded(s: Tables) -> bool:
    """Whether there may be no room for another visit at a replica, or for two more plans."""
    full: bool = s.reg[FULLEST] >= s.due_t.shape[1] or s.reg[PLANNED] + 2 > len(s.heap_t) - len(s.tok)
    return full


@inside
def _advance(s: Tables, book: int, row: int, now: float) -> None:
    """Let the visits of a replica progress."""
    s.share[row, PROGRESS] += (now - s.share[row, SINCE]) * _pace(s, book, row)
    s.share[row, SINCE] = now


@inside
def _pace(s: Tables, book: int, row: int) -> float:
    """How fast each visit is."""
    there, servers, paces = s.there[row], s.book[book, SERVERS], s.book[book, PACE]
    pace: float = s.bounds[paces + there] if there <= servers else s.bounds[paces + servers + 1] / there
    return pace


@inside
def _expected(s: Tables, book: int, row: int, now: float) -> float:
    """When the first is done, as things are."""
    when: float = now + (s.due_t[row, 0] - s.share[row, PROGRESS]) / _pace(s, book, row)
    return when


@inside
def _plan(s: Tables, sharer: int, row: int, expected: float) -> None:
    s.share[row, DUE] = expected
    s.reg[PLANNED] += 1
    push(s, expected, sharer)


@inside
def _put(s: Tables, row: int, progress: float, run: int) -> None:
    """A visit among those of a replica, by the progress at which it is done: as heapq does it."""
    at = s.there[row]
    s.there[row] = at + 1
    s.reg[FULLEST] = max(s.reg[FULLEST], at + 1)
    _rise(s, row, at, progress, run)


@inside
def _rise(s: Tables, row: int, at: int, progress: float, run: int) -> None:
    while at > 0 and progress <= s.due_t[row, (at - 1) >> 1]:
        above = (at - 1) >> 1
        s.due_t[row, at], s.due_k[row, at] = s.due_t[row, above], s.due_k[row, above]
        at = above
    s.due_t[row, at], s.due_k[row, at] = progress, run


@inside
def _first(s: Tables, row: int) -> int:
    """The visit that is done first leaves: as heapq does it."""
    count = s.there[row] - 1
    s.there[row] = count
    found: int = s.due_k[row, 0]
    progress, run = s.due_t[row, count], s.due_k[row, count]
    at, below = 0, 1
    while below < count:
        if below + 1 < count and not s.due_t[row, below] <= s.due_t[row, below + 1]:
            below += 1
        s.due_t[row, at], s.due_k[row, at] = s.due_t[row, below], s.due_k[row, below]
        at = below
        below = 2 * at + 1
    _rise(s, row, at, progress, run)
    return found
