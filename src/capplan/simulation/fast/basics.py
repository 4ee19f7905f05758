"""What all steps of the event loop on tables use: the heap, tokens, random numbers, waiting lines."""

from capplan.simulation.fast.jit import inside
from capplan.simulation.fast.tables import (
    FREE,
    HEAP,
    MORE_ROOM,
    NEED,
    NEXT,
    NOTHING,
    PC,
    SUSPENDED,
    TIMERS,
    Tables,
)


@inside
def push(s: Tables, when: float, token: int) -> None:
    """Let a token go on at some time: as heapq does it, with timers last of those of an instant."""
    times, tokens = s.heap_t, s.heap_k
    at = s.reg[HEAP]
    s.reg[HEAP] = at + 1
    early = token >= s.reg[TIMERS]
    while at > 0:
        above = (at - 1) >> 1
        if not (when < times[above] or (when == times[above] and early and token != tokens[above])):
            break
        times[at] = times[above]
        tokens[at] = tokens[above]
        at = above
    times[at] = when
    tokens[at] = token


@inside
def pop(s: Tables) -> int:
    """The token that goes on next: as heapq does it, so that what is at the same instant comes in the same order."""
    times, tokens = s.heap_t, s.heap_k
    count = s.reg[HEAP] - 1
    s.reg[HEAP] = count
    found: int = tokens[0]
    when, token = times[count], tokens[count]
    timers = s.reg[TIMERS]
    at, below = 0, 1
    while below < count:
        other = below + 1
        if other < count:
            earlier = times[below] < times[other] or (
                times[below] == times[other] and tokens[below] >= timers and tokens[below] != tokens[other]
            )
            if not earlier:
                below = other
        times[at] = times[below]
        tokens[at] = tokens[below]
        at = below
        below = 2 * at + 1
    early = token >= timers
    while at > 0:
        above = (at - 1) >> 1
        if not (when < times[above] or (when == times[above] and early and token != tokens[above])):
            break
        times[at] = times[above]
        tokens[at] = tokens[above]
        at = above
    times[at] = when
    tokens[at] = token
    return found


@inside
def suspend(s: Tables, need: int) -> int:
    """Stop before a step because something is needed; it is done anew when it is there."""
    s.reg[NEED] = need
    return SUSPENDED


@inside
def short(s: Tables, source: int) -> bool:
    """Whether a source has no number left."""
    empty: bool = s.pos[source] >= s.end[source]
    return empty


@inside
def draw(s: Tables, source: int) -> float:
    """The next number of a source."""
    at = s.pos[source]
    s.pos[source] = at + 1
    number: float = s.buf[source, at]
    return number


@inside
def crowded(s: Tables, tokens: int) -> bool:
    """Whether there are no rows for so many more tokens."""
    few: bool = s.reg[FREE] < tokens
    return few


@inside
def no_room(s: Tables) -> int:
    """Stop for more rows."""
    return suspend(s, MORE_ROOM)


@inside
def token(s: Tables, pc: int, parent: int, key: float) -> int:
    """A new token."""
    left = s.reg[FREE] - 1
    s.reg[FREE] = left
    new: int = s.free[left]
    row, values = s.tok[new], s.val[new]
    row[0], row[1], row[2], row[3] = pc, parent, -1, 0
    values[0], values[1], values[2] = key, 0.0, 0.0
    return new


@inside
def forget(s: Tables, old: int) -> None:
    """A token that is no more."""
    s.free[s.reg[FREE]] = old
    s.reg[FREE] += 1


@inside
def onward(s: Tables, run: int, pc: int) -> int:
    """A token goes on with an instruction."""
    s.tok[run, PC] = pc
    return run


@inside
def wait(s: Tables, place: int, who: int) -> None:
    """Stand in line at a place."""
    s.tok[who, NEXT] = NOTHING
    if s.first[place] < 0:
        s.first[place] = who
    else:
        s.tok[s.last[place], NEXT] = who
    s.last[place] = who


@inside
def called(s: Tables, place: int) -> int:
    """Who has waited longest at a place leaves the line."""
    who: int = s.first[place]
    s.first[place] = s.tok[who, NEXT]
    return who


@inside
def among(s: Tables, begin: int, count: int, number: float) -> int:
    """How many of some bounds a number is not below: bisect_right."""
    found = 0
    while found < count and s.bounds[begin + found] <= number:
        found += 1
    return found
