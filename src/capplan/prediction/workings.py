"""How each number of a component was obtained: which formula, with which inputs."""

from collections.abc import Iterator
from math import isfinite

import numpy as np

from capplan.prediction.availability import Redundancy, redundancies
from capplan.prediction.memory import memory_need
from capplan.prediction.records import Working
from capplan.prediction.scalability import copies, of_replicas
from capplan.prediction.solved import Solved
from capplan.prediction.workload import population
from capplan.queueing.balancing import Policy
from capplan.queueing.scalability import Speedup
from capplan.queueing.shared import SharedWait, parts

_BY_POLICY = {
    Policy.RANDOM: "random",
    Policy.ROUND_ROBIN: "round-robin",
    Policy.LEAST_CONNECTIONS: "least-connections",
    Policy.POWER_OF_TWO: "power-of-two",
    Policy.IP_HASH: "ip-hash",
}


def workings(solved: Solved, component: str) -> tuple[Working, ...]:
    """The queues that visits of a component pass, the replicas that may be down, its memory: at the first load."""
    model = solved.model
    replicas = redundancies(model, solved.loads, model.topology.component(component))
    queues = (*_queues(solved, component), *_slots(solved, component))
    up = (_replicas(one) for one in replicas)
    return (*queues, *_scaling(solved, component), *up, *_memory(solved, component))


def _slots(solved: Solved, component: str) -> Iterator[Working]:
    """The slots of a component: its threads or workers, and the connections of its pools."""
    first = len(solved.model.network.stations)
    for index, slots in enumerate(solved.model.slots):
        if slots.component != component:
            continue
        gate, one = solved.outcome.reaction.gates[index], solved.model.network.gates[index]
        wait = solved.outcome.stays[first + index].wait
        symbols = {
            "T": one.group.servers,
            "N": float(one.group.replicas),
            "lambda": float(solved.outcome.reaction.gates.contents.holders[0, index]),
            "X(T)": float(gate.rates[0, -1]),
            "hold": float(gate.hold[0]),
            "held": float(gate.held[0]),
            "phi": float(gate.easing[0]),
            "loss": float(gate.loss[0]),
        }
        if wait is not None and np.isfinite(wait.mean[0]):
            symbols |= {"P(W>0)": float(wait.chance[0]), "E[W]": float(wait.mean[0])}
        resource = "concurrency" if slots.callee is None else f"pool to {slots.callee}"
        yield Working(resource=resource, method="slots", symbols=symbols)


def _queues(solved: Solved, component: str) -> tuple[Working, ...]:
    tasks = solved.model.tasks_of.get(component, ())
    network = solved.model.network
    used = {visit.station for task in tasks for visit in network.tasks[task].visits if visit.station is not None}
    return tuple(_working(solved, station) for station in sorted(used))


def _scaling(solved: Solved, name: str) -> Iterator[Working]:
    """What busy cores, and replicas, lose by each other."""
    model = solved.model
    component = model.topology.component(name)
    for index in model.stations_of.get(model.topology.host(name).name, ()):
        group = model.network.stations[index].group
        if group.speedup is not None:
            symbols = _law(group.speedup, "c", group.servers) | {"m": float(solved.crowding[0, index])}
            yield Working(resource=model.places[index].resource, method="usl", symbols=symbols)
    law = of_replicas(model.topology, component)
    if law is not None:
        count = float(copies(model.topology, component))
        symbols = _law(law, "N", count) | {"N/C(N)": float(law.slowdown(count))}
        yield Working(resource="replicas", method="usl", symbols=symbols)


def _law(law: Speedup, letter: str, count: float) -> dict[str, float]:
    """The symbols of the Universal Scalability Law for so many."""
    found = {"sigma": law.contention, "kappa": law.coherency, letter: count, f"C({letter})": float(law.of(count))}
    return found | ({"peak": law.peak} if isfinite(law.peak) else {})


def _replicas(one: Redundancy) -> Working:
    up = float(one.up[0])
    symbols = {
        "n": float(one.replicas),
        "A": one.available,
        "k": float(one.needed[0]),
        "P(up)": up,
        "1 - P(up)": 1.0 - up,
    }
    return Working(resource="readers" if one.readers else "replicas", method="replicas-up", symbols=symbols)


def _memory(solved: Solved, component: str) -> tuple[Working, ...]:
    declared = solved.model.topology.component(component)
    need = memory_need(solved, declared)
    if need is None:
        return ()
    symbols = {"needed": float(need.bytes[0]), "machine": need.size}
    if declared.memory is not None:
        symbols |= {"base": float(declared.memory.base), "per_visit": float(declared.memory.per_visit)}
    if declared.memory is not None and declared.memory.per_visit > 0.0:
        from capplan.prediction.in_progress import visits_in_progress

        symbols["N999"] = float(visits_in_progress(solved, declared)[0])
    return (Working(resource="memory", method="memory", symbols=symbols),)


def _working(solved: Solved, index: int) -> Working:
    station, place = solved.model.network.stations[index], solved.model.places[index]
    law, stay = solved.outcome.services[index], solved.outcome.stays[index]
    arrivals = float(solved.rates[0] @ solved.model.traffic.arrivals[:, index])
    symbols = {
        "lambda": arrivals,
        "E[S]": 0.0 if law is None else law.mean,
        "c": station.group.servers,
        "N": float(station.group.replicas),
        "rho": float(solved.outcome.utilisation[0, index]),
        "ca2": float(solved.outcome.scv[0, index]),
        "cs2": 0.0 if law is None else law.scv,
    }
    regime = solved.outcome.regime
    if regime is not None and station.room is not None:
        symbols |= {"b": float(station.room), "P_loss": float(regime.fates.losses.stations[0, index])}
    if index in solved.outcome.known and solved.users is not None:
        closed = population(solved.model.topology)
        symbols |= {"users": float(solved.users[0]), "Z": 0.0 if closed is None else closed.think}
    if stay.wait is not None and not solved.outcome.saturated[0, index]:
        symbols |= {"P(W>0)": float(stay.wait.chance[0]), "E[W]": float(stay.wait.mean[0])}
        symbols |= _sharing(parts(stay.wait))
    return Working(resource=place.resource, method=_method(solved, index), symbols=symbols)


def _sharing(replicas: list[tuple[float, SharedWait]]) -> dict[str, float]:
    """The symbols of processor sharing, averaged over the replicas that a visit may go to; none without it."""
    if not replicas:
        return {}
    return {
        "m": 1.0 + sum(share * float(part.slower[0]) for share, part in replicas),
        "v": sum(share * float(part.variance[0]) for share, part in replicas),
        "tau": sum(share * float(part.memory[0]) for share, part in replicas),
    }


def _method(solved: Solved, index: int) -> str:
    """The code of the formula that gave the wait."""
    group = solved.model.network.stations[index].group
    law = solved.outcome.services[index]
    if solved.outcome.saturated[0, index]:
        return "saturation"
    if index in solved.outcome.known:
        return "closed-users"
    if solved.model.network.stations[index].room is not None:
        return "room"
    if group.sharing:
        return "processor-sharing"
    if group.replicas > 1:
        return _BY_POLICY[group.policy]
    if law is None or (law.scv == 1.0 and float(solved.outcome.scv[0, index]) == 1.0):
        return "mmc"
    return "mgc" if float(solved.outcome.scv[0, index]) == 1.0 else "ggc"
