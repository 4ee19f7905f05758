"""The event loop on tables, and the steps of clients, choices, forks and timers.

Columns of the instructions after the first:
    RING line settle · SEND source whole begin then · CHOOSE source bounds ways count · SPLIT branches count joined
    JOINED then ended · JOIN · ARRIVE gap address ask stream · DONE stream after · THINK source wish
    WISH which address bounds count ways
"""

from capplan.simulation.fast.basics import (
    among,
    crowded,
    draw,
    forget,
    no_room,
    onward,
    pop,
    push,
    short,
    suspend,
    token,
)
from capplan.simulation.fast.calling import call, number
from capplan.simulation.fast.jit import door, inside
from capplan.simulation.fast.tables import (
    ANSWER,
    ARRIVE,
    ARRIVED,
    CALLS,
    CHOOSE,
    DEADLINE,
    DONE,
    EMPTY_LOG,
    ENDING,
    EVENTS,
    GOING,
    HEAD,
    HOME,
    JOIN,
    JOINED,
    KEY,
    LATER,
    LEFT,
    LOGGED,
    NOBODY,
    NOTHING,
    OTHERS,
    OVER,
    PARENT,
    PC,
    RING,
    SEND,
    SET,
    SPLIT,
    SUSPENDED,
    THINK,
    TRIES,
    WATCHED,
    Tables,
)
from capplan.simulation.fast.visiting import visit
from capplan.simulation.runs import REFUSED, SERVED, TIMED_OUT


@door
def play(s: Tables, until: float) -> bool:
    """Let everything happen that does until then; False where something is needed first."""
    going, now = s.reg[GOING], s.clock[0]
    while True:
        if going < 0:
            if s.heap_t[0] > until:
                return True
            now = s.heap_t[0]
            s.clock[0] = now
            going = pop(s)
            s.reg[EVENTS] += 1
        what = s.code[s.tok[going, PC], 0]
        if what < CALLS:
            following = visit(s, going, now)
        elif what < OTHERS:
            following = call(s, going, now)
        else:
            following = _other(s, going, now)
        if following == SUSPENDED:
            s.reg[GOING] = going
            return False
        going = following
        s.reg[GOING] = NOTHING


@inside
def _other(s: Tables, run: int, now: float) -> int:
    """Do an instruction of a client, a choice, a fork or a timer."""
    pc = s.tok[run, PC]
    what = s.code[pc, 0]
    if what == RING:
        return _ring(s, run, now, pc)
    if what == SEND:
        return _send(s, run, now, pc)
    if what == CHOOSE:
        return _choose(s, run, pc)
    if what == SPLIT:
        return _split(s, run, now, pc)
    if what == JOINED:
        return onward(s, run, s.code[pc, 2] if s.tok[run, ENDING] >= REFUSED else s.code[pc, 1])
    if what == JOIN:
        return _join(s, run)
    if what == ARRIVE:
        return _arrive(s, run, now, pc)
    return _client(s, run, now, pc)


@inside
def _client(s: Tables, run: int, now: float, pc: int) -> int:
    what = s.code[pc, 0]
    if what == DONE:
        return _done(s, run, now, pc)
    return _think(s, run, now, pc) if what == THINK else _wish(s, run, now, pc)


@inside
def _ring(s: Tables, timer: int, now: float, pc: int) -> int:
    line = s.code[pc, 1]
    first = s.line[line, HEAD]
    while first >= 0 and (s.tok[first, OVER] or s.val[first, DEADLINE] <= now):
        s.line[line, HEAD] = s.tok[first, LATER]
        s.tok[first, WATCHED] = 0
        if s.tok[first, OVER]:
            forget(s, first)
        else:
            s.tok[first, OVER] = 1
            caller = s.tok[first, PARENT]
            s.tok[caller, ANSWER] = TIMED_OUT
            push(s, now, onward(s, caller, s.code[pc, 2]))
        first = s.line[line, HEAD]
    s.line[line, SET] = 1 if first >= 0 else 0
    if first >= 0:
        push(s, s.val[first, DEADLINE], timer)
    return NOTHING


@inside
def _send(s: Tables, run: int, now: float, pc: int) -> int:
    source = s.code[pc, 1]
    if source >= 0 and short(s, source):
        return suspend(s, source)
    if crowded(s, s.code[pc, 2] + 1):
        return no_room(s)
    for _ in range(number(s, pc)):
        sender = token(s, s.code[pc, 3], NOBODY, s.val[run, KEY])
        s.tok[sender, HOME] = s.tok[run, HOME]
        push(s, now, sender)
    return onward(s, run, s.code[pc, 4])


@inside
def _choose(s: Tables, run: int, pc: int) -> int:
    source = s.code[pc, 1]
    if short(s, source):
        return suspend(s, source)
    return onward(s, run, s.ways[s.code[pc, 3] + among(s, s.code[pc, 2], s.code[pc, 4], draw(s, source))])


@inside
def _split(s: Tables, run: int, now: float, pc: int) -> int:
    count = s.code[pc, 2]
    if crowded(s, count):
        return no_room(s)
    s.tok[run, LEFT] = count
    s.tok[run, PC] = s.code[pc, 3]
    for index in range(count):
        branch = token(s, s.ways[s.code[pc, 1] + index], run, s.val[run, KEY])
        s.tok[branch, HOME] = s.tok[run, HOME]
        push(s, now, branch)
    return NOTHING


@inside
def _join(s: Tables, branch: int) -> int:
    run = s.tok[branch, PARENT]
    s.tok[run, ENDING] = max(s.tok[run, ENDING], s.tok[branch, ENDING])
    s.tok[run, LEFT] -= 1
    forget(s, branch)
    return NOTHING if s.tok[run, LEFT] else run


@inside
def _arrive(s: Tables, clock: int, now: float, pc: int) -> int:
    gap, address, stream = s.code[pc, 1], s.code[pc, 2], s.code[pc, 4]
    if short(s, gap):
        return suspend(s, gap)
    if address >= 0 and short(s, address):
        return suspend(s, address)
    if crowded(s, 1):
        return no_room(s)
    push(s, now + draw(s, gap), clock)
    s.stream[stream, 0] += 1
    client = token(s, s.code[pc, 3], NOBODY, draw(s, address) if address >= 0 else 0.0)
    s.val[client, ARRIVED] = now
    s.tok[client, TRIES] = 0
    return client


@inside
def _done(s: Tables, client: int, now: float, pc: int) -> int:
    logged, stream = s.reg[LOGGED], s.code[pc, 1]
    if logged >= len(s.log_what):
        return suspend(s, EMPTY_LOG)
    s.log_what[logged] = -1 - (4 * stream + s.tok[client, ENDING])
    s.log_times[logged, 0] = now - s.val[client, ARRIVED]
    s.reg[LOGGED] = logged + 1
    s.stream[stream, 1] += s.tok[client, TRIES]
    return onward(s, client, s.code[pc, 2])


@inside
def _think(s: Tables, client: int, now: float, pc: int) -> int:
    source = s.code[pc, 1]
    if short(s, source):
        return suspend(s, source)
    push(s, now + draw(s, source), onward(s, client, s.code[pc, 2]))
    return NOTHING


@inside
def _wish(s: Tables, client: int, now: float, pc: int) -> int:
    which, address, bounds, count = s.code[pc, 1], s.code[pc, 2], s.code[pc, 3], s.code[pc, 4]
    if short(s, which):
        return suspend(s, which)
    if address >= 0 and short(s, address):
        return suspend(s, address)
    wanted = draw(s, which) * s.bounds[bounds + count - 1]
    chosen = min(among(s, bounds, count, wanted), count - 1)
    ways = s.code[pc, 5] + 2 * chosen
    s.stream[s.ways[ways + 1], 0] += 1
    s.val[client, ARRIVED] = now
    s.tok[client, ENDING], s.tok[client, TRIES] = SERVED, 0
    s.val[client, KEY] = draw(s, address) if address >= 0 else 0.0
    return onward(s, client, s.ways[ways])
