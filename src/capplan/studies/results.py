"""A result read from its JSON form, into figures that can be compared.

The one place that knows the shape of the JSON result from the outside: what a file must hold to be one, what each
figure is worth, and what a `null` stands for. It must not know where the data comes from.
"""

import math
from collections.abc import Iterator, Sequence

from capplan.errors import BadFile
from capplan.studies.members import Object
from capplan.studies.records import Figure, Key, Result, Scope

SCHEMA = 1
FAULTS_SHOWN = 5

Figures = Iterator[tuple[Key, Figure]]


def read_result(data: object, source: str, settings: Sequence[str] = ()) -> Result:
    """The result that the JSON form holds.

    Args:
        data: what the JSON text says, or `AnalysisResult.to_dict()`.
        source: the file that it comes from.
        settings: what was changed in the topology of the file.

    Raises:
        BadFile: it is not the result of an analysis; the message says what is missing.
    """
    if not isinstance(data, dict):
        raise _refusal(source, ["it is no object"])
    faults: list[str] = []
    whole = Object(data, faults)
    if data.get("schema", SCHEMA) != SCHEMA:
        raise BadFile(f"{source}: its schema is {data['schema']}; this version of capplan reads schema {SCHEMA}")
    whole.number("schema")
    result = Result(
        source=source,
        settings=tuple(settings),
        name=whole.inner("topology").text("name"),
        rate=whole.number("rate"),
        currency=whole.inner("cost").text("currency"),
        figures=dict(_figures(whole)),
    )
    if faults:
        raise _refusal(source, faults)
    return result


def _refusal(source: str, faults: list[str]) -> BadFile:
    more = f" and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
    what = f"{', '.join(faults[:FAULTS_SHOWN])}{more}"
    return BadFile(f"{source}: it is not the result of an analysis ({what}); what `capplan analyze --json` prints")


def _figures(whole: Object) -> Figures:
    yield from _topology(whole)
    yield from _capacity(whole.inner("capacity"))
    yield from _traffic("total", "total", whole.inner("total"))
    for name, request in whole.inner("requests").inner_items():
        yield from _traffic("request", name, request)
    currency = whole.inner("cost").text("currency")
    for name, component in whole.inner("components").inner_items():
        yield from _component(name, component, currency)
    for name, slo in _named(whole.each_of("slos")):
        yield from _slo(name, slo)
    for name, alert in _named(whole.each_of("alerts")):
        yield from _alert(name, alert)
    if whole.has("states"):
        for state in whole.each_of("states"):
            yield from _state(state)
    for period in ("hour", "month"):
        yield _cost("cost", "", f"cost.{period}", whole.inner("cost").number_or_none(period), currency)


def _topology(whole: Object) -> Figures:
    rate, stable = whole.number("rate"), whole.flag("stable")
    yield Key("topology", "", "rate"), Figure(value=rate)
    yield Key("topology", "", "throughput"), _throughput(whole.number_or_none("throughput"), rate)
    yield Key("topology", "", "stable"), Figure(value=stable, worth=float(stable))


def _capacity(capacity: Object) -> Figures:
    for metric in ("max_rate", "headroom"):
        value = capacity.number_or_none(metric)
        yield Key("capacity", "", metric), Figure(value=value, worth=math.inf if value is None else value)
    bottleneck = capacity.inner_or_none("bottleneck")
    for step in ("component", "resource"):
        named = None if bottleneck is None else bottleneck.text(step)
        yield Key("capacity", "", f"bottleneck.{step}"), Figure(value=named)


def _traffic(scope: Scope, subject: str, request: Object) -> Figures:
    rate, success_rate = request.number_or_none("rate"), request.number_or_none("success_rate")
    yield Key(scope, subject, "rate"), Figure(value=rate)
    yield Key(scope, subject, "throughput"), _throughput(request.number_or_none("throughput"), rate)
    yield Key(scope, subject, "success_rate"), Figure(value=success_rate, worth=success_rate)
    for name, value in request.inner("latency").numbers():
        worth = -math.inf if value is None else -value
        yield Key(scope, subject, f"latency.{name}"), Figure(value=value, worth=worth)


def _throughput(value: float | None, rate: float | None) -> Figure:
    """Worth what it is of the load: of less load less gets through, and nothing is wrong with that."""
    return Figure(value=value, worth=None if value is None or not rate else value / rate)


def _component(name: str, component: Object, currency: str) -> Figures:
    yield Key("component", name, "kind"), Figure(value=component.text("kind"))
    yield Key("component", name, "replicas"), Figure(value=component.number("replicas"))
    yield Key("component", name, "machine"), Figure(value=component.text_or_none("machine"))
    for resource, value in component.inner("utilisation").numbers():
        worth = None if value is None else -value
        yield Key("component", name, f"utilisation.{resource}"), Figure(value=value, worth=worth)
    yield _cost("component", name, "cost.hour", component.inner("cost").number_or_none("hour"), currency)


def _cost(scope: Scope, subject: str, metric: str, value: float | None, currency: str) -> tuple[Key, Figure]:
    """An amount; where no price is known, it is not worth more nor less than any."""
    return Key(scope, subject, metric), Figure(value=value, worth=None if value is None else -value, measure=currency)


def _named(findings: list[Object]) -> Iterator[tuple[str, Object]]:
    """The SLOs or alerts by name; a name that comes again is numbered."""
    seen: dict[str, int] = {}
    for finding in findings:
        name = finding.text("name")
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})", finding


def _slo(name: str, slo: Object) -> Figures:
    met = slo.flag("met")
    yield Key("slo", name, "met"), Figure(value=met, worth=float(met))
    yield from _finding("slo", name, slo, "objective")
    yield _turning("slo", name, "holds_until_rate", slo, good=met)


def _alert(name: str, alert: Object) -> Figures:
    firing = alert.flag("firing")
    yield Key("alert", name, "firing"), Figure(value=firing, worth=-float(firing))
    yield from _finding("alert", name, alert, "threshold")
    yield _turning("alert", name, "fires_at_rate", alert, good=not firing)


def _state(state: Object) -> Figures:
    """A state of `resilience`: whether everything holds in it, and the names of what does not."""
    name, held = state.text("state"), state.flag("held")
    misses = ", ".join(dict.fromkeys(miss.text("name") for miss in state.each_of("misses")))
    yield Key("state", name, "held"), Figure(value=held, worth=float(held))
    yield Key("state", name, "misses"), Figure(value=misses or None)


def _finding(scope: Scope, name: str, finding: Object, bound: str) -> Figures:
    """The metric, its bound and its value; an SLO wants what it says, an alert fears it."""
    metric, operator = finding.text("metric"), finding.text("operator")
    value = finding.number_or_none("value")
    sign = 1.0 if operator.startswith(">") == (scope == "slo") else -1.0
    absent = -math.inf if scope == "slo" else None
    yield Key(scope, name, "metric"), Figure(value=metric)
    yield Key(scope, name, "operator"), Figure(value=operator)
    yield Key(scope, name, bound), Figure(value=finding.number(bound), measure=metric)
    worth = absent if value is None else sign * value
    yield Key(scope, name, "value"), Figure(value=value, worth=worth, measure=_measure(finding))


def _turning(scope: Scope, name: str, metric: str, finding: Object, *, good: bool) -> tuple[Key, Figure]:
    """The rate at which a finding turns bad; none is any rate where it is good, and no rate where it is not."""
    rate = finding.number_or_none(metric)
    worth = rate if rate is not None else math.inf if good else 0.0
    return Key(scope, name, metric), Figure(value=rate, worth=worth, measure=_measure(finding))


def _measure(finding: Object) -> str:
    return f"{finding.text('metric')} {finding.text('operator')}"
