"""Visits, gates and the ends of runs on tables: the steps of servers.py, slots.py, entrances.py and programs.py.

Columns of the instructions after the first, of `real` after the semicolon:
    ENTER book source tally leave refused manner · LEAVE book then · DELAY source tally then
    GATE book manner then entered refused · ENTERED then · PERMIT bucket then refused; rate most
    END task served source gate; failure · VANISH
"""

from capplan.simulation.fast.basics import called, draw, forget, onward, push, short, suspend, wait
from capplan.simulation.fast.jit import inside
from capplan.simulation.fast.sharing import share, shared
from capplan.simulation.fast.spreading import replica
from capplan.simulation.fast.tables import (
    ANSWER,
    ARRIVED,
    ASKED,
    BASE,
    DELAY,
    EMPTY_LOG,
    END,
    ENDING,
    ENTER,
    ENTERED,
    GATE,
    HOME,
    LEAVE,
    LOGGED,
    MOST,
    NOTHING,
    OWN,
    PARENT,
    PC,
    PERMIT,
    PLACE,
    REFUSALS,
    SERVERS,
    SERVICE,
    SHARE,
    SHARED,
    SUSPENDED,
    WORK,
    Tables,
)
from capplan.simulation.runs import ERROR, REFUSED

AT_ONCE, LATER, NEVER = range(3)


@inside
def visit(s: Tables, run: int, now: float) -> int:
    """Do an instruction of a visit, a gate or an end."""
    pc = s.tok[run, PC]
    what = s.code[pc, 0]
    if what == ENTER:
        return _enter(s, run, now, pc)
    if what == LEAVE:
        return _leave(s, run, now, pc)
    if what == DELAY:
        return _delay(s, run, now, pc)
    if what == GATE:
        return _gate(s, run, now, pc)
    if what == ENTERED:
        s.val[run, OWN] += now - s.val[run, ARRIVED]
        return onward(s, run, s.code[pc, 1])
    if what == PERMIT:
        return _permit(s, run, now, pc)
    if what == END:
        return _end(s, run, now, pc)
    if what == SHARE:
        return share(s, run, now, pc)
    if what == SHARED:
        return shared(s, run, now, pc)
    forget(s, run)
    return NOTHING


@inside
def _enter(s: Tables, run: int, now: float, pc: int) -> int:
    book, source, tally = s.code[pc, 1], s.code[pc, 2], s.code[pc, 3]
    if short(s, source):
        return suspend(s, source)
    place = replica(s, run, book, s.code[pc, 6])
    if place == SUSPENDED:
        return SUSPENDED
    at = s.book[book, BASE] + place
    there = s.number[at]
    if there >= s.book[book, MOST]:
        s.tally[tally, 1] += 1
        s.tok[run, ENDING] = REFUSED
        return onward(s, run, s.code[pc, 5])
    work = draw(s, source)
    s.tally[tally, 0] += 1
    s.work[tally] += work
    s.val[run, SERVICE] += work
    s.number[at] = there + 1
    s.tok[run, PLACE] = place
    s.val[run, ARRIVED] = now
    s.tok[run, PC] = s.code[pc, 4]
    if there < s.book[book, SERVERS]:
        push(s, now + work, run)
    else:
        s.val[run, WORK] = work
        wait(s, at, run)
    return NOTHING


@inside
def _leave(s: Tables, run: int, now: float, pc: int) -> int:
    at = s.book[s.code[pc, 1], BASE] + s.tok[run, PLACE]
    s.number[at] -= 1
    if s.first[at] >= 0:
        first = called(s, at)
        push(s, now + s.val[first, WORK], first)
    s.val[run, OWN] += now - s.val[run, ARRIVED]
    return onward(s, run, s.code[pc, 2])


@inside
def _delay(s: Tables, run: int, now: float, pc: int) -> int:
    source, tally = s.code[pc, 1], s.code[pc, 2]
    if short(s, source):
        return suspend(s, source)
    time = draw(s, source)
    s.tally[tally, 0] += 1
    s.work[tally] += time
    s.val[run, OWN] += time
    s.val[run, SERVICE] += time
    s.tok[run, PC] = s.code[pc, 3]
    push(s, now + time, run)
    return NOTHING


@inside
def take(s: Tables, book: int, place: int, who: int, now: float) -> int:
    """Ask for a slot; a token that waits goes on when it has it."""
    at = s.book[book, BASE] + place
    there = s.number[at]
    s.book[book, ASKED] += 1
    if there >= s.book[book, MOST]:
        s.book[book, REFUSALS] += 1
        return NEVER
    s.number[at] = there + 1
    if there < s.book[book, SERVERS]:
        s.ends[book] -= now
        return AT_ONCE
    wait(s, at, who)
    return LATER


@inside
def give_back(s: Tables, book: int, place: int, now: float) -> None:
    """Return a slot; who has waited longest has it."""
    at = s.book[book, BASE] + place
    s.number[at] -= 1
    if s.first[at] >= 0:
        push(s, now, called(s, at))
    else:
        s.ends[book] += now


@inside
def _gate(s: Tables, run: int, now: float, pc: int) -> int:
    book = s.code[pc, 1]
    place = replica(s, run, book, s.code[pc, 2])
    if place == SUSPENDED:
        return SUSPENDED
    taken = take(s, book, place, run, now)
    if taken == AT_ONCE:
        return onward(s, run, s.code[pc, 3])
    if taken == LATER:
        s.val[run, ARRIVED] = now
        s.tok[run, PC] = s.code[pc, 4]
        return NOTHING
    s.tok[run, ENDING] = REFUSED
    return onward(s, run, s.code[pc, 5])


@inside
def _permit(s: Tables, run: int, now: float, pc: int) -> int:
    bucket = s.code[pc, 1]
    permits = min(s.bucket[bucket, 0] + (now - s.bucket[bucket, 1]) * s.real[pc, 0], s.real[pc, 1])
    s.bucket[bucket, 1] = now
    if permits < 1.0:
        s.bucket[bucket, 0] = permits
        s.tok[run, ENDING] = ERROR
        return onward(s, run, s.code[pc, 3])
    s.bucket[bucket, 0] = permits - 1.0
    return onward(s, run, s.code[pc, 2])


@inside
def _end(s: Tables, run: int, now: float, pc: int) -> int:
    task, served, source, gate = s.code[pc, 1], s.code[pc, 2], s.code[pc, 3], s.code[pc, 4]
    if source >= 0 and short(s, source):
        return suspend(s, source)
    if served:
        logged = s.reg[LOGGED]
        if logged >= len(s.log_what):
            return suspend(s, EMPTY_LOG)
        s.log_what[logged] = task
        s.log_times[logged, 0] = s.val[run, OWN]
        s.log_times[logged, 1] = s.val[run, SERVICE]
        s.reg[LOGGED] = logged + 1
    if source >= 0 and draw(s, source) < s.real[pc, 0] and s.tok[run, ENDING] < ERROR:
        s.tok[run, ENDING] = ERROR
    if gate >= 0:
        give_back(s, gate, s.tok[run, HOME], now)
    ending = min(s.tok[run, ENDING], REFUSED)
    parent: int = s.tok[run, PARENT]
    s.tok[parent, ANSWER] = ending
    s.endings[task, ending] += 1
    forget(s, run)
    return parent
