"""The JSON form of a timeline: the contract's `timeline` object, and what happened beside it."""

from collections.abc import Mapping

from capplan.checks.timeline_records import AlertFiring, Harm, SloTime, Timeline
from capplan.report.as_json import Json, number


def timeline_dict(timeline: Timeline) -> Json:
    """The timeline as plain dictionaries, lists and numbers; `null` where nothing was there."""
    return {
        "scenario": timeline.scenario or None,
        "description": timeline.description or None,
        "step": timeline.step,
        "duration": timeline.duration,
        "time": list(timeline.time),
        "metrics": {name: [number(value) for value in values] for name, values in timeline.metrics.items()},
        "alerts": [_alert(alert) for alert in timeline.alerts],
        "pending": [one._asdict() for one in timeline.pending],
        "events": [event._asdict() for event in timeline.events],
        "log": [line._asdict() for line in timeline.log],
        "failed_before_notified": [_harm(harm) for harm in timeline.harms],
        "slos": [_slo(slo) for slo in timeline.slos],
        "scrape_interval": timeline.cadence.scrape,
        "evaluation_interval": timeline.cadence.evaluation,
        "interrupted": timeline.interrupted,
    }


def _alert(alert: AlertFiring) -> Json:
    return {
        "name": alert.name,
        "metric": alert.metric,
        "severity": alert.severity,
        "pending_at": alert.pending_at,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "notified_at": alert.notified_at,
        "value": number(alert.value),
        "failed_before_notified": dict(alert.failed_before_notified),
    }


def _harm(harm: Harm) -> Json:
    both: Mapping[str, Json] = {"before": dict(harm.before), "after": dict(harm.after)}
    span = {"at": harm.at, "until": harm.until, "notified_at": harm.told_at, "requests": harm.requests}
    return {"event": harm.event or None, **span, **both}


def _slo(slo: SloTime) -> Json:
    return {
        "name": slo.name,
        "metric": slo.metric,
        "operator": slo.operator,
        "objective": number(slo.objective),
        "missed": list(slo.missed),
        "seconds_missed": slo.outside,
        "window": number(slo.window),
        "budget_used": number(slo.budget_used),
    }
