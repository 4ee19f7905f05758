"""The part of the terminal form that shows a day or a week: curves, percentiles, the busiest hour, fleets."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from capplan.checks.period_records import PeriodCheck
from capplan.report import words
from capplan.report.canvas import Page, cell, columns
from capplan.report.period_digest import (
    axis,
    busiest,
    curves,
    extent,
    fleet,
    kept,
    missed,
    name,
    slowest,
)


def period_parts(check: PeriodCheck, page: Page) -> Iterator[RenderableType]:
    """What happens over the period, part by part."""
    yield _curves(check, page)
    yield _requests(check, page)
    if check.slos:
        yield _slos(check, page)
    yield _figures(check)


def _curves(check: PeriodCheck, page: Page) -> Table:
    period = check.period
    room = page.width - 40
    table = columns(page, f"OVER {name(period).upper()}", axis(period, room), extent(period))
    for curve in curves(period, room):
        table.add_row(cell(curve.name), Text(curve.marks, "blue"), cell(curve.span))
    return table


def _requests(check: PeriodCheck, page: Page) -> Table:
    figures = ("rate", "mean", "p50", "p95", "p99", "success")
    table = columns(page, f"REQUEST over {name(check.period)}", *figures, right=figures)
    many = len(check.period.requests) > 1
    rows = [*check.period.requests.values(), *([check.period.total] if many else [])]
    for request in rows:
        table.add_row(
            cell(request.name),
            cell(words.rate(request.rate)),
            cell(words.mean(request.latency)),
            *(cell(words.percentile(request.latency, level)) for level in (0.5, 0.95, 0.99)),
            cell(words.fraction(request.success_rate)),
            style="bold" if many and request is rows[-1] else "",
        )
    return table


def _slos(check: PeriodCheck, page: Page) -> Table:
    table = columns(page, "SLO", f"over {name(check.period)}", "value", "missed in steps", right=("value",))
    for slo in check.slos:
        table.add_row(
            Text("met", "green") if slo.met else Text("MISSED", "bold red"),
            cell(kept(slo)),
            cell(words.of_metric(slo.metric, slo.value), "bold"),
            cell(missed(slo, check.period)),
        )
    return table


def _figures(check: PeriodCheck) -> Table:
    """The busiest and the slowest hour, and both fleets, a line each."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_row("BUSIEST", cell(busiest(check.period)))
    if late := slowest(check.period):
        table.add_row("SLOWEST", cell(late))
    for kind, cost in fleet(check):
        table.add_row("FLEET", cell(f"{kind} ", "dim") + cell(cost))
    return table
