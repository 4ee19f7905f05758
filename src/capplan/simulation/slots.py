"""Gates: slots that are held while work goes on elsewhere, and rate limits."""

from collections import deque
from math import inf

from capplan.queueing.network import Gate
from capplan.simulation.agenda import Agenda, Step, Token
from capplan.simulation.servers import whole


class SlotBook:
    """The slots of a gate: who holds one, who waits.

    Steps take and give back slots themselves: calling a method takes longer than what there is to do.

    Attributes:
        slots: of each replica.
        number: holders and waiting at each replica, for the balancer.
        waiting: those who wait at each replica, the longest first.
        asked, refused: since counting began.
        refusals: the steps of calls that have waited for a slot, each with the one of a call that gets none.
        balance: when slots ceased to be held, less when they began to be, all together (s); one that passes to who
            waits goes on to be held.
    """

    __slots__ = ("agenda", "asked", "balance", "most", "number", "refusals", "refused", "slots", "waiting")

    def __init__(self, gate: Gate, agenda: Agenda) -> None:
        replicas = gate.group.replicas
        self.agenda = agenda
        self.slots = whole(gate.name, gate.group.servers)
        self.most = inf if gate.room is None else self.slots + gate.room
        self.number = [0] * replicas
        self.waiting: list[deque[Token]] = [deque() for _ in range(replicas)]
        self.asked = self.refused = 0
        self.refusals: dict[Step, Step] = {}
        self.balance = 0.0

    def queued(self, place: int, token: Token) -> bool:
        """Let a token wait for a slot, with which it goes on; False where there is no room to wait."""
        there = self.number[place]
        if there >= self.most:
            self.refused += 1
            return False
        self.number[place] = there + 1
        self.waiting[place].append(token)
        return True

    def free(self, place: int, now: float) -> None:
        """Nobody holds a slot of a replica any more, nor waits for one."""
        self.balance += min(self.number[place], self.slots) * now
        self.number[place] = 0
        self.waiting[place].clear()

    def clear(self) -> None:
        """Count anew."""
        self.asked = self.refused = 0

    def held(self) -> float:
        """Seconds for which slots have been held since the start, all together."""
        holders = sum(min(there, self.slots) for there in self.number[: len(self.waiting)])
        return self.balance + holders * self.agenda.now


BURST = 1.0
"""A rate limiter lets through so many seconds' worth at once after a pause."""


class Bucket:
    """A rate limit: a bucket of permits that fills at the rate; a run that finds it empty is turned away."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.most = max(rate * BURST, 1.0)
        self.permits = self.most
        self.since = 0.0
        self.refused = 0

    def permit(self, now: float) -> bool:
        """Take a permit, if there is one."""
        self.permits = min(self.permits + (now - self.since) * self.rate, self.most)
        self.since = now
        if self.permits < 1.0:
            self.refused += 1
            return False
        self.permits -= 1.0
        return True
