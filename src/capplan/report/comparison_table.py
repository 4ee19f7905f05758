"""The terminal form of a comparison: a verdict in one line, then what differs, before and after side by side."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.comparison_digest import Word, judge, sides
from capplan.report.comparison_margins import runs_sentence
from capplan.report.comparison_sections import Section, sections
from capplan.studies.records import Difference, Verdict

ROWS_SHOWN = 30
STYLES: dict[Word, str] = {
    "SAME": "bold",
    "BETTER": "bold green",
    "MIXED": "bold yellow",
    "WORSE": "bold red",
}
TONES: dict[Verdict | None, str] = {"better": "green", "worse": "red", None: ""}


def to_table(difference: Difference, page: Page = PLAIN) -> str:
    """What differs, as one screen of text."""
    return draw(_parts(difference, page), page)


def _parts(difference: Difference, page: Page) -> Iterator[RenderableType]:
    for when, what in sides(difference):
        yield Text(f"{when:8}", "dim") + cell(what)
    verdict = judge(difference)
    yield Text(f"{verdict.word}  ", STYLES[verdict.word]) + cell(verdict.sentence)
    for section in sections(difference):
        yield from _section(section, page)
    if difference.runs is not None:
        yield Group(Text(""), headed("RUN", "bold cyan", runs_sentence(difference.runs)))


def _section(section: Section, page: Page) -> Iterator[RenderableType]:
    table = columns(page, section.title.upper(), *section.headings, right=section.right)
    for row in section.rows[:ROWS_SHOWN]:
        headings = ("", *section.headings)
        styles = (TONES[row.verdict] if heading == section.told else "" for heading in headings)
        table.add_row(*map(cell, row.cells, styles))
    yield Group(Text(""), table)
    hidden = len(section.rows) - ROWS_SHOWN
    if hidden > 0:
        yield cell(f"and {hidden:,} more (--format markdown shows all)", "dim")
