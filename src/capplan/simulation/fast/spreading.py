"""Which replica a visit goes to: the choosers of spread.py on tables."""

from capplan.simulation.fast.basics import among, draw, short, suspend
from capplan.simulation.fast.jit import inside
from capplan.simulation.fast.tables import (
    AT_HOME,
    BASE,
    BOUNDS,
    HOME,
    KEY,
    KEYS,
    LEAST,
    ONLY,
    POLICY,
    RANDOM,
    REPLICAS,
    SETTLING,
    SHARES,
    SOURCE,
    TURN,
    TURNS,
    TWO,
    Tables,
)
from capplan.simulation.spread import FEW


@inside
def replica(s: Tables, run: int, book: int, manner: int) -> int:
    """The replica of a book for a run."""
    if manner == AT_HOME:
        home: int = s.tok[run, HOME]
        return home
    place = 0 if s.book[book, POLICY] == ONLY else _chosen(s, run, book)
    if manner == SETTLING and place >= 0:
        s.tok[run, HOME] = place
    return place


@inside
def _chosen(s: Tables, run: int, book: int) -> int:
    policy, replicas = s.book[book, POLICY], s.book[book, REPLICAS]
    source, bounds = s.book[book, SOURCE], s.book[book, BOUNDS]
    if policy == LEAST:
        return _least(s, book)
    if policy == TURNS:
        turn: int = s.book[book, TURN] + 1
        turn = turn if turn < replicas else 0
        s.book[book, TURN] = turn
        return turn
    if policy == KEYS:
        return among(s, bounds, replicas - 1, s.val[run, KEY])
    if policy != RANDOM and policy != SHARES and policy != TWO:
        return _in_turn(s, book)
    if s.pos[source] + (1 if policy == TWO else 0) >= s.end[source]:
        return suspend(s, source)
    if policy == RANDOM:
        return int(draw(s, source) * replicas)
    if policy == SHARES:
        return among(s, bounds, replicas - 1, draw(s, source))
    return _two(s, book)


@inside
def _two(s: Tables, book: int) -> int:
    base, replicas, source = s.book[book, BASE], s.book[book, REPLICAS], s.book[book, SOURCE]
    one = int(draw(s, source) * replicas)
    other = int(draw(s, source) * (replicas - 1))
    if other >= one:
        other += 1
    return other if s.number[base + other] < s.number[base + one] else one


@inside
def _in_turn(s: Tables, book: int) -> int:
    base, found = s.book[book, BASE], 0
    for place in range(1, s.book[book, REPLICAS]):
        if s.turns[base + place] < s.turns[base + found]:
            found = place
    s.turns[base + found] += s.gaps[base + found]
    return found


@inside
def _least(s: Tables, book: int) -> int:
    base, replicas, source = s.book[book, BASE], s.book[book, REPLICAS], s.book[book, SOURCE]
    found, ties = 0, 1
    for place in range(1, replicas):
        if s.number[base + place] < s.number[base + found]:
            found, ties = place, 1
        elif s.number[base + place] == s.number[base + found]:
            ties += 1
    if ties == 1:
        return found
    fewest = s.number[base + found]
    if ties * FEW < replicas:
        return suspend(s, source) if short(s, source) else _tied(s, base, fewest, int(draw(s, source) * ties))
    while not short(s, source):
        place = int(draw(s, source) * replicas)
        if s.number[base + place] == fewest:
            return place
    return suspend(s, source)


@inside
def _tied(s: Tables, base: int, fewest: int, which: int) -> int:
    place = -1
    while which >= 0:
        place += 1
        if s.number[base + place] == fewest:
            which -= 1
    return place
