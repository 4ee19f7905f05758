"""How smooth arrivals can be at most: the least SCV that any choice gives each queue, for all that only relaxes.

A plan is held against its own arrivals; what is said about all slower plans is said with these.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from capplan.checks.states import Left, State, whole
from capplan.planning.menus import Menu
from capplan.planning.needs import Asked, uses
from capplan.prediction.model import Model
from capplan.prediction.scalability import of_replicas
from capplan.queueing.least_variability import Variants, always_poisson, least_arrival_scv


def least_scv(
    models: Sequence[Model], menus: Mapping[str, Menu], asked: Mapping[str, Asked], states: Sequence[State], rate: float
) -> dict[str, float]:
    """The least SCV of arrivals at each queue, by its name; empty where all arrivals are Poisson whatever is chosen.

    Machines may have different queues (one without a limit of its network has none for it), so all are asked.
    """
    found: dict[str, float] = {}
    structures: set[tuple[str, ...]] = set()
    for model in models:
        names = tuple(station.name for station in model.network.stations)
        if names not in structures:
            structures.add(names)
            for name, scv in _least(model, menus, asked, states, rate).items():
                found[name] = min(scv, found.get(name, scv))
    return found


def _least(
    model: Model, menus: Mapping[str, Menu], asked: Mapping[str, Asked], states: Sequence[State], rate: float
) -> dict[str, float]:
    variants = _variants(model, menus, asked, states, rate)
    outcome = model.outcome(rate)
    services = list(outcome.services)
    if always_poisson(model.network, services, variants.most):
        return {}
    scv = least_arrival_scv(model.traffic, model.open.routing, services, rate, variants)
    return {station.name: float(scv[k]) for k, station in enumerate(model.network.stations)}


def _variants(
    model: Model, menus: Mapping[str, Menu], asked: Mapping[str, Asked], states: Sequence[State], rate: float
) -> Variants:
    """What the servers of each queue may be, in all states together."""
    rho = np.minimum(model.traffic.utilisation(np.array([rate]))[0], 1.0)
    count = np.array([float(station.group.replicas) for station in model.network.stations])
    found = Variants(rho.copy(), rho.copy(), count.copy(), count.copy())
    for index, place in enumerate(model.places):
        host = model.topology.host(place.component)
        if place.component in menus:
            low, high = _used(menus[place.component], asked[place.component], place.resource)
            number = menus[place.component].readers if place.readers else menus[place.component].replicas
            found.least_busy[index], found.busiest[index] = low, high
            found.fewest[index], found.most[index] = max(float(number.min()), 1.0), max(float(number.max()), 1.0)
        if any(_touches(state, menus.get(host.name), whole(host)) for state in states):
            found.busiest[index], found.fewest[index] = 1.0, 1.0
            if of_replicas(model.topology, host) is not None:
                found.least_busy[index] = 0.0
    return found


def _used(menu: Menu, asked: Asked, resource: str) -> tuple[float, float]:
    """The least and the most that a resource is used, over the options of a menu."""
    found = []
    for kind, needs in enumerate(asked.needs):
        rows = menu.kind == kind
        use = uses(needs, menu.replicas[rows], menu.readers[rows]).get(resource)
        if use is not None and np.any(rows):
            found += [float(use.average.min()), float(use.average.max())]
    return min(found, default=0.0), min(max(found, default=1.0), 1.0)


def _touches(state: State, menu: Menu | None, up: Left) -> bool:
    """Whether a state takes replicas of a component away."""
    if menu is None:
        return False
    sizes = {(int(n), int(r)) for n, r in zip(menu.replicas, menu.readers, strict=True)} | {up[:2]}
    component = menu.unit.freedom.component
    return any(state.left(component, Left(*size))[:2] != size for size in sizes)
