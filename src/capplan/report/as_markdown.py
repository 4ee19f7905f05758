"""The Markdown form: GitHub tables for reviews and wikis, with every component, hop, objective and note."""

import re
from collections.abc import Iterable, Iterator, Sequence

from capplan.checks.records import AlertState, Analysis, Objective, StateCheck
from capplan.prediction.records import ComponentPrediction, Prediction, RequestPrediction, Share
from capplan.report import words
from capplan.report.period_markdown import period_blocks
from capplan.report.verdict import bottleneck, judge

_SPECIAL = re.compile(r"([\\`*\[\]<>|#~])")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")

LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)


def to_markdown(analysis: Analysis) -> str:
    """The analysis as a Markdown document."""
    return "\n\n".join(_blocks(analysis)) + "\n"


def escaped(text: str) -> str:
    """A user's text without any meaning to Markdown; it stays on its line."""
    return _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", text))


def sentence(text: str) -> str:
    """One of capplan's own sentences, whose `code` stays code; only what would break a table is escaped."""
    return _BREAKS.sub(" ", text).replace("|", "\\|").replace("<", "&lt;")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = ()) -> str:
    """A GitHub table; `right` names the columns of figures."""
    figures = set(right)
    rule = ["---:" if heading in figures else "---" for heading in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def _blocks(analysis: Analysis) -> Iterator[str]:
    prediction = analysis.prediction
    verdict = judge(analysis)
    yield f"# {escaped(prediction.topology or 'Topology')}"
    yield f"**{verdict.word}**: {escaped(verdict.sentence)}"
    yield _load(prediction)
    yield from (f"- **Over capacity**: {escaped(words.excess(overload))}" for overload in prediction.overloads)
    if prediction.metastable is not None and words.stormy(prediction.metastable, prediction.rate):
        yield f"- **Retry storm**: {escaped(words.storm(prediction.metastable, prediction.rate))}"
    yield "## Components"
    yield _components(prediction.components.values())
    if prediction.requests:
        yield "## Requests"
        yield _requests([*prediction.requests.values(), prediction.total])
    for request in prediction.requests.values():
        if request.breakdown:
            yield f"### Where the time of {escaped(request.name)} goes"
            yield _breakdown(request.breakdown)
    yield from _findings(analysis)
    yield "## Cost"
    cost = prediction.cost
    known = f"{words.money(cost.month, cost.currency)} a month ({words.money(cost.hour, cost.currency)} an hour)"
    yield "No price is known." if cost.month is None else f"{known}."
    if analysis.period is not None:
        yield from period_blocks(analysis.period, escaped, table)
    if prediction.notes:
        yield "## Notes"
        yield "\n".join(
            f"- **{escaped(note.code)}** ({escaped(note.where)}): {sentence(note.message)}" for note in prediction.notes
        )


def _load(prediction: Prediction) -> str:
    capacity = prediction.capacity
    headings = ("load", "throughput", "capacity", "bottleneck", "headroom")
    users = "" if prediction.users is None else f"{words.users(prediction.users)}, "
    row = (
        f"{users}{words.rate(prediction.rate)}",
        words.rate(prediction.throughput),
        words.rate(capacity.max_rate),
        escaped(bottleneck(capacity)),
        words.fraction(capacity.headroom),
    )
    return table(headings, [row], right=("load", "throughput", "capacity", "headroom"))


def _components(components: Iterable[ComponentPrediction]) -> str:
    figures = ("rate", "queue", "wait", "mean", "p99", "errors", "cost an hour")
    rows = (
        (
            escaped(component.name),
            component.kind,
            escaped(words.machines(component)),
            words.rate(component.rate),
            _utilisation(component),
            words.number(component.queue_length),
            words.mean(component.wait),
            words.mean(component.latency),
            words.percentile(component.latency, 0.99),
            words.fraction(component.error_rate),
            words.written("money", component.cost),
        )
        for component in components
    )
    return table(("component", "kind", "machines", "rate", "utilisation", *figures[1:]), rows, right=figures)


def _utilisation(component: ComponentPrediction) -> str:
    used = [(value, resource) for resource, value in component.utilisation.items() if value is not None]
    ranked = sorted(used, key=lambda pair: -pair[0])
    return ", ".join(f"{resource} {words.part(value)}" for value, resource in ranked) or words.NONE


def _requests(requests: Iterable[RequestPrediction]) -> str:
    figures = ("rate", "throughput", "mean", "p50", "p90", "p95", "p99", "p99.9", "success")
    rows = (
        (
            escaped(request.name),
            words.rate(request.rate),
            words.rate(request.throughput),
            words.mean(request.latency),
            *(words.percentile(request.latency, level) for level in LEVELS),
            words.fraction(request.success_rate),
        )
        for request in requests
    )
    return table(("request", *figures), rows, right=figures)


def _breakdown(shares: Iterable[Share]) -> str:
    figures = ("visits", "wait", "service", "network", "share")
    rows = (
        (
            escaped(share.component),
            words.number(share.visits),
            words.duration(share.wait),
            words.duration(share.service),
            words.duration(share.network),
            words.part(share.share),
        )
        for share in shares
    )
    return table(("component", *figures), rows, right=figures)


def _findings(analysis: Analysis) -> Iterator[str]:
    if analysis.slos:
        yield "## SLOs"
        yield table(("SLO", "objective", "value", "state", "holds up to"), map(_slo, analysis.slos), right=("value",))
    if analysis.alerts:
        yield "## Alerts"
        headings = ("alert", "fires when", "value", "state", "fires from", "notifies")
        yield table(headings, map(_alert, analysis.alerts), right=("value",))
    if analysis.states:
        yield "## States"
        yield table(("state", "everything holds", "what does not"), map(_state, analysis.states))


def _slo(slo: Objective) -> tuple[str, ...]:
    return (
        escaped(slo.name),
        escaped(words.promise(slo)),
        words.of_metric(slo.metric, slo.value),
        "met" if slo.met else "**MISSED**",
        words.holds_up_to(slo),
    )


def _alert(alert: AlertState) -> tuple[str, ...]:
    return (
        escaped(alert.name),
        escaped(words.condition(alert)),
        words.of_metric(alert.metric, alert.value),
        "**FIRING**" if alert.firing else "quiet",
        words.fires_from(alert),
        escaped(words.notification(alert)),
    )


def _state(state: StateCheck) -> tuple[str, ...]:
    misses = "; ".join(escaped(miss.message) for miss in state.misses)
    return (escaped(state.state), "yes" if state.held else "**NO**", misses)
