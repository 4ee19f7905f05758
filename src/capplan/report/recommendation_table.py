"""The terminal form of a recommendation: the verdict, the strategies side by side, the chosen plan and its reasons."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.planning.records import Plan, Recommendation
from capplan.report.advice import Advice
from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.digest import grouped_notes
from capplan.report.grids import Grid
from capplan.report.recommendation_digest import (
    Word,
    changes,
    judge,
    objectives,
    remarks,
    strategies,
    unchanged,
)

ROWS_SHOWN = 30
NOTES_SHOWN = 8
STYLES: dict[Word, str] = {"PLAN": "bold green", "NOT PROVEN": "bold yellow", "NO PLAN": "bold red"}


def to_table(advice: Advice, page: Page = PLAIN) -> str:
    """The recommendation as one screen of text."""
    return draw(_parts(advice, page), page)


def _parts(advice: Advice, page: Page) -> Iterator[RenderableType]:
    word, sentence = judge(advice)
    yield Text.assemble(cell(advice.name or "Topology", "bold"), cell(f"  {advice.file}", "dim"))
    yield headed(word, STYLES[word], sentence)
    asked = advice.recommendation
    if asked is None:
        return
    yield from _grid(strategies(asked, advice.currency), page)
    if asked.plan is not None:
        yield from _plan(asked, asked.plan, advice.currency, page)


def _plan(asked: Recommendation, plan: Plan, currency: str, page: Page) -> Iterator[RenderableType]:
    if plan.changes:
        yield from _grid(changes(plan, currency), page)
        yield cell(unchanged(plan), "dim")
    if plan.analysis is not None:
        yield from _grid(objectives(asked.current, plan.analysis, plan.uncertainty), page)
    yield Text("")
    for word, remark in remarks(asked, plan, currency):
        yield headed(word, "bold cyan", remark)
    notes = grouped_notes(plan.notes)
    for note in notes[:NOTES_SHOWN]:
        yield headed("NOTE", "bold cyan", note)
    if len(notes) > NOTES_SHOWN:
        yield headed("NOTE", "bold cyan", f"and {len(notes) - NOTES_SHOWN} more (--format markdown shows all)")


def _grid(grid: Grid, page: Page) -> Iterator[RenderableType]:
    if not grid.rows:
        return
    headings = [heading for heading in grid.headings if not (page.narrow and heading in grid.spare)]
    table = columns(page, grid.title.upper(), *headings, right=grid.right)
    for first, *others in grid.rows[:ROWS_SHOWN]:
        shown = (text for heading, text in zip(grid.headings, others, strict=True) if heading in headings)
        table.add_row(cell(first), *map(cell, shown))
    yield Group(Text(""), table)
    hidden = len(grid.rows) - ROWS_SHOWN
    if hidden > 0:
        yield cell(f"and {hidden:,} more (--format markdown shows all)", "dim")
