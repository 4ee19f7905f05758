"""Where a solved network lies outside what its methods were measured for; the sentences are in `methods.CAVEATS`."""

from collections.abc import Iterator
from typing import NamedTuple

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.network import Choice, Fork, Step
from capplan.queueing.outcome import TRACKED, Outcome
from capplan.queueing.regime import Regime

NOTICED = 1e-3
"""A part refused below this is no matter."""
HINDERED = 1.25
"""Servers that are so much slower together than alone."""
LATE = 0.01
"""From this part of late attempts on, repeats come in bursts that matter."""
_UNROOMY = (Policy.ROUND_ROBIN, Policy.POWER_OF_TWO)
"""Policies under which the part refused is taken as too high."""
_EVEN = (Policy.LEAST_CONNECTIONS, Policy.POWER_OF_TWO)


class Doubt(NamedTuple):
    """A caveat's code, and the station or gate it is about; None where it is about the whole of a request."""

    code: str
    station: int | None = None
    gate: int | None = None


def doubts(outcome: Outcome) -> list[Doubt]:
    """The caveats at the first load."""
    stations = range(len(outcome.network.stations))
    found = [doubt for index in stations for doubt in (*_station(outcome, index), *_scaling(outcome, index))]
    if any(_forks(task.steps) for task in outcome.network.tasks):
        found.append(Doubt("parallel-mean"))
    if len(outcome.repeated) > TRACKED:
        found.append(Doubt("many-repeats"))
    if outcome.regime is None:
        return found
    return [*found, *_regime(outcome, outcome.regime), *_whole(outcome, outcome.regime)]


def _regime(outcome: Outcome, regime: Regime) -> Iterator[Doubt]:
    """What held slots and refusals leave in doubt."""
    losses, network, gates = regime.fates.losses, outcome.network, outcome.reaction.gates
    for index, (station, law) in enumerate(zip(network.stations, outcome.services, strict=True)):
        if law is not None and losses.stations[0, index] > NOTICED:
            if (station.room or 0) < 10 and (law.scv > 1.0 or law.scv < 0.1) and not station.group.sharing:
                yield Doubt("room-rough", index)
            if station.group.replicas > 1 and station.group.policy in _UNROOMY:
                yield Doubt("room-balanced", index)
    for index, gate in enumerate(network.gates):
        if losses.gates[0, index] > NOTICED and gate.group.replicas > 1 and gate.group.policy in _UNROOMY:
            yield Doubt("room-balanced", gate=index)
        if gate.group.replicas > 1 and float(gates[index].rho[0]) > 0.75 and gates.rough_behind(index):
            yield Doubt("slots-shared", gate=index)


def _whole(outcome: Outcome, regime: Regime) -> Iterator[Doubt]:
    """What is in doubt about whole requests."""
    if outcome.reaction.gates.depth > 3:
        yield Doubt("slots-many")
    if not regime.settled:
        yield Doubt("regime-unsettled")
    attempts = regime.fates.attempts
    if any(caller.patience.retries and tries.late[0] > LATE for caller, tries in attempts.items()):
        yield Doubt("retries-bursts")


def _station(outcome: Outcome, index: int) -> Iterator[Doubt]:
    law = outcome.services[index]
    if law is None or outcome.saturated[0, index]:
        return
    group = outcome.network.stations[index].group
    rho, ca2, cs2 = float(outcome.hottest[0, index]), float(outcome.scv[0, index]), law.scv
    wait = outcome.stays[index].wait
    if wait is None or float(wait.mean[0]) < 0.02 * law.mean:
        return
    if rho > 0.98 and index not in outcome.known:
        yield Doubt("near-saturation", index)
    if group.sharing:
        if _beyond_sharing(group, cs2, ca2, float(outcome.repeat_visits[index])):
            yield Doubt("sharing-range", index)
        return
    if cs2 > 10.0 or (cs2 >= 8.0 and 2 <= group.servers <= 32 and rho >= 0.6):
        yield Doubt("rough-service", index)
    if ca2 > 4.0 or (ca2 > 2.0 and cs2 < 0.25):
        yield Doubt("rough-arrivals", index)
    if float(outcome.repeat_visits[index]) > 8.0:
        yield Doubt("many-visits", index)
    if group.replicas > 1:
        yield from (Doubt(code, index) for code in _balancing(outcome, index, rho, cs2))


def _beyond_sharing(group: Group, cs2: float, ca2: float, visits: float) -> bool:
    """Whether it is not one visit to up to 64 cores that share, at Poisson arrivals: what was measured."""
    return cs2 > 10.0 or abs(ca2 - 1.0) > 0.25 or visits > 1.0 + 1e-9 or group.servers > 64


def _scaling(outcome: Outcome, index: int) -> Iterator[Doubt]:
    """Whether servers that slow each other down are others than those that were measured."""
    law, group, ca2 = outcome.services[index], outcome.network.stations[index].group, float(outcome.scv[0, index])
    if law is None or group.speedup is None or outcome.saturated[0, index]:
        return
    slowdown = float(group.speedup.slowdown(group.servers))
    if group.servers > 64 or slowdown > 4.0 or law.scv > 4.0 or not 0.5 <= ca2 <= 2.0:
        yield Doubt("scalability-range", index)
    if slowdown > HINDERED and float(outcome.repeat_visits[index]) > 1.0 + 1e-9:
        yield Doubt("scalability-visits", index)


def _balancing(outcome: Outcome, index: int, rho: float, cs2: float) -> Iterator[str]:
    group, ca2 = outcome.network.stations[index].group, float(outcome.scv[0, index])
    if group.policy is Policy.ROUND_ROBIN and group.replicas >= 5 and rho >= 0.6 and cs2 <= 0.3:
        yield "round-robin-smooth"
    if group.policy is Policy.POWER_OF_TWO and group.replicas >= 10 and rho > 0.95 and cs2 < 1.0:
        yield "power-of-two-smooth"
    if group.policy in _EVEN and 3 <= group.replicas <= 50 and group.servers <= 4 and rho >= 0.9 and cs2 >= 4.0:
        yield "even-rough"
    if group.policy in _EVEN and group.shares:
        yield "weights-evened"
    if group.policy in _EVEN and abs(ca2 - 1.0) > 0.25:
        yield "even-bursty"
    if group.policy in (*_EVEN, Policy.ROUND_ROBIN) and (group.replicas > 1000 or group.servers > 64):
        yield "balancer-range"


def _forks(steps: tuple[Step, ...]) -> bool:
    for step in steps:
        if isinstance(step, Fork):
            return True
        if isinstance(step, Choice) and any(_forks(option) for _, option in step.options):
            return True
    return False
