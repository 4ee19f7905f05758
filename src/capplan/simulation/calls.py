"""Calls as steps: attempts, connections, patience, repeats."""

from collections.abc import Callable
from heapq import heappush
from math import inf
from typing import NamedTuple

from capplan.queueing.network import ENDLESS, Call
from capplan.simulation.agenda import Agenda, Step, Token, vanish
from capplan.simulation.patience import Budget, Deadlines
from capplan.simulation.runs import REFUSED, Asker, Run, begun
from capplan.simulation.servers import Tally
from capplan.simulation.slots import SlotBook
from capplan.simulation.spread import Chooser, at_home
from capplan.simulation.streams import Draw, Sources

NOBODY = Asker()
NOBODY.step = vanish
"""Who waits for what nobody waits for."""


class Pool(NamedTuple):
    """Connections that a call needs: the slots, whose replica's, and how long its calls wait for them."""

    slots: SlotBook
    choose: Chooser
    waits: Tally


class Wire(NamedTuple):
    """Where a call begins and what it needs.

    Attributes:
        call: the call.
        callee: the step that begins a run of the callee.
        pool: the connections that it needs.
        name: of its random numbers.
    """

    call: Call
    callee: Step
    pool: Pool | None
    name: str


class Onward(NamedTuple):
    """What comes after a call: the next step, or the end of the run where it got no answer."""

    then: Step
    ended: Step


class Caller:
    """Makes the steps of calls."""

    def __init__(self, agenda: Agenda, sources: Sources) -> None:
        self.agenda = agenda
        self.sources = sources

    def step(self, wire: Wire, onward: Onward) -> Step:
        """The step that makes a call as often as it says, one after the other, and goes on."""
        count = self._count(wire)
        if not wire.call.waits:
            return self._sent(wire, count, onward.then)
        plain, once = wire.pool is None and wire.call.patience == ENDLESS, count is None
        ask = self._plain(wire, onward, once=once) if plain else self._patient(wire, onward, once=once)
        if count is None:
            return ask
        then = onward.then

        def several(run: Run, now: float) -> Token | None:
            run.left = count()
            if run.left:
                return ask(run, now)
            run.step = then
            return run

        return several

    def _count(self, wire: Wire) -> Callable[[], int] | None:
        """How many calls one run makes; None for always one."""
        count = wire.call.count
        whole = int(count + 1e-12)
        part = count - whole
        if part < 1e-12:
            return None if whole == 1 else lambda: whole
        uniform = self.sources.uniform(f"{wire.name}/count")
        return lambda: whole + (uniform() < part)

    def _way(self, wire: Wire) -> Draw | None:
        """The time there and back; None where it takes none."""
        laws = [law for law in wire.call.delays if law.mean > 0.0]
        draws = [self.sources.times(f"{wire.name}/way {index}", law) for index, law in enumerate(laws)]
        if len(draws) <= 1:
            return draws[0] if draws else None
        return lambda: sum(draw() for draw in draws)

    def _plain(self, wire: Wire, onward: Onward, *, once: bool) -> Step:
        """Wait for ever, try once; `once`: whether there is always one call."""
        heap, push, callee, way = self.agenda.heap, heappush, wire.callee, self._way(wire)
        then, ended = onward

        def ask(run: Run, now: float) -> Token | None:
            run.step = answered
            called = Run()
            called.step, called.parent, called.back = callee, run, None
            called.key = run.key
            called.home = -1
            called.ending = 0
            called.own = called.served = 0.0
            if way is None:
                return called
            push(heap, (now + way(), called))
            return None

        def answered(run: Run, now: float) -> Token | None:
            if run.answer:
                run.ending = run.answer
                if run.answer >= REFUSED:
                    run.step = ended
                    return run
            if once:
                return then(run, now)
            run.left -= 1
            return ask(run, now) if run.left else then(run, now)

        return ask

    def _patient(self, wire: Wire, onward: Onward, *, once: bool) -> Step:
        """Wait for so long, try again so often; `once`: whether there is always one call."""
        heap, push, patience = self.agenda.heap, heappush, wire.call.patience
        jitter = self.sources.uniform(f"{wire.name}/backoff")
        budget, repeats, pause = Budget(patience.budget), patience.retries, patience.backoff
        then, ended = onward

        def settle(run: Run, now: float) -> Token | None:
            answer = run.answer
            if answer and run.tries < repeats and budget.repeat():
                run.tries += 1
                if pause <= 0.0:
                    return attempt(run, now)
                run.step = attempt
                push(heap, (now + pause * (0.5 + jitter()), run))
                return None
            if answer:
                run.ending = answer
                if answer >= REFUSED:
                    run.step = ended
                    return run
            if once:
                return then(run, now)
            run.left -= 1
            return ask(run, now) if run.left else then(run, now)

        def ask_within(run: Run, now: float) -> Token | None:
            run.tries = 0
            budget.first()
            return attempt(run, now)

        def ask_freely(run: Run, now: float) -> Token | None:
            run.tries = 0
            return attempt(run, now)

        attempt = self._attempt(wire, Onward(then if once else settle, settle))
        ask = ask_freely if patience.budget == inf else ask_within
        return ask

    def _attempt(self, wire: Wire, settled: Onward) -> Step:
        """The step that begins one attempt; settled: the steps with which the run goes on when it is over."""
        heap, push, callee, way = self.agenda.heap, heappush, wire.callee, self._way(wire)
        timeout, over = wire.call.patience.timeout, _over(wire.pool, settled)
        deadlines = Deadlines(self.agenda, timeout, settled.ended)
        line, timed = deadlines.waiting, timeout < inf
        slots, choose, _ = wire.pool or (None, at_home, None)
        number, limit, bound = slots.number if slots else [], slots.slots if slots else 0, choose is at_home
        connected, denied = _waited(wire.pool, self._going(callee, way), _over(None, settled))

        def attempt(run: Run, now: float) -> Token | None:
            called = Run()
            called.parent, called.back = run, over
            called.key = run.key
            called.home = -1
            called.ending = 0
            called.own = called.served = 0.0
            called.over = False
            if timed:
                line.append((now + timeout, called))
                if not deadlines.set:
                    deadlines.begin()
            if slots is not None:
                called.held = place = run.home if bound else choose(run)
                slots.asked += 1
                there = number[place]
                if there >= limit:
                    called.step, called.arrived = connected, now
                    return None if slots.queued(place, called) else denied(called, now)
                number[place] = there + 1
                slots.balance -= now
            called.step = callee
            if way is None:
                return called
            push(heap, (now + way(), called))
            return None

        return attempt

    def _going(self, callee: Step, way: Draw | None) -> Step:
        """The step with which a call is on its way."""
        heap, push = self.agenda.heap, heappush

        def go(called: Run, now: float) -> Token | None:
            called.step = callee
            if way is None:
                return called
            push(heap, (now + way(), called))
            return None

        return go

    def _sent(self, wire: Wire, count: Callable[[], int] | None, then: Step) -> Step:
        """Start the calls and go on at once."""
        heap, push = self.agenda.heap, heappush
        single = wire._replace(call=_awaited(wire.call))
        if wire.pool is None and wire.call.patience == ENDLESS:
            return self._posted(self._going(single.callee, self._way(single)), count, then)
        begin = self.step(single, Onward(vanish, vanish))

        def send(run: Run, now: float) -> Token | None:
            for _ in range(1 if count is None else count()):
                sender = begun(begin, NOBODY, run.key)
                sender.home = run.home
                push(heap, (now, sender))
            return then(run, now)

        return send

    def _posted(self, go: Step, count: Callable[[], int] | None, then: Step) -> Step:
        """Start calls that nobody waits for and nobody repeats: they need no caller of their own."""
        heap, push = self.agenda.heap, heappush

        def post(run: Run, now: float) -> Token | None:
            for _ in range(1 if count is None else count()):
                push(heap, (now, begun(go, NOBODY, run.key)))
            return then(run, now)

        return post


def _waited(pool: Pool | None, go: Step, over: Step) -> tuple[Step, Step]:
    """The steps of a call that has waited for a connection: it has one, or gets none."""

    def connected(called: Run, now: float) -> Token | None:
        if pool is not None:
            pool.waits.work += now - called.arrived
        return go(called, now)

    def denied(called: Run, now: float) -> Token | None:
        called.ending = REFUSED
        return over(called, now)

    if pool is not None:
        pool.slots.refusals[connected] = denied
    return connected, denied


def _over(pool: Pool | None, settled: Onward) -> Step:
    """The end of an attempt, with its connection given back: nobody may be waiting for it any more."""
    slots = None if pool is None else pool.slots
    number, waiting, limit = (slots.number, slots.waiting, slots.slots) if slots else ([], [], 0)
    heap, push = slots.agenda.heap if slots else [], heappush
    then, settle = settled

    def over(called: Run, now: float) -> Token | None:
        if slots is not None:
            place = called.held
            there = number[place]
            number[place] = there - 1
            if there > limit:
                push(heap, (now, waiting[place].popleft()))
            else:
                slots.balance += now
        if called.over:
            return None
        called.over = True
        run = called.parent
        run.answer = ending = called.ending
        run.step = settle if ending else then
        return run

    return over


def _awaited(call: Call) -> Call:
    """One call by itself, with a caller of its own that waits for it."""
    return Call(call.task, delays=call.delays, pool=call.pool, patience=call.patience)
