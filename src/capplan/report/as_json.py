"""The JSON result: a stable contract in SI units, never rounded, `null` where a thing does not exist.

It knows the records and the shape of the contract; it must not know how people like their numbers written, nor rich.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from capplan.checks.records import AlertState, Analysis, Miss, Objective, StateCheck
from capplan.prediction.records import (
    PERCENTILES,
    Capacity,
    ComponentPrediction,
    Latency,
    Metastable,
    Note,
    Overload,
    RequestPrediction,
    Share,
)
from capplan.report.names import percentile_name
from capplan.report.period_json import PeriodWriter

SCHEMA = 1
RESOURCES = ("cpu", "memory", "disk", "network", "concurrency")

Json = dict[str, Any]


def to_json(analysis: Analysis) -> str:
    """The result as indented JSON text; characters beyond ASCII stay as they are."""
    return json.dumps(to_dict(analysis), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_dict(analysis: Analysis) -> Json:
    """The result as plain dictionaries, lists, strings and numbers."""
    prediction = analysis.prediction
    return {
        "schema": SCHEMA,
        "topology": {"name": prediction.topology, "file": prediction.file},
        "rate": number(prediction.rate),
        "throughput": number(prediction.throughput),
        "stable": bool(prediction.stable),
        "capacity": _capacity(prediction.capacity),
        "total": _traffic(prediction.total),
        "requests": {name: _request(request) for name, request in prediction.requests.items()},
        "components": {name: _component(component) for name, component in prediction.components.items()},
        "slos": [_objective(slo) for slo in analysis.slos],
        "alerts": [_alert(alert) for alert in analysis.alerts],
        "cost": {
            "currency": prediction.cost.currency,
            "hour": number(prediction.cost.hour),
            "month": number(prediction.cost.month),
        },
        "notes": [note_dict(note) for note in prediction.notes],
        "overloads": [_overload(overload) for overload in prediction.overloads],
        "states": [_state(state) for state in analysis.states],
        "metastable": _metastable(prediction.metastable),
        "period": None if analysis.period is None else PeriodWriter(number, latency_dict).write(analysis.period),
        "users": number(prediction.users),
    }


def number(value: float | None) -> float | None:
    """A plain finite float (of numpy scalars and uncertain values too); None where there is none."""
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def _capacity(capacity: Capacity) -> Json:
    bottleneck = None
    if capacity.component is not None:
        bottleneck = {"component": capacity.component, "resource": capacity.resource}
    return {
        "max_rate": number(capacity.max_rate),
        "bottleneck": bottleneck,
        "headroom": number(capacity.headroom),
    }


def _metastable(rates: Metastable | None) -> Json | None:
    if rates is None:
        return None
    return {"from_rate": number(rates.low), "to_rate": number(rates.high), "attempts": number(rates.attempts)}


def _traffic(request: RequestPrediction) -> Json:
    return {
        "rate": number(request.rate),
        "throughput": number(request.throughput),
        "success_rate": number(request.success_rate),
        "latency": latency_dict(request.latency),
        "attempts": number(request.attempts),
    }


def _request(request: RequestPrediction) -> Json:
    return _traffic(request) | {"breakdown": [_share(share) for share in request.breakdown]}


def latency_dict(latency: Latency | None) -> Json:
    """The mean and the percentiles by name; each of them null where the latency does not exist."""
    if latency is None:
        return {"mean": None} | {percentile_name(level): None for level in PERCENTILES}
    return {"mean": number(latency.mean)} | {
        percentile_name(level): number(value) for level, value in latency.percentiles.items()
    }


def _share(share: Share) -> Json:
    return {
        "component": share.component,
        "visits": number(share.visits),
        "wait": number(share.wait),
        "service": number(share.service),
        "network": number(share.network),
        "share": number(share.share),
    }


def _component(component: ComponentPrediction) -> Json:
    contract = {
        "kind": component.kind,
        "replicas": int(component.replicas),
        "machine": component.machine,
        "rate": number(component.rate),
        "throughput": number(component.throughput),
        "utilisation": utilisation_dict(component.utilisation),
        "queue_length": number(component.queue_length),
        "in_service": number(component.in_service),
        "latency": latency_dict(component.latency),
        "error_rate": number(component.error_rate),
        "cost": {"hour": number(component.cost)},
        "wait": latency_dict(component.wait),
    }
    details = {name: number(value) for name, value in component.details.items() if name not in contract}
    return contract | details


def utilisation_dict(utilisation: Mapping[str, float | None]) -> Json:
    """The five resources of every machine, then those that only this kind of component has."""
    known: Json = dict.fromkeys(RESOURCES)
    return known | {resource: number(value) for resource, value in utilisation.items()}


def _objective(slo: Objective) -> Json:
    return {
        "name": slo.name,
        "metric": slo.metric,
        "operator": slo.operator,
        "objective": number(slo.objective),
        "value": number(slo.value),
        "met": bool(slo.met),
        "holds_until_rate": number(slo.holds_until_rate),
        "holds_until_users": number(slo.holds_until_users),
        "window": number(slo.window),
    }


def _alert(alert: AlertState) -> Json:
    delay = alert.delay
    return {
        "name": alert.name,
        "metric": alert.metric,
        "operator": alert.operator,
        "threshold": number(alert.threshold),
        "value": number(alert.value),
        "firing": bool(alert.firing),
        "fires_at_rate": number(alert.fires_at_rate),
        "fires_at_users": number(alert.fires_at_users),
        "severity": alert.severity,
        "notify": alert.notify,
        "time_to_notify": None if delay is None else {"mean": number(delay.mean), "worst": number(delay.worst)},
    }


def _overload(overload: Overload) -> Json:
    return {
        "component": overload.component,
        "resource": overload.resource,
        "utilisation": number(overload.utilisation),
        "servers": int(overload.servers),
        "enough": overload.enough,
    }


def _state(state: StateCheck) -> Json:
    return {"state": state.state, "held": bool(state.held), "misses": [miss_dict(miss) for miss in state.misses]}


def miss_dict(miss: Miss) -> Json:
    """What does not hold, in a state that is said elsewhere."""
    return {
        "concern": str(miss.concern),
        "name": miss.name,
        "metric": miss.metric,
        "operator": miss.operator,
        "threshold": number(miss.threshold),
        "value": number(miss.value),
        "message": miss.message,
    }


def note_dict(note: Note) -> Json:
    """A doubt or a hint, with its code and its route."""
    return {"code": note.code, "message": note.message, "where": note.where}
