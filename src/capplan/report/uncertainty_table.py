"""The terminal form of an analysis whose inputs are uncertain: the verdict, objectives by probability, intervals."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.digest import busiest, grouped_notes
from capplan.report.grids import Grid
from capplan.report.uncertainty_digest import (
    Word,
    alerts,
    components,
    cost,
    inputs,
    judge,
    load,
    method,
    objectives,
    requests,
)
from capplan.uncertainty.records import Chance, Doubted

COMPONENTS_SHOWN = 40
INPUTS_SHOWN = 12
NOTES_SHOWN = 8
STYLES: dict[Word, str] = {"LIKELY": "bold green", "DOUBTFUL": "bold yellow", "UNLIKELY": "bold red"}
SURE, LIKELY, EVEN = 0.99, 0.9, 0.5


def to_table(doubted: Doubted, page: Page = PLAIN) -> str:
    """The analysis as one screen of text."""
    return draw(_parts(doubted, page), page)


def _parts(doubted: Doubted, page: Page) -> Iterator[RenderableType]:
    prediction, found = doubted.analysis.prediction, doubted.uncertainty
    word, said = judge(doubted)
    yield Text.assemble(cell(prediction.topology or "Topology", "bold"), cell(f"  {prediction.file}", "dim"))
    yield headed(word, STYLES[word], said)
    yield _load(doubted)
    yield from _chances(objectives(doubted), found.slos, page, good=True)
    yield from _chances(alerts(doubted), found.alerts, page, good=False)
    yield from _grid(requests(doubted), page, len(prediction.requests) + 1)
    kept = {component.name for component in busiest(prediction.components.values(), COMPONENTS_SHOWN)}
    every = components(doubted)
    yield from _grid(every._replace(rows=tuple(row for row in every.rows if row[0] in kept)), page, COMPONENTS_SHOWN)
    yield from _grid(inputs(doubted), page, INPUTS_SHOWN)
    yield Text("")
    if cost(doubted):
        yield headed("COST", "bold cyan", cost(doubted))
    yield headed("METHOD", "bold cyan", method(found))
    notes = grouped_notes(prediction.notes)
    for note in notes[:NOTES_SHOWN]:
        yield headed("NOTE", "bold cyan", note)
    if len(notes) > NOTES_SHOWN:
        yield headed("NOTE", "bold cyan", f"and {len(notes) - NOTES_SHOWN} more (--format markdown shows all)")


def _load(doubted: Doubted) -> RenderableType:
    line = Text("")
    for name, figure in load(doubted):
        line += Text(f"{name} ", "dim") + cell(figure, "bold") + Text("   ")
    return Group(Text(""), line)


def _chances(grid: Grid, chances: tuple[Chance, ...], page: Page, *, good: bool) -> Iterator[RenderableType]:
    """A table with a bar of each probability, which fills with what is wished for or with what is not."""
    if not grid.rows:
        return
    headings = [heading for heading in grid.headings if not (page.narrow and heading in grid.spare)]
    place = next(index for index, heading in enumerate(headings) if heading.endswith(" with"))
    table = columns(page, grid.title.upper(), *headings[:place], "", *headings[place:], right=grid.right)
    for (first, *others), one in zip(grid.rows, chances, strict=True):
        shown = [cell(text) for heading, text in zip(grid.headings, others, strict=True) if heading in headings]
        style = _style(one.probability if good else 1.0 - one.probability)
        filled = min(page.bar, round(one.probability * page.bar))
        meter = Text("█" * filled, style) + Text("░" * (page.bar - filled), "dim")
        shown[place].stylize(style)
        table.add_row(cell(first), *shown[:place], meter, *shown[place:])
    yield Group(Text(""), table)


def _style(wished: float) -> str:
    if wished >= LIKELY:
        return "bold green" if wished >= SURE else "green"
    return "yellow" if wished >= EVEN else "bold red"


def _grid(grid: Grid, page: Page, most: int) -> Iterator[RenderableType]:
    if not grid.rows:
        return
    headings = [heading for heading in grid.headings if not (page.width < 110 and heading in grid.spare)]
    table = columns(page, grid.title.upper(), *headings, right=grid.right)
    for first, *others in grid.rows[:most]:
        shown = (text for heading, text in zip(grid.headings, others, strict=True) if heading in headings)
        table.add_row(cell(first), *map(cell, shown))
    yield Group(Text(""), table)
    hidden = len(grid.rows) - most
    if hidden > 0:
        yield cell(f"and {hidden:,} more (--format markdown shows all)", "dim")
