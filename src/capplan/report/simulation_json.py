"""The JSON result of `simulate`: that of `analyze` with the interval of each measured number beside it, and the run."""

import json
import math
from collections.abc import Mapping
from typing import Any

from capplan.checks.simulation import Simulation
from capplan.prediction.measured import Interval, Intervals
from capplan.prediction.records import PERCENTILES
from capplan.prediction.simulated import Run
from capplan.report.as_json import Json, to_dict, utilisation_dict
from capplan.report.names import percentile_name
from capplan.report.timeline_json import timeline_dict

RUN_KEYS = ("requests", "warmup", "replications", "seed", "simulated_seconds", "events")


def to_simulation_json(simulation: Simulation, wall_seconds: float | None = None) -> str:
    """The result as indented JSON text."""
    result = simulation_dict(simulation, wall_seconds)
    return json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def simulation_dict(simulation: Simulation, wall_seconds: float | None = None) -> Json:
    """The result as plain dictionaries, lists, strings and numbers.

    Args:
        simulation: what was measured.
        wall_seconds: how long it took; None where nobody looked at the clock.
    """
    result, found = to_dict(simulation.analysis), simulation.simulated
    result["throughput_interval"] = _interval(found.total.throughput)
    result["total"] = _request(result["total"], found.total)
    for name, intervals in found.requests.items():
        result["requests"][name] = _request(result["requests"][name], intervals)
    for name, intervals in found.components.items():
        result["components"][name] = _component(result["components"][name], intervals)
    result["run"] = run_dict(found.run, wall_seconds)
    if simulation.timeline is not None:
        result["timeline"] = timeline_dict(simulation.timeline)
    if simulation.period is not None:
        period = result["period"]
        period["total"] = _request(period["total"], simulation.period.total)
        for name, intervals in simulation.period.requests.items():
            period["requests"][name] = _request(period["requests"][name], intervals)
        period["run"] = {key: getattr(simulation.period.run, key) for key in (*RUN_KEYS, "interrupted")}
    return result


def run_dict(run: Run, wall_seconds: float | None = None) -> Json:
    """How the simulation was run."""
    figures: Json = {key: getattr(run, key) for key in RUN_KEYS}
    return figures | {"wall_seconds": wall_seconds, "interrupted": run.interrupted}


def _request(figures: Json, intervals: Intervals) -> Json:
    beside = {
        "throughput_interval": _interval(intervals.throughput),
        "success_rate_interval": _interval(intervals.success_rate),
        "latency_interval": _latency(intervals.latency),
    }
    return _beside(figures, beside)


def _component(figures: Json, intervals: Intervals) -> Json:
    resources = utilisation_dict(dict.fromkeys(figures["utilisation"]))
    beside = {
        "throughput_interval": _interval(intervals.throughput),
        "utilisation_interval": {name: _interval(intervals.utilisation.get(name)) for name in resources},
        "latency_interval": _latency(intervals.latency),
    }
    return _beside(figures, beside)


def _beside(figures: Json, intervals: Json) -> Json:
    """Each interval after its number."""
    found: dict[str, Any] = {}
    for key, value in figures.items():
        found[key] = value
        if f"{key}_interval" in intervals:
            found[f"{key}_interval"] = intervals[f"{key}_interval"]
    return found


def _latency(intervals: Mapping[str | float, Interval]) -> Json:
    keys: dict[str | float, str] = {"mean": "mean", **{level: percentile_name(level) for level in PERCENTILES}}
    return {name: _interval(intervals.get(key)) for key, name in keys.items()}


def _interval(interval: Interval | None) -> list[float] | None:
    """[low, high]; None where there is none, or nothing is known of how far off the number is."""
    if interval is None or not all(map(math.isfinite, interval)):
        return None
    return list(interval)
