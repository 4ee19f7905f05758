"""What a period costs: a fleet that stays as it is, and one whose replicas follow the load."""

from collections.abc import Mapping

import numpy as np

from capplan.prediction.cost import component_cost, total_cost
from capplan.prediction.period_records import Fleets
from capplan.prediction.records import Cost
from capplan.prediction.solved import solve_model
from capplan.prediction.translate import translate
from capplan.prediction.varied import Varied
from capplan.queueing.arrays import Array
from capplan.topology import Topology
from capplan.topology.replication import following, following_replicas, least_replicas

MOST_FLEETS = 24
"""At most so many different fleets are solved for their percentile; the fullest of them is always among them."""
LARGE = 250
"""In topologies of more components it is left out."""


def fleets(found: Varied, worst_fixed: float | None) -> Fleets:
    """Both fleets of a solved period."""
    topology = found.model.topology
    least = least_replicas(topology)
    peak = float(found.loads.max())
    parts = found.loads / peak
    counts = {
        name: np.array([following_replicas(topology, name, part, low) for part in parts.tolist()])
        for name, low in least.items()
    }
    fixed = _fixed(found)
    idle = {name: topology.component(name).replicas - float(count.mean()) for name, count in counts.items()}
    saved = sum(_price(topology, name) * number for name, number in idle.items())
    follows = None if fixed.hour is None else fixed.hour - saved
    return Fleets(
        fixed=fixed,
        following=total_cost(topology.currency, {"all": follows}),
        least={name: int(count.min()) for name, count in counts.items()},
        worst_fixed=worst_fixed,
        worst_following=_worst(found, parts, least, counts) if worst_fixed is not None else None,
    )


def _fixed(found: Varied) -> Cost:
    """At the mean rate of visits: what does not depend on them costs the same, and all else is proportional."""
    model, solved, points = found.model, found.plain.solved, found.plain.points
    costs = {
        name: component_cost(model, component, float(points.at(solved.component_rate(name)).mean()))
        for name, component in model.topology.components.items()
    }
    return total_cost(model.topology.currency, costs)


def _price(topology: Topology, name: str) -> float:
    machine = topology.machine(topology.component(name))
    return 0.0 if machine is None or machine.price is None else float(machine.price)


def _worst(found: Varied, parts: Array, least: Mapping[str, int], counts: Mapping[str, Array]) -> float | None:
    """The 99th percentile of all requests in the slowest step of a fleet that follows."""
    topology, peak = found.model.topology, float(found.loads.max())
    if len(topology.components) > LARGE:
        return None
    fullest: dict[tuple[int, ...], float] = {}
    for step, part in enumerate(parts.tolist()):
        fleet = tuple(int(count[step]) for count in counts.values())
        fullest[fleet] = max(part, fullest.get(fleet, 0.0))
    chosen = sorted(fullest.values(), reverse=True)
    if len(chosen) > MOST_FLEETS:
        chosen = [chosen[round(k * (len(chosen) - 1) / (MOST_FLEETS - 1))] for k in range(MOST_FLEETS)]
    classes = list(topology.request_classes)
    worst = 0.0
    for part in filter(None, chosen):
        solved = solve_model(translate(following(topology, part, least), part * peak), [part * peak])
        worst = max(worst, float(solved.request_quantiles(classes, [0.99])[0, 0]))
    return worst if np.isfinite(worst) else None
