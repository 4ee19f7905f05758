"""The terminal forms of a sweep: the knee, the wall and the SLOs, then a line for each point, or a chart."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.sweep_chart import chart_of
from capplan.report.sweep_digest import Column, findings, shown_columns, source
from capplan.studies.sweep_records import Point, Sweep

DISPENSABLE = ("p50", "p90", "p99.9", "mean", "p95", "alerts", "cost a month", "capacity", "throughput")
"""Columns that a page that is too narrow leaves out, the first one first."""

WRAPPED = {"SLOs": 12, "alerts": 12}
"""Columns whose texts may be broken into lines, and the width that they need."""


def to_table(sweep: Sweep, page: Page = PLAIN) -> str:
    """The sweep as text."""
    return draw(_parts(sweep, page), page)


def to_chart(sweep: Sweep, logarithmic: bool = False, page: Page = PLAIN) -> str:
    """The sweep as text with a chart; `logarithmic` spaces what varies by ratio."""
    from capplan.report.chart_text import to_text

    return f"{draw(_head(sweep), page)}\n{to_text(chart_of(sweep, logarithmic), page)}"


def _parts(sweep: Sweep, page: Page) -> Iterator[RenderableType]:
    yield from _head(sweep)
    shown = shown_columns(sweep)
    fitting = _fitting(sweep, shown, page)
    title, *headings = (column.heading for column in fitting)
    table = columns(page, title, *headings, right=[column.heading for column in fitting if column.figure])
    for drawn, column in zip(table.columns, fitting, strict=True):
        drawn.justify = "right" if column.figure else "left"
        drawn.no_wrap = column.heading not in WRAPPED
    for point in sweep.points:
        table.add_row(*(cell(column.text(point), _style(point)) for column in fitting))
    yield Group(Text(""), table)
    missing = [column.heading for column in shown if column not in fitting]
    if missing:
        yield cell(f"not shown: {', '.join(missing)} (a wider page or --format csv shows all)", "dim")


def _head(sweep: Sweep) -> Iterator[RenderableType]:
    yield headed(sweep.topology or "Topology", "bold", source(sweep))
    for title, sentence in findings(sweep):
        yield Text.assemble((f"{title:6}", "bold cyan"), cell(sentence))


def _fitting(sweep: Sweep, shown: Sequence[Column], page: Page) -> list[Column]:
    """The columns for which there is room."""
    kept = list(shown)
    for heading in DISPENSABLE:
        if sum(_width(sweep, column) + page.gap for column in kept) <= page.width + page.gap:
            break
        kept = [column for column in kept if column.heading != heading]
    return kept


def _width(sweep: Sweep, column: Column) -> int:
    widest = max(len(text) for text in (column.heading, *map(column.text, sweep.points)))
    return min(widest, WRAPPED.get(column.heading, widest))


def _style(point: Point) -> str:
    if not point.stable:
        return "red"
    return "yellow" if point.missed or point.firing else ""
