"""Doubts and assumptions that travel with a prediction: what is assumed, approximate or strained."""

from collections.abc import Iterator
from math import isfinite

from capplan.prediction.memory import memory_full
from capplan.prediction.model import Model
from capplan.prediction.notes_of_machines import machine_notes
from capplan.prediction.records import Cost, Note
from capplan.prediction.scalability import peaks
from capplan.prediction.solved import Solved
from capplan.prediction.workload import closed_network
from capplan.queueing.caveats import NOTICED, doubts
from capplan.topology import MANAGED, Balancer, Component, Pipeline, Topology, calls_of

GB = 1e9


def notes(solved: Solved, cost: Cost) -> tuple[Note, ...]:
    """All notes, those that change numbers first."""
    topology = solved.model.topology
    return (
        *_refused(solved),
        *_limits(solved),
        *_memory(solved),
        *_peaks(topology),
        *autoscalers(topology),
        *_unslowed(solved.model),
        *_closed(solved),
        *_unsettled(solved),
        *_doubts(solved),
        *_assumptions(solved.model),
        *machine_notes(solved),
        *_balancers(topology),
        *_distances(topology),
        *_prices(solved.model, cost),
    )


def _refused(solved: Solved) -> Iterator[Note]:
    """Queues without room for all that come, and repeats that may keep an overload alive."""
    regime, model = solved.outcome.regime, solved.model
    if regime is None:
        return
    losses = regime.fates.losses
    full = [(place.component, losses.stations[0, index]) for index, place in enumerate(model.places)]
    full += [(slots.component, losses.gates[0, index]) for index, slots in enumerate(model.slots)]
    for name, part in full:
        if part > NOTICED:
            message = f"{name} refuses {100.0 * part:.3g} % of its visits: its backlog is full"
            yield Note(code="backlog-full", message=message, where=f"components.{name}.backlog")
    rates = model.metastable
    if rates is not None:
        message = (
            f"between {rates.low:.4g} and {rates.high:.4g} requests a second a calm and a troubled regime both last:"
        )
        message += (
            f" an overload, once begun, is kept alive by its own repeats ({rates.attempts:.3g} attempts a request)"
        )
        message += f" until the rate falls below {rates.low:.4g}. A retry budget, fewer retries or a backlog that"
        message += " answers within the timeout prevents it"
        yield Note(code="metastable", message=message, where="workload.rate")


def _limits(solved: Solved) -> Iterator[Note]:
    for limit in solved.model.limits:
        offered = float(solved.arriving(limit.component)[0])
        if offered > limit.rate:
            refused = 100.0 * (1.0 - limit.rate / offered)
            message = f"{limit.component} is called {offered:.4g} times a second and takes {limit.rate:.4g}:"
            message += f" {refused:.1f} % of the calls are refused"
            yield Note(code="rate-limit", message=message, where=f"components.{limit.component}.rate_limit")


def _memory(solved: Solved) -> Iterator[Note]:
    for name, need in memory_full(solved):
        needed = float(need.bytes[0])
        wants = f"needs {needed / GB:.3g} GB" if isfinite(needed) else "would need memory without bound"
        message = f"a replica of {name} {wants} and has {need.size / GB:.3g} GB: it runs out of memory"
        yield Note(code="memory-full", message=message, where=f"components.{name}")


def _peaks(topology: Topology) -> Iterator[Note]:
    for peak in peaks(topology):
        if peak.passed:
            has = f"{peak.component} has {peak.present} {peak.what}" + (" a machine" if peak.what == "cores" else "")
            message = f"{has} and peaks at {peak.best}: fewer {peak.what} would give more"
            key = "machine" if peak.what == "cores" else "replicas"
            yield Note(code="beyond-peak", message=message, where=f"components.{peak.component}.{key}")


def autoscalers(topology: Topology) -> Iterator[Note]:
    """Whose replicas would follow the load, and are taken as they are."""
    for name, component in topology.components.items():
        if component.autoscale is not None:
            count = f"{component.replicas} replica{'s' * (component.replicas > 1)}"
            message = f"{name} is taken with {count}, as written: `autoscale` acts in a timeline of `simulate` alone"
            yield Note(code="autoscale-static", message=message, where=f"components.{name}.autoscale")


def _unslowed(model: Model) -> Iterator[Note]:
    for name, component in model.topology.components.items():
        places = [model.places[station] for station in model.stations_of.get(name, ())]
        cpu = any(place.resource == "cpu" for place in places)
        if component.scalability is not None and name in model.tasks_of and not cpu:
            message = f"{name} has no CPU time on machines of its own: its `scalability` changes nothing"
            yield Note(code="scalability-unused", message=message, where=f"components.{name}.scalability")


def _closed(solved: Solved) -> Iterator[Note]:
    """Users of a network that has no closed model."""
    if solved.users is not None and closed_network(solved.model) is None:
        message = "held slots, full queues, timeouts, retries and cores that slow each other down have no model with"
        message += " closed users: an open workload of"
        message += " the same mean population stands in, whose percentiles are too high near saturation"
        yield Note(code="closed-approximate", message=message, where="workload.users")


def _unsettled(solved: Solved) -> Iterator[Note]:
    if not solved.flow.settled:
        message = "what gets through this overload was not found to its last digits: take throughput, utilisation and"
        message += " success as rough"
        yield Note(code="overload-unsettled", message=message, where="components")


def _doubts(solved: Solved) -> Iterator[Note]:
    places, found = solved.model.places, doubts(solved.outcome)
    if not found:
        return
    from capplan.queueing.methods import CAVEATS

    for doubt in found:
        where = "requests" if doubt.station is None else f"components.{places[doubt.station].component}"
        if doubt.gate is not None:
            where = f"components.{solved.model.slots[doubt.gate].component}"
        caveat = CAVEATS[doubt.code]
        yield Note(code=doubt.code, message=f"{caveat.message} {caveat.advice}", where=where)


def _assumptions(model: Model) -> Iterator[Note]:
    for name in model.tasks_of:
        component = model.topology.component(name)
        timed = any(model.network.tasks[task].visits for task in model.tasks_of[name])
        if isinstance(component, Pipeline) or not timed or component.kind in MANAGED:
            continue
        if model.topology.machine(component) is None and _has_time(component):
            message = f"{name} has no machine: one core for each replica is assumed"
            yield Note(code="assumed-machine", message=message, where=f"components.{name}")


def _has_time(component: Component) -> bool:
    return component.time is not None or any(e.time is not None for e in component.endpoints.values())


def _balancers(topology: Topology) -> Iterator[Note]:
    called: dict[str, set[str]] = {}
    for name, component in topology.components.items():
        for call in calls_of(component):
            called.setdefault(call.component, set()).add(name)
    for name, component in topology.components.items():
        if not isinstance(component, Balancer):
            continue
        for target in component.forwards_to:
            others = {o for o in called.get(target, set()) if o != name}
            if others and topology.replicas(target) > 1:
                message = f"{target} is called through {name} and by {', '.join(sorted(others))}: all its visits are"
                message += f" taken to be spread as {name} does"
                yield Note(code="mixed-callers", message=message, where=f"components.{target}")
        if component.replicas > 1 and str(component.policy) in ("least_connections", "power_of_two", "round_robin"):
            message = f"the {component.replicas} replicas of {name} are taken to balance as one"
            message += "; each knows only its own visits, so the real spread is a little less even"
            yield Note(code="several-balancers", message=message, where=f"components.{name}")


def _distances(topology: Topology) -> Iterator[Note]:
    """One note for each pair of locations that calls cross and between which no round trip is written."""
    pairs: dict[frozenset[str], str] = {}
    for name, component in topology.components.items():
        here = component.location or topology.host(name).location
        for call in calls_of(component):
            callee = topology.components[call.component]
            there = callee.location or topology.host(callee.name).location
            if here is not None and there is not None and here != there and topology.locations.rtt(here, there) is None:
                pairs.setdefault(frozenset((here, there)), f"components.{name}")
    for name, request in topology.requests.items():
        there = topology.components[request.component].location
        for here in request.origin:
            if there is not None and here != there and topology.locations.rtt(here, there) is None:
                pairs.setdefault(frozenset((here, there)), f"requests.{name}.from")
    for pair, where in pairs.items():
        message = f"no round trip is written between {' and '.join(sorted(pair))}: calls between them take no time"
        yield Note(code="no-round-trip", message=message, where=where)


def _prices(model: Model, cost: Cost) -> Iterator[Note]:
    if cost.hour is None:
        return
    topology = model.topology
    unpriced = [
        name
        for name, component in topology.components.items()
        if component.host is None and (m := topology.machine(component)) is not None and m.price is None
    ]
    if unpriced:
        message = f"no price is known for the machines of {', '.join(unpriced)}: the cost leaves them out"
        yield Note(code="cost-incomplete", message=message, where=f"components.{unpriced[0]}.machine")
