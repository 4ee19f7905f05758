"""The part of the Markdown form that shows a day or a week."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from capplan.checks.period_records import PeriodCheck
from capplan.report import words
from capplan.report.period_digest import axis, busiest, curves, extent, fleet, kept, missed, name, slowest

Table = Callable[[Sequence[str], Iterable[Sequence[str]], Iterable[str]], str]
LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)
ROOM = 56


def period_blocks(check: PeriodCheck, escaped: Callable[[str], str], table: Table) -> Iterator[str]:
    """The blocks of a document, from a heading on; how text is escaped and tables are made is handed in."""
    period = check.period
    yield f"## Over {name(period)}"
    lines = [f"{curve.name:5}{curve.marks}  {curve.span}" for curve in curves(period, ROOM)]
    yield "\n".join(("```", f"     {axis(period, ROOM)}", *lines, "```"))
    yield f"{extent(period)}:"
    told = [
        ("busiest", busiest(period)),
        ("slowest", slowest(period)),
        *((f"fleet, {k}", cost) for k, cost in fleet(check)),
    ]
    yield "\n".join(f"- {what}: {escaped(figure)}" for what, figure in told if figure)
    headings = ("request", "rate", "mean", "p50", "p90", "p95", "p99", "p99.9", "success")
    rows = (
        [
            escaped(request.name),
            words.rate(request.rate),
            words.mean(request.latency),
            *(words.percentile(request.latency, level) for level in LEVELS),
            words.fraction(request.success_rate),
        ]
        for request in (*period.requests.values(), period.total)
    )
    yield table(headings, rows, headings[1:])
    if check.slos:
        found = (
            [
                escaped(kept(slo)),
                words.of_metric(slo.metric, slo.value),
                "met" if slo.met else "**missed**",
                missed(slo, period),
            ]
            for slo in check.slos
        )
        yield table((f"objective over {name(period)}", "value", "", "missed in steps"), found, ("value",))
