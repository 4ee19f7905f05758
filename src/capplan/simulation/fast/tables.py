"""The tables that the compiled event loop plays on: instructions, tokens, the heap, random numbers, books, counts.

An instruction is a row of whole numbers (`code`) and one of constants (`real`); its first number says what it does, and
the columns mean what the function that does it says. A token is a row of `tok` and one of `val`.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from capplan.queueing.arrays import Array

Ints: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

# what a step returns instead of the token that goes on
NOTHING, SUSPENDED = -1, -2
NOBODY = -1
BURST = 100.0
UNLIMITED = 1 << 60
SECOND = 1.0

# columns of tok
PC, PARENT, HOME, ENDING, ANSWER, LEFT, TRIES, PLACE, NEXT, LATER, OVER, WATCHED = range(12)
TOKEN = 12
# columns of val
KEY, OWN, SERVICE, ARRIVED, WORK, DEADLINE = range(6)
VALUE = 6
# registers
HEAP, FREE, LOGGED, GOING, EVENTS, NEED, TIMERS, PLANNED, FULLEST = range(9)
REGISTERS = 9
# what is needed where a step is suspended: a source's number, or
MORE_ROOM, EMPTY_LOG = -1, -2
# columns of book
BASE, REPLICAS, SERVERS, MOST, POLICY, BOUNDS, SOURCE, TURN, ASKED, REFUSALS, SHARER, LIMIT, PACE = range(13)
BOOK = 13
# columns of share
PROGRESS, SINCE, DUE = range(3)
# policies
ONLY, RANDOM, SHARES, KEYS, TURNS, TURNS_BY_SHARE, LEAST, TWO = range(8)
# how a visit finds its replica
FREELY, SETTLING, AT_HOME = range(3)
# columns of line: attempts with a deadline
HEAD, TAIL, SET = range(3)

# what an instruction does: visits, gates and ends
(ENTER, LEAVE, DELAY, GATE, ENTERED, PERMIT, END, VANISH, SHARE, SHARED) = range(10)
# calls
(COUNT, ASK, ANSWERED, FIRST, ATTEMPT, CONNECTED, GO, HEARD, SETTLE) = range(10, 19)
# what else
(RING, SEND, CHOOSE, SPLIT, JOINED, JOIN, ARRIVE, DONE, THINK, WISH) = range(20, 30)
CALLS, OTHERS = 10, 20
CODE, REAL = 10, 3


class Tables(NamedTuple):
    """All of it.

    Attributes:
        code, real: instructions.
        ways, bounds: of choices, forks and shares.
        tok, val, free: tokens, and the rows that are none.
        heap_t, heap_k: when, and which token.
        buf, pos, end: random numbers of each source, the next one, how many there are.
        book: stations and gates; of each replica: number (there), first and last (waiting), turns and gaps (of turns).
        ends: of each book, the times at which slots were given back less those at which they were taken.
        share, there, due_t, due_k: of each replica whose servers are shared, and its visits.
        tally, work: of each visit: how many, how many refused; work.
        endings, pooled: of each task.
        stream: of each stream: begun, repeats.
        budget, line, bucket: of calls and quotas.
        log_what, log_times: what ended: (own, service) of a task, or the latency of a request.
        reg, clock: registers and the present time.
    """

    code: Ints
    real: Array
    ways: Ints
    bounds: Array
    tok: Ints
    val: Array
    free: Ints
    heap_t: Array
    heap_k: Ints
    buf: Array
    pos: Ints
    end: Ints
    book: Ints
    number: Ints
    first: Ints
    last: Ints
    turns: Array
    gaps: Array
    ends: Array
    share: Array
    there: Ints
    due_t: Array
    due_k: Ints
    tally: Ints
    work: Array
    endings: Ints
    pooled: Array
    stream: Ints
    budget: Array
    line: Ints
    bucket: Array
    log_what: Ints
    log_times: Array
    reg: Ints
    clock: Array
