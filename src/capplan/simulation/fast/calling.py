"""Calls on tables: the steps of calls.py.

Columns of the instructions after the first, of `real` after the semicolon:
    COUNT source whole ask then; part · ASK way callee answered · ANSWERED ask then ended
    FIRST budget attempt; part · ATTEMPT heard connected go line pool manner denied; timeout
    CONNECTED task go · GO way callee · HEARD pool settle
    SETTLE retries jitter attempt budget ask then ended; pause part
"""

from math import inf

from capplan.simulation.fast.basics import crowded, draw, forget, no_room, onward, push, short, suspend, token
from capplan.simulation.fast.jit import inside
from capplan.simulation.fast.spreading import replica
from capplan.simulation.fast.tables import (
    ANSWER,
    ANSWERED,
    ARRIVED,
    ASK,
    ATTEMPT,
    BURST,
    CONNECTED,
    COUNT,
    DEADLINE,
    ENDING,
    FIRST,
    GO,
    HEAD,
    HEARD,
    KEY,
    LATER,
    LEFT,
    NOTHING,
    OVER,
    PARENT,
    PC,
    PLACE,
    SET,
    SUSPENDED,
    TAIL,
    TRIES,
    WATCHED,
    Tables,
)
from capplan.simulation.fast.visiting import AT_ONCE, give_back, take
from capplan.simulation.fast.visiting import LATER as TAKEN_LATER
from capplan.simulation.runs import REFUSED


@inside
def call(s: Tables, run: int, now: float) -> int:
    """Do an instruction of a call."""
    pc = s.tok[run, PC]
    what = s.code[pc, 0]
    if what == COUNT:
        return _count(s, run, pc)
    if what == ASK:
        return _ask(s, run, now, pc)
    if what == ANSWERED:
        return _answered(s, run, pc)
    if what == FIRST:
        budget = s.code[pc, 1]
        s.tok[run, TRIES] = 0
        s.budget[budget] = min(s.budget[budget] + s.real[pc, 0], BURST)
        return onward(s, run, s.code[pc, 2])
    if what == ATTEMPT:
        return _attempt(s, run, now, pc)
    if what == CONNECTED:
        s.pooled[s.code[pc, 1]] += now - s.val[run, ARRIVED]
        return onward(s, run, s.code[pc, 2])
    if what == GO:
        return _sent(s, run, now, s.code[pc, 1], s.code[pc, 2])
    return _heard(s, run, now, pc) if what == HEARD else _settle(s, run, now, pc)


@inside
def number(s: Tables, pc: int) -> int:
    """How many calls are made; the source is not empty."""
    source: int = s.code[pc, 1]
    whole: int = s.code[pc, 2]
    return whole + 1 if source >= 0 and draw(s, source) < s.real[pc, 0] else whole


@inside
def _count(s: Tables, run: int, pc: int) -> int:
    source = s.code[pc, 1]
    if source >= 0 and short(s, source):
        return suspend(s, source)
    left = number(s, pc)
    s.tok[run, LEFT] = left
    return onward(s, run, s.code[pc, 3] if left else s.code[pc, 4])


@inside
def _sent(s: Tables, called: int, now: float, way: int, callee: int) -> int:
    """A call is on its way."""
    if way < 0:
        return onward(s, called, callee)
    if short(s, way):
        return suspend(s, way)
    s.tok[called, PC] = callee
    push(s, now + draw(s, way), called)
    return NOTHING


@inside
def _ask(s: Tables, run: int, now: float, pc: int) -> int:
    way = s.code[pc, 1]
    if way >= 0 and short(s, way):
        return suspend(s, way)
    if crowded(s, 1):
        return no_room(s)
    s.tok[run, PC] = s.code[pc, 3]
    callee = s.code[pc, 2]
    return _sent(s, token(s, callee, run, s.val[run, KEY]), now, way, callee)


@inside
def _answered(s: Tables, run: int, pc: int) -> int:
    answer = s.tok[run, ANSWER]
    if answer:
        s.tok[run, ENDING] = answer
        if answer >= REFUSED:
            return onward(s, run, s.code[pc, 3])
    s.tok[run, LEFT] -= 1
    return onward(s, run, s.code[pc, 1] if s.tok[run, LEFT] else s.code[pc, 2])


@inside
def _attempt(s: Tables, run: int, now: float, pc: int) -> int:
    pool, place = s.code[pc, 5], 0
    if crowded(s, 2):
        return no_room(s)
    if pool >= 0:
        place = replica(s, run, pool, s.code[pc, 6])
        if place == SUSPENDED:
            return SUSPENDED
    trial = token(s, s.code[pc, 1], run, 0.0)
    called = token(s, s.code[pc, 2], trial, s.val[run, KEY])
    s.tok[trial, OVER], s.tok[trial, WATCHED] = 0, 0
    if s.code[pc, 4] >= 0:
        _watch(s, s.code[pc, 4], trial, now + s.real[pc, 0])
    if pool >= 0:
        s.val[called, ARRIVED] = now
        s.tok[trial, PLACE] = place
        taken = take(s, pool, place, called, now)
        if taken == TAKEN_LATER:
            return NOTHING
        if taken != AT_ONCE:
            forget(s, called)
            s.tok[trial, ANSWER] = REFUSED
            return onward(s, trial, s.code[pc, 7])
    return onward(s, called, s.code[pc, 3])


@inside
def _watch(s: Tables, line: int, trial: int, deadline: float) -> None:
    """Give an attempt up when its time is over; the timer of a line is the token of its number."""
    s.val[trial, DEADLINE] = deadline
    s.tok[trial, LATER], s.tok[trial, WATCHED] = NOTHING, 1
    if s.line[line, HEAD] < 0:
        s.line[line, HEAD] = trial
    else:
        s.tok[s.line[line, TAIL], LATER] = trial
    s.line[line, TAIL] = trial
    if not s.line[line, SET]:
        s.line[line, SET] = 1
        push(s, deadline, line)


@inside
def _heard(s: Tables, trial: int, now: float, pc: int) -> int:
    """An attempt is over: nobody may be waiting for it any more."""
    if s.code[pc, 1] >= 0:
        give_back(s, s.code[pc, 1], s.tok[trial, PLACE], now)
    if s.tok[trial, OVER]:
        forget(s, trial)
        return NOTHING
    s.tok[trial, OVER] = 1
    run = s.tok[trial, PARENT]
    s.tok[run, ANSWER] = s.tok[trial, ANSWER]
    if not s.tok[trial, WATCHED]:
        forget(s, trial)
    return onward(s, run, s.code[pc, 2])


@inside
def _settle(s: Tables, run: int, now: float, pc: int) -> int:
    answer, jitter, pause = s.tok[run, ANSWER], s.code[pc, 2], s.real[pc, 0]
    if pause > 0.0 and short(s, jitter):
        return suspend(s, jitter)
    if answer and s.tok[run, TRIES] < s.code[pc, 1] and _repeat(s, s.code[pc, 4], s.real[pc, 1]):
        s.tok[run, TRIES] += 1
        s.tok[run, PC] = s.code[pc, 3]
        if pause <= 0.0:
            return run
        push(s, now + pause * (0.5 + draw(s, jitter)), run)
        return NOTHING
    if answer:
        s.tok[run, ENDING] = answer
        if answer >= REFUSED:
            return onward(s, run, s.code[pc, 7])
    s.tok[run, LEFT] -= 1
    return onward(s, run, s.code[pc, 5] if s.tok[run, LEFT] else s.code[pc, 6])


@inside
def _repeat(s: Tables, budget: int, part: float) -> bool:
    """Take a repeat, if one is left."""
    if part == inf:
        return True
    if s.budget[budget] < 1.0:
        return False
    s.budget[budget] -= 1.0
    return True
