"""The object `period` of the JSON result: a day or a week in SI units, `null` where a thing does not exist."""

from collections.abc import Callable
from typing import Any

from capplan.checks.period_records import PeriodCheck, PeriodObjective
from capplan.prediction.period_records import LoadStep, Period
from capplan.prediction.records import Cost, Latency, RequestPrediction

Json = dict[str, Any]
Number = Callable[[float | None], float | None]
Latencies = Callable[[Latency | None], Json]


class PeriodWriter:
    """Writes a period as dictionaries; how numbers and latencies are written is handed in."""

    def __init__(self, number: Number, latency: Latencies) -> None:
        self._number, self._latency = number, latency

    def write(self, check: PeriodCheck) -> Json:
        """The whole object."""
        period = check.period
        return {
            "span": self._number(period.span),
            "step": self._number(period.step),
            "steps": [self._step(step) for step in period.steps],
            "total": self._request(period.total),
            "requests": {name: self._request(request) for name, request in period.requests.items()},
            "busiest": self._busiest(period),
            "slos": [self._slo(slo) for slo in check.slos],
            "cost": self._costs(check),
        }

    def _step(self, step: LoadStep) -> Json:
        return {
            "start": self._number(step.start),
            "rate": self._number(step.rate),
            "utilisation": self._number(step.utilisation),
            "latency": {"mean": self._number(step.mean), "p99": self._number(step.p99)},
            "backlog": self._number(step.backlog),
        }

    def _request(self, request: RequestPrediction) -> Json:
        return {
            "rate": self._number(request.rate),
            "throughput": self._number(request.throughput),
            "success_rate": self._number(request.success_rate),
            "latency": self._latency(request.latency),
        }

    def _busiest(self, period: Period) -> Json:
        peak = period.peak
        bottleneck = None
        if period.component is not None:
            bottleneck = {"component": period.component, "resource": period.resource}
        return {
            "index": period.busiest,
            "start": self._number(peak.start),
            "rate": self._number(peak.rate),
            "bottleneck": bottleneck,
            "utilisation": self._number(peak.utilisation),
            "over_capacity": peak.utilisation is not None and peak.utilisation > 1.0,
            "latency": self._latency(period.busiest_latency),
        }

    def _slo(self, slo: PeriodObjective) -> Json:
        return {
            "name": slo.name,
            "metric": slo.metric,
            "operator": slo.operator,
            "objective": self._number(slo.objective),
            "value": self._number(slo.value),
            "met": slo.met,
            "steps_missed": slo.steps_missed,
        }

    def _costs(self, check: PeriodCheck) -> Json:
        fleets = check.fleets
        fixed, following = fleets.fixed, fleets.following
        saving = None
        if fixed.hour and following.hour is not None:
            saving = 1.0 - following.hour / fixed.hour
        return {
            "currency": fixed.currency,
            "fixed": self._cost(fixed) | {"slowest_p99": self._number(fleets.worst_fixed)},
            "following": self._cost(following)
            | {"slowest_p99": self._number(fleets.worst_following), "least_replicas": dict(fleets.least)},
            "saving": self._number(saving),
        }

    def _cost(self, cost: Cost) -> Json:
        return {"hour": self._number(cost.hour), "month": self._number(cost.month)}
