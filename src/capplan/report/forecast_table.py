"""The terminal form of a forecast: a verdict, then what comes when, each with a bar of the time that is left."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed, heat
from capplan.report.chart_text import to_text
from capplan.report.forecast_chart import chart_of
from capplan.report.forecast_digest import Dated, Word, figures, judge, later, remarks, rows, span

ROWS_SHOWN = 40
STYLES: dict[Word, str] = {"CLEAR": "bold green", "RUNWAY": "bold yellow", "TODAY": "bold red"}


def to_table(dated: Dated, page: Page = PLAIN) -> str:
    """What comes when, as one screen of text."""
    chart = chart_of(dated)
    drawn = "" if chart is None else f"\n{to_text(chart, page)}"
    return draw(_parts(dated, page), page) + drawn + draw(_notes(dated), page)


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


def _notes(dated: Dated) -> Iterator[RenderableType]:
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


def _hidden(number: int) -> Iterator[RenderableType]:
    if number > ROWS_SHOWN:
        yield cell(f"and {number - ROWS_SHOWN:,} more (--format markdown shows all)", "dim")


def _runway(part: float, page: Page) -> Text:
    """A bar as long as things hold; its colour repeats how little that is."""
    width = 2 * page.bar
    filled = min(width, round(part * width))
    return Text("█" * filled, heat(1.0 - part)) + Text("░" * (width - filled), "dim")
