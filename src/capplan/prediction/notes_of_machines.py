"""Doubts about the machines of a prediction: what bursting ones sustain, speeds not known, prices that do not match.

One note for each kind of doubt and machine type or component; it changes no number.
"""

from collections.abc import Iterator

from capplan.prediction.records import Note
from capplan.prediction.resources import in_use
from capplan.prediction.solved import Solved
from capplan.topology import Machine, Topology
from capplan.topology.catalogue import CURRENCY, Pricing


def machine_notes(solved: Solved) -> tuple[Note, ...]:
    """All notes on machines, those that may change a decision first."""
    topology = solved.model.topology
    return (*_burstable(solved), *_speeds(topology), *_committed(topology), *_currency(topology))


def _burstable(solved: Solved) -> Iterator[Note]:
    """Components on machines that sustain a part of their cores; the prediction takes all of them."""
    topology = solved.model.topology
    for name, component in topology.components.items():
        machine = topology.machine(component) if component.host is None else None
        if machine is None or machine.sustained is None:
            continue
        used = in_use(solved, component).get("cpu")
        share, need = float(machine.sustained), 0.0 if used is None else float(used[0])
        message = f"{name} runs on burstable machines that sustain {100 * share:.0f} % of their cores"
        if need > share:
            message += f" and needs {100 * need:.0f} %: it needs more than they sustain, and slows down once their"
            message += " credits are spent; machines that do not burst, or more of them"
        else:
            message += f"; it needs {100 * need:.0f} %, and the prediction takes all of them for peaks"
        yield Note(code="burstable", message=message, where=f"components.{name}.machine")


def _speeds(topology: Topology) -> Iterator[Note]:
    """Types whose speed beside others the catalogue does not know."""
    for machine, where in _of_the_catalogue(topology):
        if topology.catalogue.built_in(machine) and not machine.speed_is_known:
            message = f"the speed of {machine.name} beside other machines is not known: 1 is taken, that of an m5"
            yield Note(code="assumed-speed", message=message, where=where)


def _committed(topology: Topology) -> Iterator[Note]:
    """Types that cost their on-demand price although committed ones are asked for."""
    if topology.catalogue.pricing is not Pricing.COMMITTED:
        return
    mixed = [
        (machine.name or "", where)
        for machine, where in _of_the_catalogue(topology)
        if machine.committed_price is None and machine.price is not None
    ]
    if mixed:
        names = ", ".join(name for name, _ in mixed)
        message = f"no committed price is known for {names}: the on-demand price stands in"
        yield Note(code="pricing-mixed", message=message, where=mixed[0][1])


def _currency(topology: Topology) -> Iterator[Note]:
    """Built-in prices in a topology with another currency."""
    if topology.currency == CURRENCY:
        return
    foreign = [(m.name or "", where) for m, where in _of_the_catalogue(topology) if topology.catalogue.built_in(m)]
    if foreign:
        names = ", ".join(name for name, _ in foreign)
        message = f"the catalogue's prices of {names} are in {CURRENCY}: they are added up as if they were in"
        message += f" {topology.currency}; write those machines with their prices under `machines`"
        yield Note(code="catalogue-currency", message=message, where=foreign[0][1])


def _of_the_catalogue(topology: Topology) -> list[tuple[Machine, str]]:
    """Each type that the catalogue gives, once, with the route of the first component that has it."""
    found: dict[str, tuple[Machine, str]] = {}
    for name, component in topology.components.items():
        machine = topology.machine(component) if component.host is None else None
        if machine is None or machine.name is None or machine.name in topology.machines:
            continue
        if machine.name in topology.catalogue:
            found.setdefault(machine.name, (machine, f"components.{name}.machine"))
    return list(found.values())
