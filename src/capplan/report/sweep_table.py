"""The terminal form of a sweep: the knee, the wall and the SLOs, then a line for each point."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.sweep_digest import findings, shown_columns, source
from capplan.studies.sweep_records import Point, Sweep

NARROW_WITHOUT = ("p50", "p90", "p95", "alerts")
MEDIUM_WITHOUT = ("p50", "p90")
WRAPPED = ("SLOs", "alerts")


def to_table(sweep: Sweep, page: Page = PLAIN) -> str:
    """The sweep as text."""
    return draw(_parts(sweep, page), page)


def _parts(sweep: Sweep, page: Page) -> Iterator[RenderableType]:
    yield headed(sweep.topology or "Topology", "bold", source(sweep))
    for title, sentence in findings(sweep):
        yield Text(f"{title:6}", "bold cyan") + cell(sentence)
    without = () if page.wide else NARROW_WITHOUT if page.narrow else MEDIUM_WITHOUT
    shown = shown_columns(sweep, without=without)
    title, *headings = (column.heading for column in shown)
    table = columns(page, title, *headings, right=[column.heading for column in shown if column.figure])
    if shown[0].figure:
        table.columns[0].justify = "right"
    for drawn, column in zip(table.columns, shown, strict=True):
        drawn.no_wrap = column.heading not in WRAPPED
    for point in sweep.points:
        table.add_row(*(cell(column.text(point), _style(point)) for column in shown))
    yield Group(Text(""), table)


def _style(point: Point) -> str:
    if not point.stable:
        return "red"
    return "yellow" if point.missed or point.firing else ""
