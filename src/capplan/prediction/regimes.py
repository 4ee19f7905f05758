"""Where retries, full queues and held slots bend things: the rate that can be carried, and rates with two regimes.

Without them every utilisation is linear in the rate (`usage`); with them the rate of saturation is sought: the least at
which what is asked of some resource, repeats included, reaches what it can do.
"""

import numpy as np

from capplan.prediction.model import Model, Pressed
from capplan.prediction.records import Metastable
from capplan.prediction.usage import usages
from capplan.queueing.arrays import Array
from capplan.queueing.outcome import Outcome

LOOKS = 12
"""Rates that are solved together when a bracket is narrowed."""
ZOOMS = 3
BELOW = 0.999
"""The last rate that is looked at, as a part of the one up to which the calm regime exists."""
NEAR = 0.98
"""Slots that are full when what they wait for is this full are not the bottleneck themselves."""
APART = 1e-3
"""Two regimes differ when some request is repeated so much more, or fails so much more often."""
POINTS = 256
"""Points of the grids: only probabilities are looked at."""


def pressures(model: Model, outcome: Outcome) -> tuple[Array, list[tuple[str, str]]]:
    """((L, n) what is asked of each resource over what it can do, whose each is): stations, gates, limits."""
    columns, owners = [outcome.hottest], [(place.component, place.resource) for place in model.places]
    gates = outcome.reaction.gates
    for index, slots in enumerate(model.slots):
        columns.append(gates[index].rho[:, None])
        owners.append((slots.component, "concurrency"))
    for limit in model.limits:
        tasks = list(model.tasks_of.get(limit.component, ()))
        columns.append((outcome.rates[:, tasks].sum(axis=1) / limit.rate)[:, None])
        owners.append((limit.component, "rate_limit"))
    return np.concatenate(columns, axis=1), owners


def saturation(model: Model) -> Pressed | None:
    """The resource that is full first as the rate grows; None where nothing limits."""
    reached = [(at, usage) for usage in usages(model) if (at := usage.reaches(1.0)) is not None]
    first = min(reached, key=lambda pair: pair[0], default=None)
    if not model.open.plain:
        return _first_full(model, None if first is None else first[0])
    return None if first is None else Pressed(first[0], first[1].component, first[1].resource)


def _first_full(model: Model, linear: float | None) -> Pressed | None:
    """The same in the calm regime.

    Args:
        model: a translated topology.
        linear: the rate of saturation by work alone, which bounds it; None where nothing of that kind limits.
    """
    bracket = _bracket(model, linear)
    if bracket is None:
        return None
    low, high = bracket
    for _ in range(ZOOMS):
        loads = low + (high - low) * np.linspace(0.0, 1.0, LOOKS + 2)[1:]
        pressed, owners = pressures(model, model.open.at(loads, POINTS))
        full = np.flatnonzero(pressed.max(axis=1) >= 1.0)
        first = int(full[0]) if len(full) else len(loads) - 1
        low, high = (float(loads[first - 1]) if first else low), float(loads[first])
    before, after = pressures(model, model.open.at([low, high], POINTS))[0]
    which = _culprit(after, owners)
    return Pressed(_between(low, high, float(before[which]), float(after[which])), *owners[which])


def _bracket(model: Model, linear: float | None) -> tuple[float, float] | None:
    """Rates below and above which something is full; None where no rate fills anything."""
    if linear is not None:
        return 0.0, linear
    if not model.slots:
        return None
    high = 1.0
    for _ in range(60):
        if float(pressures(model, model.open.at([high], POINTS))[0].max(initial=0.0)) >= 1.0 - 1e-9:
            return 0.0, high
        high *= 2.0
    return None


def _between(low: float, high: float, before: float, after: float) -> float:
    """Where 1 is reached, straight between two rates; the lower one where it is jumped over."""
    if not before < 1.0 <= after or after > 1.0 + 4.0 * (high / max(low, 1e-300) - 1.0):
        return low if before < 1.0 else high
    return low + (high - low) * (1.0 - before) / (after - before)


def _culprit(pressed: Array, owners: list[tuple[str, str]]) -> int:
    """What is full; slots only where nothing that they wait for is as good as full."""
    slots = np.array([resource == "concurrency" for _, resource in owners])
    others = np.where(slots, 0.0, pressed)
    if float(others.max(initial=0.0)) >= NEAR * min(float(pressed.max()), 1.0):
        return int(np.argmax(others))
    return int(np.argmax(pressed))


def metastable(model: Model) -> Metastable | None:
    """The rates with two regimes; None where there is but one at any rate."""
    if model.full is None or not _may_storm(model):
        return None
    most = model.full.rate
    low, high, attempts = 0.0, most, 1.0
    for zoom in range(ZOOMS):
        loads = low + (high - low) * np.append(np.linspace(0.0, 1.0, LOOKS + 2)[1:-1], BELOW)
        stormy, repeated = _differ(model, loads)
        found = np.flatnonzero(stormy)
        if not len(found):
            if zoom == 0:
                return None
            low = float(loads[-1])
            continue
        first, attempts = int(found[0]), float(repeated[found[0]])
        low, high = (float(loads[first - 1]) if first else low), float(loads[first])
    return Metastable(low=high, high=most, attempts=attempts)


def _may_storm(model: Model) -> bool:
    """Whether something that comes late is repeated."""
    streams = model.network.streams
    return any(stream.patience.retries for stream in streams) or any(
        call.patience.retries for call in model.open.impatient
    )


def _differ(model: Model, loads: Array) -> tuple[Array, Array]:
    """((L,) whether the regimes differ, (L,) attempts of a request in the troubled one)."""
    calm, troubled = model.open.at(loads, POINTS), model.open.at(loads, POINTS, troubled=True)
    gap, most = np.zeros(len(loads)), np.ones(len(loads))
    assert calm.regime is not None
    assert troubled.regime is not None
    for caller, tries in calm.regime.fates.attempts.items():
        other = troubled.regime.fates.attempts[caller]
        gap = np.maximum(gap, np.abs(other.number - tries.number))
        gap = np.maximum(gap, np.abs(other.fate.clean - tries.fate.clean))
        most = np.maximum(most, other.number)
    return np.asarray(gap > APART), most
