"""How people like the figures of an analysis written; it must not know terminals nor tables."""

import math
from collections.abc import Sequence
from unicodedata import category

from capplan import units
from capplan.checks.records import AlertState, Objective, StateCheck
from capplan.prediction.records import ComponentPrediction, Latency, Metastable, Overload
from capplan.report.names import Kind, kind_of_metric

NONE = "–"
NEGLIGIBLE = 1e-9
FRACTION_DECIMALS = 7
_SMALL = 0.01
"""Shares below this are written with two significant digits."""

_WRITERS = {
    "duration": units.format_duration,
    "rate": units.format_rate,
    "fraction": units.format_fraction,
    "count": units.format_number,
    "money": units.format_number,
}
WILD = 1.5
"""Attempts a request from which on a storm leads the report however far it is."""
_SERVERS = {"cpu": "core", "concurrency": "slot", "disk": "disk", "network": "interface"}


def plain(text: str) -> str:
    """The text on one line, without control characters that a terminal would obey."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(mark) in ("Cc", "Cs") else mark for mark in text)


def written(kind: Kind, value: float | None) -> str:
    """The value as people write it, a dash where it does not exist."""
    if value is None or not math.isfinite(value):
        return NONE
    if kind == "fraction":
        value = round(value, FRACTION_DECIMALS)
    return _WRITERS[kind](0.0 if abs(value) < NEGLIGIBLE else value)


def duration(value: float | None) -> str:
    """A time."""
    return written("duration", value)


def rate(value: float | None) -> str:
    """A rate."""
    return written("rate", value)


def users(value: float) -> str:
    """A number of people: `1,240 users`."""
    return count(round(value), "user")


def fraction(value: float | None) -> str:
    """A fraction as a percentage; near one with the digits that tell it from one."""
    return written("fraction", value)


def part(value: float) -> str:
    """A utilisation or a part of a whole: a percentage with one decimal."""
    return written("fraction", round(value, 3))


def share(value: float) -> str:
    """A part of a whole that may be small: below one percent with two significant digits, `0.026%`."""
    return part(value) if value >= _SMALL else written("fraction", float(f"{value:.2g}"))


def number(value: float | None) -> str:
    """A mean number of things."""
    return written("count", None if value is None else round(value, 3))


def money(value: float | None, currency: str) -> str:
    """An amount in its currency."""
    return NONE if value is None else units.format_money(value, currency)


def of_metric(metric: str, value: float | None) -> str:
    """The value of `subject.metric` in the unit that the metric has."""
    return written(kind_of_metric(metric), value)


def mean(latency: Latency | None) -> str:
    """The mean of a time that may not exist."""
    return duration(None if latency is None else latency.mean)


def percentile(latency: Latency | None, level: float) -> str:
    """A percentile of a time that may not exist."""
    return duration(None if latency is None else latency.percentiles.get(level))


def promise(slo: Objective) -> str:
    """What the objective promises: `total.p99 < 200 ms`."""
    return f"{slo.metric} {slo.operator} {of_metric(slo.metric, slo.objective)}"


def condition(alert: AlertState) -> str:
    """When the alert fires: `app.cpu > 70%`."""
    return f"{alert.metric} {alert.operator} {of_metric(alert.metric, alert.threshold)}"


def holds_up_to(slo: Objective) -> str:
    """The workload rate, or the users, up to which the objective holds."""
    if slo.holds_until_users is not None:
        return users(slo.holds_until_users)
    if slo.holds_until_rate is not None:
        return rate(slo.holds_until_rate)
    return "any rate" if slo.met else "no rate"


def fires_from(alert: AlertState) -> str:
    """The workload rate, or the users, from which on the alert fires."""
    if alert.fires_at_users is not None:
        return users(alert.fires_at_users)
    if alert.fires_at_rate is not None:
        return rate(alert.fires_at_rate)
    return "any rate" if alert.firing else "no rate"


def notification(alert: AlertState) -> str:
    """Whom the alert tells, and how long after the breach: on average and at worst."""
    whom = " ".join(filter(None, (alert.severity, alert.notify)))
    if alert.delay is None:
        return whom
    return f"{whom} after {duration(alert.delay.mean)}, at worst {duration(alert.delay.worst)}".strip()


def notified_within(alert: AlertState) -> str:
    """The longest time from the breach to the notification, and how severe the alert is."""
    longest = "" if alert.delay is None else duration(alert.delay.worst)
    return " ".join(filter(None, (longest, alert.severity))) or NONE


def machines(component: ComponentPrediction) -> str:
    """`3 × m6i.large`, or the number of replicas alone."""
    replicas = f"{component.replicas:,}"
    return f"{replicas} × {component.machine}" if component.machine else replicas


def hottest(component: ComponentPrediction) -> tuple[str, float] | None:
    """The resource with the highest utilisation; None where nothing of it is declared."""
    known = [(value, resource) for resource, value in component.utilisation.items() if value is not None]
    if not known:
        return None
    value, resource = max(known, key=lambda pair: pair[0])
    return resource, value


def count(number: int, noun: str) -> str:
    """`1 replica`, `3 replicas`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def chance(probability: float, points: int) -> str:
    """A probability, as exactly as so many points tell it: `86%`, `>99.6%`."""
    least = 1.0 / max(points, 1)
    if probability >= 1.0:
        return f">{100.0 * (1.0 - least):.3g}%"
    return f"<{100.0 * least:.2g}%" if probability <= 0.0 else f"{100.0 * probability:.3g}%"


def listed(names: Sequence[str], most: int = 3) -> str:
    """`a, b and c`, or `a, b, c and 4 more`."""
    shown, hidden = names[:most], len(names) - most
    if hidden > 0:
        return f"{', '.join(shown)} and {hidden:,} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def shortcomings(state: StateCheck) -> str:
    """The first thing that does not hold in a state, and how many there are besides."""
    first, *others = (miss.message for miss in state.misses)
    return f"{first} (and {len(others)} more)" if others else first


def excess(overload: Overload) -> str:
    """How far a resource is over its capacity, and what would be enough."""
    noun = _SERVERS.get(overload.resource)
    has = f"{overload.component} {overload.resource} is offered {part(overload.utilisation)} of what it can do"
    if noun is None:
        return f"{has}; it would have to be {number(overload.utilisation)} times as large"
    if overload.enough is None:
        return f"{has}; it has {count(overload.servers, noun)}, and no number of them would be enough"
    return f"{has}; it has {count(overload.servers, noun)}, {overload.enough:,} would be enough"


def stormy(rates: Metastable | None, now: float) -> bool:
    """Whether a storm is near enough, or would be wild enough, to lead the report."""
    return rates is not None and (now >= rates.low or rates.attempts >= WILD)


def storm(rates: Metastable, now: float) -> str:
    """The rates at which repeats keep an overload alive, and where the present rate lies."""
    span = f"from {rate(rates.low)} to {rate(rates.high)}"
    kept = f"an overload, once begun, is kept alive by its own repeats ({number(rates.attempts)} attempts a request)"
    if now < rates.low:
        return f"possible {span}: there {kept}; at {rate(now)} it would pass by itself"
    if now > rates.high:
        return f"at {rate(now)} repeats alone overload it; it calms down only below {rate(rates.low)}"
    return f"possible now: {span} {kept} and ends only when the rate falls below {rate(rates.low)}"
