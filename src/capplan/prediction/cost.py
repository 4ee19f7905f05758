"""What a topology costs per hour: machines, calls of external services, volumes of logs, samples of metrics."""

from collections.abc import Mapping

from capplan.prediction.model import Model
from capplan.prediction.records import Cost
from capplan.topology import Component, Database, External, Logging, Metrics, Pipeline
from capplan.units import HOUR, MONTH, Price


def component_cost(model: Model, component: Component, rate: float) -> float | None:
    """Per hour at `rate` visits per second; None where no price is known."""
    parts = [part for part in (_machines(model, component), _service(model, component, rate)) if part is not None]
    return sum(parts) if parts else None


def _machines(model: Model, component: Component) -> float | None:
    """The component's own machines; one that shares a host's costs nothing more."""
    if component.host is not None:
        return None
    machine = model.topology.machine(component)
    if machine is None or machine.price is None:
        return None
    machines = component.replicas
    if isinstance(component, Database):
        machines += component.readers
    if isinstance(component, Pipeline):
        machines *= component.runners
    return float(machine.price) * machines


def _service(model: Model, component: Component, rate: float) -> float | None:
    if not isinstance(component, External | Logging | Metrics) or component.price is None:
        return None
    price: Price = component.price
    if price.per == "hour":
        return price.amount
    if price.per == "series" and isinstance(component, Metrics):
        return price.amount * float(component.series)
    volume = ingested(model, component.name, rate) if isinstance(component, Logging) else rate
    return price.amount * volume * HOUR


def ingested(model: Model, component: str, rate: float) -> float:
    """Bytes per second that a logging service takes at `rate` lines per second."""
    tasks = model.tasks_of.get(component, ())
    slopes = [float(model.traffic.slope[task]) for task in tasks]
    total = sum(slopes)
    if total <= 0.0:
        return 0.0
    return rate * sum(s * model.jobs[task].request for s, task in zip(slopes, tasks, strict=True)) / total


def total_cost(currency: str, costs: Mapping[str, float | None]) -> Cost:
    """The sum of what is known; None where nothing is."""
    known = [cost for cost in costs.values() if cost is not None]
    hour = sum(known) if known else None
    return Cost(currency=currency, hour=hour, month=None if hour is None else hour * MONTH / HOUR)
