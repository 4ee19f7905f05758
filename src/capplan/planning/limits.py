"""What no choice lifts: why a strategy has no plan, in a sentence that says whose limit it is.

Every component gets the best that its options have together; what is missed even then is missed by every choice.
"""

from collections.abc import Mapping

import numpy as np

from capplan.checks.connections import connections
from capplan.checks.holding import Situation
from capplan.checks.records import Miss
from capplan.checks.states import in_state, surges
from capplan.planning.best import best_of
from capplan.planning.menus import Menu, busiest, everything, offered
from capplan.planning.needs import asked, translations
from capplan.planning.options import Option, Unit
from capplan.planning.peaks import peaks
from capplan.planning.records import Limit, Strategy
from capplan.planning.strategies import Solution, Task
from capplan.prediction.predict import prediction
from capplan.prediction.records import Share
from capplan.topology import Component, Topology
from capplan.topology.objectives import COST
from capplan.units import HOUR, MONTH, format_duration, format_fraction, format_money

_KEPT = {
    Strategy.VERTICAL: "this strategy changes machines only",
    Strategy.HORIZONTAL: "this strategy changes replicas only",
    Strategy.MIXED: "",
}


def limit(task: Task, solution: Solution) -> Limit:
    """The limit that a strategy without a plan meets."""
    for name, unit in solution.units.items():
        if unit.freedom.outside:
            message = f"{name} has {unit.freedom.component.replicas} replicas, which `scaling` does not allow"
            return Limit(component=name, resource="replicas", message=f"{message}; {_KEPT[solution.strategy]}")
    slowed = next((found for menu in solution.menus.values() if (found := _slowed_down(task, menu)) is not None), None)
    if slowed is not None:
        return slowed
    best = {
        name: best_of(menu if len(menu) else offered(task.topology, menu.unit)) for name, menu in solution.menus.items()
    }
    topology = _with(task.topology, best)
    for state in task.states:
        situation = Situation(topology, state, task.rate, task.margin)
        miss = next((one for one in situation.misses() if not _grows(one)), None)
        if miss is not None:
            return _missed(task, solution, situation, miss)
    crowded = _crowded(task, solution)
    if crowded is not None:
        return crowded
    empty = next((name for name, menu in solution.menus.items() if not len(menu)), None)
    if empty is not None:
        message = f"no machine that {empty} may run on has enough of everything at once"
        return Limit(component=empty, resource="machine", message=message)
    return _together(task, solution)


def _slowed_down(task: Task, menu: Menu) -> Limit | None:
    """Machines that slow each other down and are too few, a peak being in the way or not; None where they carry the
    load, or do not."""
    unit, topology = menu.unit, task.topology
    if len(menu) or unit.freedom.component.scalability is None:
        return None
    most, everyone, allowed = peaks(topology, unit), everything(unit), offered(topology, unit)
    past = int(everyone.machines.max(initial=0)) > most.replicas
    count, what = (most.replicas, "replicas") if past else (most.cores, "cores a machine")
    peaked = f"{unit.name} peaks at {count:.0f} {what}: more give less" if len(allowed) < len(everyone) else ""
    if not len(allowed):
        resource = "replicas" if past else "machine"
        return Limit(component=unit.name, resource=resource, message=f"{peaked}, and `scaling` allows no fewer")
    used = busiest(allowed, asked(translations(topology, {unit.name: unit}, task.rate), unit, task.rate))
    share, best = format_fraction(float(used.min())), _sized(unit, allowed.option(int(np.argmin(used))))
    if peaked:
        message = f"{peaked}; {best} do most, and are asked for {share} of what they can do"
    elif used.min() >= 1.0:
        message = f"{unit.name} is asked for {share} of what it can do, even with {best}"
    else:
        return None
    return Limit(component=unit.name, resource="cpu", message=message)


def _sized(unit: Unit, option: Option) -> str:
    """So many of which machine."""
    machine = unit.machine(option)
    return f"{option.machines} × {(None if machine is None else machine.name) or 'its machine'}"


def _grows(miss: Miss) -> bool:
    """Whether more machines make it worse: what they cost, and the connections that they hold."""
    return miss.subject == COST or miss.metric.endswith(".connections")


def _crowded(task: Task, solution: Solution) -> Limit | None:
    """Connections that are too many even with the fewest machines of those that hold them."""
    fewest = {
        name: menu.unit.applied(menu.option(int(np.argmin(menu.replicas))))
        for name, menu in solution.menus.items()
        if len(menu)
    }
    topology = _with(task.topology, fewest)
    for state in task.states:
        for held in connections(in_state(topology, state), surges(topology, state)):
            takers = _most(task, solution, held.component)
            if held.held > held.taken and task.topology.host(held.component).name not in fewest:
                message = f"the pools of {', '.join(held.callers)} hold at least {held.held} connections to"
                message += f" {held.component}, which takes {held.taken}{takers}"
                return Limit(component=held.component, resource="connections", message=message)
    return None


def _with(topology: Topology, components: Mapping[str, Component]) -> Topology:
    return topology.model_copy(update={"components": {**topology.components, **components}})


def _missed(task: Task, solution: Solution, situation: Situation, miss: Miss) -> Limit:
    """Something that is missed even with the best of everything."""
    resource = miss.metric.split(".", 1)[1]
    state = "" if miss.state == task.states[0].name else f" ({miss.state})"
    if miss.subject in task.topology.components:
        why = _kept(task, miss.subject) if resource == "replicas" else _most(task, solution, miss.subject)
        return Limit(component=miss.subject, resource=resource, message=f"{miss.message}{state}{why}")
    even = "even with the most and the fastest machines that may be"
    share = None if resource in ("success_rate", "error_rate") else _largest(situation, miss.subject)
    if share is None:
        return Limit(component=None, resource=resource, message=f"{miss.message}{state}, {even}")
    parts = {"waiting": share.wait, "service time": share.service, "network": share.network}
    part = max(parts, key=lambda name: parts[name])
    message = f"{miss.message}{state}, {even}: {format_duration(parts[part])} of its mean is {share.component}'s {part}"
    return Limit(component=share.component, resource="latency", message=message)


def _largest(situation: Situation, subject: str) -> Share | None:
    """Where a request spends most of its time."""
    predicted = prediction(situation.solved)
    requests = [predicted.requests[subject]] if subject in predicted.requests else list(predicted.requests.values())
    rows = [share for request in requests for share in request.breakdown]
    return max(rows, key=lambda share: share.share, default=None)


def _kept(task: Task, name: str) -> str:
    """Why a component has no more replicas than it has."""
    freedom = task.freedoms.get(task.topology.host(name).name)
    if freedom is None or freedom.replicas.low < freedom.replicas.high:
        return ""
    return f"; it keeps its replicas: {freedom.because}" if freedom.because else "; `scaling` allows no more replicas"


def _most(task: Task, solution: Solution, name: str) -> str:
    """The most that a component may have, or why it stays as it is."""
    host = task.topology.host(name).name
    unit = solution.units.get(host)
    if unit is not None:
        return f", even with {_largest_of(task.topology, unit)}"
    freedom = task.freedoms.get(host)
    if freedom is None:
        return ""
    because = freedom.because if freedom.fixed else _KEPT[solution.strategy]
    return f"; it stays as it is: {because}" if because else ""


def _largest_of(topology: Topology, unit: Unit) -> str:
    """The most machines of the largest type, none beyond a peak."""
    menu = offered(topology, unit)
    machines = [machine for kind in set(menu.kind.tolist()) if (machine := unit.freedom.machines[kind]) is not None]
    count = int(menu.machines.max(initial=0))
    if not machines:
        return f"{count} replicas"
    largest = max(machines, key=lambda machine: machine.cores * machine.speed)
    return f"{count} × {largest.name or 'its machine'}"


def _together(task: Task, solution: Solution) -> Limit:
    """Each objective can be held, but not all of them together."""
    found = solution.found
    assert found is not None, "a strategy with a full menu was searched"
    assert found.cuts, "what is missed by no component's best is missed by something that was looked at"
    miss = found.cuts[-1].miss
    if miss.subject == COST and found.bound is not None:
        value = miss.value or 0.0
        hour = value if miss.metric.endswith("hour") else value * HOUR / MONTH
        least = format_money(hour * MONTH / HOUR, task.topology.currency)
        message = f"the cheapest plan that could hold everything else costs at least {least} a month: {miss.message}"
        return Limit(component=None, resource=COST, message=message)
    message = f"no choice holds every objective at once; the last one looked at: {miss.message}"
    return Limit(component=None, resource=miss.metric.split(".", 1)[1], message=message)
