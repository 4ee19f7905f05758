"""How a run begins: it asks a rate limiter, and takes a slot of its gate."""

from capplan.queueing.network import Network
from capplan.simulation.agenda import Step, Token
from capplan.simulation.calls import Onward
from capplan.simulation.runs import ERROR, REFUSED, Run
from capplan.simulation.slots import Bucket, SlotBook
from capplan.simulation.spread import Chooser


def entering(gate: SlotBook, choose: Chooser, onward: Onward) -> Step:
    """The step that takes a slot of a gate, and goes on when the run has it, at home there."""
    then, refused = onward
    number, slots = gate.number, gate.slots

    def enter(run: Run, now: float) -> Token | None:
        run.home = place = choose(run)
        gate.asked += 1
        there = number[place]
        if there < slots:
            number[place] = there + 1
            gate.balance -= now
            return then(run, now)
        if gate.queued(place, run):
            run.arrived = now
            run.step = entered
            return None
        run.ending = REFUSED
        run.step = refused
        return run

    def entered(run: Run, now: float) -> Token | None:
        run.own += now - run.arrived
        return then(run, now)

    return enter


def permitted(bucket: Bucket, onward: Onward) -> Step:
    """The step that asks a rate limiter; without a permit the run answers with an error at once."""
    then, refused = onward

    def permitted(run: Run, now: float) -> Token | None:
        if bucket.permit(now):
            return then(run, now)
        run.ending = ERROR
        run.step = refused
        return run

    return permitted


def buckets(network: Network) -> list[tuple[Bucket, tuple[int, ...]]]:
    """The rate limits of a network, each with the tasks whose runs it lets through."""
    return [(Bucket(quota.rate), quota.tasks) for quota in network.quotas]
