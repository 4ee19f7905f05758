"""The terminal form of a forecast: a verdict, then what comes when, each with a bar of the time that is left."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report import words
from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed, heat
from capplan.report.forecast_digest import Dated, Word, figures, judge, later, remarks, rows, shown, span
from capplan.report.timeline import chart, dates_below
from capplan.report.words import plain

ROWS_SHOWN = 40
STYLES: dict[Word, str] = {"CLEAR": "bold green", "RUNWAY": "bold yellow", "TODAY": "bold red"}


def to_table(dated: Dated, page: Page = PLAIN) -> str:
    """What comes when, as one screen of text."""
    return draw(_parts(dated, page), page)


def _parts(dated: Dated, page: Page) -> Iterator[RenderableType]:
    forecast = dated.forecast
    yield cell(forecast.topology or "Topology", "bold") + cell(f"  {forecast.file}", "dim")
    verdict = judge(dated)
    yield headed(verdict.word, STYLES[verdict.word], verdict.sentence)
    line = Text("")
    for name, figure in figures(dated):
        line += Text(f"{name} ", "dim") + cell(figure, "bold") + Text("   ")
    yield Group(Text(""), line)
    yield from _coming(dated, page)
    yield from _later(dated, page)
    yield from _drawn(dated, page)
    for remark in remarks(dated):
        yield Group(Text(""), headed("NOTE", "bold cyan", remark))


def _coming(dated: Dated, page: Page) -> Iterator[RenderableType]:
    coming = list(rows(dated))
    if not coming:
        return
    ahead = span(dated.forecast.horizon)
    table = columns(page, "DATE", "in", "what", "at", f"{ahead} ahead", right=("in", "at"))
    for row in coming[:ROWS_SHOWN]:
        table.add_row(cell(row.date), cell(row.after), cell(row.what), cell(row.rate), _runway(row.part, page))
    yield Group(Text(""), table)
    yield from _hidden(len(coming))


def _later(dated: Dated, page: Page) -> Iterator[RenderableType]:
    others = list(later(dated))
    if not others:
        return
    title = f"NOT WITHIN {span(dated.forecast.horizon).upper()}"
    table = columns(page, title, "in", "at", right=("in", "at"))
    for row in others[:ROWS_SHOWN]:
        table.add_row(cell(row.what), cell(row.after), cell(row.rate))
    yield Group(Text(""), table)
    yield from _hidden(len(others))


def _drawn(dated: Dated, page: Page) -> Iterator[RenderableType]:
    """The objective that falls first, over the time ahead."""
    trajectory = shown(dated)
    if trajectory is None:
        return
    width = min(page.width - 16, 96)
    rows = chart(
        trajectory.values, trajectory.threshold, width, lambda value: words.of_metric(trajectory.metric, value)
    )
    before = rows[0].index("┤") + 1
    middle = dated.date_after(0.5 * dated.forecast.horizon)
    below = dates_below((dated.start, middle or "", dated.end or span(dated.forecast.horizon)), width, before)
    title = f"{trajectory.metric} {trajectory.operator} {words.of_metric(trajectory.metric, trajectory.threshold)}"
    yield Group(Text(""), headed("OVER TIME", "bold cyan", title))
    yield Group(*(Text(row, "blue") for row in map(plain, rows)), cell(below))


def _hidden(number: int) -> Iterator[RenderableType]:
    if number > ROWS_SHOWN:
        yield cell(f"and {number - ROWS_SHOWN:,} more (--format markdown shows all)", "dim")


def _runway(part: float, page: Page) -> Text:
    """A bar as long as things hold; its colour repeats how little that is."""
    width = 2 * page.bar
    filled = min(width, round(part * width))
    return Text("█" * filled, heat(1.0 - part)) + Text("░" * (width - filled), "dim")
