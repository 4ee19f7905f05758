"""What to know before a plan is carried out: what more machines of a kind bring with them."""

from collections.abc import Iterator

from capplan.planning.options import Plan
from capplan.planning.strategies import Solution
from capplan.prediction.records import Note
from capplan.topology import Balancer, Database, Topology, calls_of
from capplan.units import format_size


def notes(topology: Topology, solution: Solution, plan: Plan) -> tuple[Note, ...]:
    """The notes of a plan."""
    return (
        *_copies(solution, plan),
        *_unbalanced(topology, solution, plan),
        *_single(topology, solution, plan),
        *_unpriced(solution, plan),
        *_open(topology),
    )


def _open(topology: Topology) -> Iterator[Note]:
    """A rate to plan for, where the workload is closed users."""
    if topology.workload.users is not None:
        message = "the plan is for requests that come at this rate however long answers take; users who wait for their"
        message += " answers wait less at the same rate, so that it is on the safe side for them"
        yield Note(code="planned-open", message=message, where="workload.users")


def _copies(solution: Solution, plan: Plan) -> Iterator[Note]:
    """More machines that hold data."""
    for name, option in plan.items():
        unit = solution.units[name]
        component = unit.freedom.component
        if not unit.freedom.stateful or option.machines <= unit.current.machines:
            continue
        more = option.machines - unit.current.machines
        data = component.data if isinstance(component, Database) else None
        size = f" of {format_size(float(data.size))}" if data is not None else ""
        if option.readers > unit.current.readers and option.replicas == unit.current.replicas:
            message = (
                f"each of the {more} more read replicas of {name} holds a copy{size} of the data, is written to as"
            )
            message += " often as the primary, and answers with what it had a moment ago"
        else:
            message = f"{name} holds data{size}: {more} more of it means to spread that data over them, or to copy it"
        yield Note(code="stateful", message=message, where=f"components.{name}.replicas")


def _unbalanced(topology: Topology, solution: Solution, plan: Plan) -> Iterator[Note]:
    """From one machine to several, where nothing is there that shares requests out."""
    balanced = {name for c in topology.components.values() if isinstance(c, Balancer) for name in c.forwards_to}
    called = {call.component for component in topology.components.values() for call in calls_of(component)}
    for name, option in plan.items():
        component = solution.units[name].freedom.component
        if component.replicas > 1 or option.replicas < 2 or name in balanced or isinstance(component, Balancer):
            continue
        who = "its callers pick" if name in called else "its users need a balancer before it: they are taken to pick"
        message = f"{name} goes from one machine to {option.replicas} with no balancer before it; {who} one at random"
        yield Note(code="no-balancer", message=message, where=f"components.{name}")


def _single(topology: Topology, solution: Solution, plan: Plan) -> Iterator[Note]:
    """From several machines to one, where nothing asks for a spare one."""
    names = [name for name, option in plan.items() if option.machines == 1 < solution.units[name].current.machines]
    if names and (topology.resilience is None or not topology.resilience.replicas_lost):
        message = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left with a single machine: that is enough"
        message += " for the load, but not for the loss of one; `resilience: {replicas_lost: 1}` plans for that"
        yield Note(code="no-spare", message=message, where=f"components.{names[0]}.replicas")


def _unpriced(solution: Solution, plan: Plan) -> Iterator[Note]:
    names = [name for name, option in plan.items() if solution.units[name].price(option).unpriced]
    if names:
        message = f"no price is known for the machines of {', '.join(names)}: the plan has as few cores of them as hold"
        message += " everything, after the cost of all others"
        yield Note(code="unpriced", message=message, where=f"components.{names[0]}.machine")
