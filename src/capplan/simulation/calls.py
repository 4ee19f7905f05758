"""Calls as steps: attempts, connections, patience, repeats."""

from collections.abc import Callable
from heapq import heappush
from math import inf
from typing import Any, NamedTuple

from capplan.queueing.network import ENDLESS, Call
from capplan.simulation.agenda import Agenda, Step, Token, vanish
from capplan.simulation.patience import Budget, Deadlines
from capplan.simulation.runs import REFUSED, Asker, Attempt, Run
from capplan.simulation.servers import Tally
from capplan.simulation.slots import SlotBook, Taken
from capplan.simulation.spread import Chooser
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
        plain = wire.pool is None and wire.call.patience == ENDLESS
        if plain and count is None:
            return self._plain(wire, onward, once=True)
        ask = self._plain(wire, onward) if plain else self._patient(wire, onward)
        if count is None:

            def once(run: Run, now: float) -> Token | None:
                run.left = 1
                return ask(run, now)

            return once
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

    def _plain(self, wire: Wire, onward: Onward, *, once: bool = False) -> Step:
        """Wait for ever, try once; `once`: whether there is always one call."""
        heap, push, callee, way = self.agenda.heap, heappush, wire.callee, self._way(wire)
        then, ended = onward

        def ask(run: Run, now: float) -> Token | None:
            run.step = back
            called = Run(callee, run, run.key)
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
            run.left -= 1
            return ask(run, now) if run.left else then(run, now)

        def answered_once(run: Run, now: float) -> Token | None:
            if run.answer:
                run.ending = run.answer
                if run.answer >= REFUSED:
                    run.step = ended
                    return run
            return then(run, now)

        back = answered_once if once else answered
        return ask

    def _patient(self, wire: Wire, onward: Onward) -> Step:
        """Wait for so long, try again so often."""
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
            run.left -= 1
            return ask(run, now) if run.left else then(run, now)

        def ask_within(run: Run, now: float) -> Token | None:
            run.tries = 0
            budget.first()
            return attempt(run, now)

        def ask_freely(run: Run, now: float) -> Token | None:
            run.tries = 0
            return attempt(run, now)

        attempt = self._attempt(wire, settle)
        ask = ask_freely if patience.budget == inf else ask_within
        return ask

    def _attempt(self, wire: Wire, settle: Step) -> Step:
        """The step that begins one attempt; when it is over the run goes on with `settle`."""
        pool, timeout = wire.pool, wire.call.patience.timeout
        watch = Deadlines(self.agenda, timeout, settle).watch if timeout < inf else None
        go, answered = self._going(wire), _answered(pool, settle)
        connected = go if pool is None else _connected(pool, go)
        at_once, later = Taken.AT_ONCE, Taken.LATER
        denied = _denied(_answered(None, settle))
        if pool is not None:
            pool.slots.refusals[connected] = denied

        def attempt(run: Run, now: float) -> Token | None:
            trial = Attempt(answered, run)
            called = Run(connected, trial, run.key)
            if watch is not None:
                watch(trial, now)
            if pool is not None:
                called.arrived = now
                trial.place = place = pool.choose(run)
                taken = pool.slots.take(place, called, now)
                if taken is not at_once:
                    return None if taken is later else denied(called, now)
            return go(called, now)

        return attempt

    def _going(self, wire: Wire) -> Step:
        """The step with which a call is on its way."""
        heap, push, callee, way = self.agenda.heap, heappush, wire.callee, self._way(wire)

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
            return self._posted(self._going(single), count, then)
        begin = self.step(single, Onward(vanish, vanish))

        def send(run: Run, now: float) -> Token | None:
            for _ in range(1 if count is None else count()):
                sender = Run(begin, NOBODY, run.key)
                sender.home = run.home
                push(heap, (now, sender))
            return then(run, now)

        return send

    def _posted(self, go: Step, count: Callable[[], int] | None, then: Step) -> Step:
        """Start calls that nobody waits for and nobody repeats: they need no caller of their own."""
        heap, push = self.agenda.heap, heappush

        def post(run: Run, now: float) -> Token | None:
            for _ in range(1 if count is None else count()):
                push(heap, (now, Run(go, NOBODY, run.key)))
            return then(run, now)

        return post


def _connected(pool: Pool, go: Step) -> Step:
    """The step of a call that waited for a connection and has it now."""

    def connected(called: Run, now: float) -> Token | None:
        pool.waits.work += now - called.arrived
        return go(called, now)

    return connected


def _denied(answered: Step) -> Step:
    """The step of a call that gets no connection."""

    def denied(called: Run, now: float) -> Token | None:
        attempt: Any = called.parent
        attempt.answer = REFUSED
        return answered(attempt, now)

    return denied


def _answered(pool: Pool | None, settle: Step) -> Step:
    """The step of an attempt that is over: nobody may be waiting for it any more."""

    def answered(attempt: Attempt, now: float) -> Token | None:
        if pool is not None:
            pool.slots.give_back(attempt.place, now)
        if attempt.over:
            return None
        attempt.over = True
        run = attempt.caller
        run.answer = attempt.answer
        run.step = settle
        return run

    return answered


def _awaited(call: Call) -> Call:
    """One call by itself, with a caller of its own that waits for it."""
    return Call(call.task, delays=call.delays, pool=call.pool, patience=call.patience)
