"""The regime that a network settles in where queues refuse, callers lose patience and calls are repeated.

Refusals and lateness make repeats, repeats make load, load makes refusals and lateness: a fixed point, found by
iteration from the calm side (nothing is refused or late) or from the troubled side (everything is). The map is
monotone, so the two give the least and the greatest fixed point. Where they differ the system is metastable: it can be
pushed from the one into the other and stays there (Bronson et al. 2021, "Metastable failures in distributed systems").
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.fates import Caller, Fates, Losses
from capplan.queueing.network import ENDLESS, Call, Choice, Fork, Network, Step
from capplan.queueing.traffic import Traffic

Losing: TypeAlias = "Callable[[Regime], Losses]"
"""What is refused and late at the load that a regime makes."""
ROUNDS = 60
"""Most steps of the search."""
CALM = 30
"""From this step on each goes half the way: some searches swing."""
MANY = 24
"""The same at many loads at once, where those far beyond the capacity would hold up the others."""
FLOWING = 24
"""The same where saturated queues hold back what comes."""
STEADY = 1e-4
"""To this the part that they hold back is known."""
SETTLED = 1e-6
"""Probabilities are known to this."""


@dataclass(frozen=True)
class Regime:
    """What becomes of all runs, and what load that makes.

    Attributes:
        fates: of runs and calls.
        runs: (L, tasks) runs per second, repeats included.
        work: (L, stations) offered service time per second, of visits that are refused included.
        settled: whether the search came to rest.
    """

    fates: Fates
    runs: Array
    work: Array
    settled: bool = True

    @property
    def accepted(self) -> Array:
        """(L, stations) service time per second of those visits that are not refused."""
        return np.asarray(self.work * (1.0 - self.fates.losses.stations))

    @property
    def tries(self) -> dict[Call, Array]:
        """(L,) attempts of each call that may be repeated."""
        found = self.fates.attempts.items()
        return {caller: one.number for caller, one in found if isinstance(caller, Call)}


def plain(network: Network) -> bool:
    """Whether nothing is ever held, refused, late or repeated: the load then decides the rates by itself."""
    if network.gates or any(station.room is not None for station in network.stations):
        return False
    return all(stream.patience == ENDLESS for stream in network.streams) and not any(impatient(network))


def impatient(network: Network) -> Iterator[Call]:
    """The calls that are not waited for for ever, or are repeated."""
    for task in network.tasks:
        yield from (call for call in calls(task.steps) if call.patience != ENDLESS)


def calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    """All calls of some steps."""
    for step in steps:
        if isinstance(step, Call):
            yield step
        elif isinstance(step, Choice):
            for _, option in step.options:
                yield from calls(option)
        elif isinstance(step, Fork):
            for branch in step.branches:
                yield from calls(branch)


def awaited(steps: tuple[Step, ...]) -> Iterator[Call]:
    """The calls of some steps that the caller waits for."""
    return (call for call in calls(steps) if call.waits)


def timed(network: Network) -> list[Caller]:
    """The callers with a timeout."""
    streams = [stream for stream in network.streams if np.isfinite(stream.patience.timeout)]
    return [*dict.fromkeys(call for call in impatient(network) if np.isfinite(call.patience.timeout)), *streams]


def regime_of(traffic: Traffic, loads: Array, losses: Losses) -> Regime:
    """The runs and the load that go with these losses."""
    fates = Fates(traffic.network, losses)
    entering = np.stack([loads * stream.slope + stream.base for stream in traffic.network.streams], axis=1)
    runs = fates.runs(entering)
    return Regime(fates, runs, fates.work(runs))


def no_losses(network: Network, count: int, *, troubled: bool = False) -> Losses:
    """Nothing refused, nothing late; or everything that can be late is."""
    late = {caller: np.full(count, 1.0 if troubled else 0.0) for caller in timed(network)}
    stations, gates = np.zeros((count, len(network.stations))), np.zeros((count, len(network.gates)))
    errors = np.broadcast_to(np.array([task.failure for task in network.tasks]), (count, len(network.tasks)))
    return Losses(stations, gates, late, errors)


class Known:
    """Calm regimes that were found, by load: what is refused and late at a load is at least so at every higher one, so
    a search may start there."""

    def __init__(self) -> None:
        self.loads = np.zeros(0)
        self.losses: list[Array] = []

    def start(self, loads: Array, nothing: Losses) -> Losses:
        """The losses of the next lower load that is known, for each load; none where none is."""
        values = _packed(nothing)
        order = np.argsort(self.loads)
        below = np.searchsorted(self.loads[order], loads, side="right") - 1
        for row, place in enumerate(below.tolist()):
            if place >= 0:
                values[row] = self.losses[int(order[place])]
        return _unpacked(values, nothing)

    def learn(self, loads: Array, losses: Losses) -> None:
        """Keeps what was found."""
        self.loads = np.concatenate((self.loads, loads))
        self.losses += list(_packed(losses))


def settle(
    traffic: Traffic,
    loads: Array,
    losing: Losing,
    *,
    troubled: bool = False,
    flowing: Losses | None = None,
    known: Known | None = None,
) -> Regime:
    """The regime at some loads.

    Args:
        traffic: the network and its rates.
        loads: (L,) loads.
        losing: what queues do under a regime.
        troubled: whether to come from the side where everything is late.
        flowing: where `losing` counts what saturated queues never let through: the losses without that.
        known: calm regimes at other loads.
    """
    network = traffic.network
    losses = no_losses(network, len(loads), troubled=troubled)
    if known is not None:
        losses = known.start(loads, losses)
    losses = flowing or losses
    regime = regime_of(traffic, loads, losses)
    if not (_reacts(network) or flowing):
        return regime
    rounds, enough = (ROUNDS if len(loads) == 1 else MANY, SETTLED) if flowing is None else (FLOWING, STEADY)
    search = _Search()
    for _ in range(rounds):
        wanted = losing(regime)
        moved = search.towards(losses, wanted)
        gap = _gap(losses, wanted)
        losses = moved
        regime = regime_of(traffic, loads, losses)
        if gap < enough:
            if known is not None:
                known.learn(loads, losses)
            return regime
    return Regime(regime.fates, regime.runs, regime.work, settled=False)


def _reacts(network: Network) -> bool:
    """Whether the load changes what is refused or late."""
    rooms = [station.room for station in network.stations] + [gate.room for gate in network.gates]
    return any(room is not None for room in rooms) or bool(timed(network)) or bool(network.quotas)


def _gap(one: Losses, other: Losses) -> float:
    """The largest change of a probability."""
    pairs = [(one.stations, other.stations), (one.gates, other.gates), (one.errors, other.errors)]
    pairs += [(one.late[caller], other.late[caller]) for caller in one.late]
    return max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs)


class _Search:
    """Steps of the iteration: the map itself, and now and then a jump ahead where steps shrink by a steady ratio
    (Aitken's delta squared, load point by load point), never past what is possible."""

    def __init__(self) -> None:
        self.before: Array | None = None
        self.steps = 0

    def towards(self, losses: Losses, wanted: Losses) -> Losses:
        """The next losses."""
        now, then = _packed(losses), _packed(wanted)
        step = then - now
        self.steps += 1
        if self.steps > CALM:
            then = 0.5 * (now + then)
        elif self.before is not None and self.steps % 2 == 0:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.sum(step * self.before, axis=1) / np.sum(self.before**2, axis=1)
            ratio = np.where(np.isfinite(ratio), np.clip(ratio, -3.0, 0.97), 0.0)
            then = np.clip(then + step * (ratio / (1.0 - ratio))[:, None], 0.0, 1.0)
        self.before = step
        return _unpacked(then, losses)


def _packed(losses: Losses) -> Array:
    """(L, n) all losses side by side."""
    late = [one[:, None] for one in losses.late.values()]
    return np.concatenate((losses.stations, losses.gates, losses.errors, *late), axis=1)


def _unpacked(values: Array, like: Losses) -> Losses:
    widths = np.cumsum([like.stations.shape[1], like.gates.shape[1], like.errors.shape[1]])
    stations, gates, errors, late = np.split(values, widths, axis=1)
    return Losses(stations, gates, {caller: late[:, k] for k, caller in enumerate(like.late)}, errors)
