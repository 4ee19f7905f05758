"""A solved model -> the figures of a sweep at each of its loads, all of them worked out at once."""

from collections.abc import Sequence

import numpy as np

from capplan.prediction.predict import TOTAL
from capplan.prediction.records import PERCENTILES, Latency
from capplan.prediction.resources import capacity
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.studies.sweep_metrics import costs_a_month, metric_values, uses
from capplan.studies.sweep_records import Busiest, Finding, Point, Traffic, Value
from capplan.topology import Comparison


def points_of(solved: Solved, values: Sequence[tuple[Value, ...]]) -> list[Point]:
    """A point for each load of the model; `values` are the parameters' at each of them."""
    topology = solved.model.topology
    classes = list(topology.request_classes)
    requests = {name: _traffic(solved, names) for name, names in ((TOTAL, classes), *((c, [c]) for c in classes))}
    slos = [_findings(solved, slo.label, slo.objective, alert=False) for slo in topology.slos]
    alerts = [_findings(solved, alert.label, alert.when, alert=True) for alert in topology.alerts]
    busiest, costs = _busiest(solved), costs_a_month(solved)
    stable = ~solved.outcome.overloaded
    wall = capacity(solved.model, float(solved.loads[0])).max_rate
    return [
        Point(
            values=own,
            stable=bool(stable[k]),
            total=requests[TOTAL][k],
            requests={name: requests[name][k] for name in classes},
            busiest=busiest[k],
            max_rate=wall,
            cost=_known(costs[k]),
            slos=tuple(found[k] for found in slos),
            alerts=tuple(found[k] for found in alerts),
        )
        for k, own in enumerate(values)
    ]


def _traffic(solved: Solved, names: Sequence[str]) -> list[Traffic]:
    rates, through = solved.request_rate(names).tolist(), solved.request_throughput(names).tolist()
    success, means = solved.request_success(names).tolist(), solved.request_mean(names).tolist()
    percentiles = solved.request_quantiles(names, PERCENTILES).tolist()
    return [
        Traffic(
            rate=rates[k],
            throughput=through[k],
            success_rate=success[k],
            latency=Latency(mean=mean, percentiles=dict(zip(PERCENTILES, percentiles[k], strict=True)))
            if np.isfinite(mean)
            else None,
        )
        for k, mean in enumerate(means)
    ]


def _findings(solved: Solved, name: str, comparison: Comparison, *, alert: bool) -> list[Finding]:
    """A comparison at each load; an SLO on a time without bound is missed, an alert on one fires."""
    return [
        Finding(
            name=name,
            metric=str(comparison.metric),
            operator=str(comparison.operator),
            threshold=float(comparison.threshold),
            value=_known(value),
            true=(alert or bool(np.isfinite(value))) and comparison.holds(value),
        )
        for value in metric_values(solved, comparison.metric).tolist()
    ]


def _busiest(solved: Solved) -> list[Busiest | None]:
    """The resource with the highest utilisation at each load; the first of those that share it."""
    names: list[tuple[str, str]] = []
    rows: list[Array] = []
    for component in solved.model.topology.components.values():
        for resource, used in uses(solved, component).items():
            names.append((component.name, resource))
            rows.append(np.where(np.isfinite(used), used, 0.0))
    if not rows:
        return [None] * len(solved.loads)
    table = np.stack(rows)
    found: list[Busiest | None] = []
    for k, row in enumerate(np.argmax(table, axis=0).tolist()):
        component_name, resource = names[row]
        found.append(Busiest(component_name, resource, float(table[row, k])))
    return found


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
