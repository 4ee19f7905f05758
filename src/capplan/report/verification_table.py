"""The terminal form of a verification: the screen of the analysis, and its numbers beside those of the simulation."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capplan.checks.verification_records import Number, Verdict, Verification
from capplan.report.as_table import sections
from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.simulation import run_sentence
from capplan.report.verification import HEADINGS, figures, remarks, summary

SHOWN = 60
"""Of more numbers than this, those that agree are left out."""
STYLES = {Verdict.AGREES: "green", Verdict.DIFFERS: "yellow", Verdict.REFUTED: "bold red"}


def verification_to_table(verification: Verification, page: Page = PLAIN) -> str:
    """The verification as text."""
    return draw([*sections(verification.analysis, page), *_parts(verification, page)], page)


def _parts(verification: Verification, page: Page) -> Iterator[RenderableType]:
    refuted = bool(verification.refuted)
    title, style = ("REFUTED", "bold red") if refuted else ("VERIFIED", "bold green")
    yield Group(Text(""), headed(title, style, summary(verification)), Text(""))
    numbers = verification.compared
    shown = numbers if len(numbers) <= SHOWN else tuple(one for one in numbers if one.verdict is not Verdict.AGREES)
    if shown:
        yield _table(shown, page)
    if len(shown) < len(numbers):
        agreeing = len(numbers) - len(shown)
        yield cell(f"and {agreeing:,} that agree (--format markdown shows all)", "dim")
    yield Group(Text(""), *(cell(remark, "dim") for remark in remarks(verification)))
    yield headed("RUN", "bold cyan", run_sentence(verification.run))


def _table(numbers: tuple[Number, ...], page: Page) -> Table:
    table = columns(page, "NUMBER", *HEADINGS, "verdict", right=HEADINGS)
    for one in numbers:
        verdict = "REFUTED" if one.verdict is Verdict.REFUTED else str(one.verdict)
        doubts = "" if one.verdict is Verdict.AGREES else "".join(f" {code}" for code in one.caveats)
        said = Text(verdict, STYLES[one.verdict]) + cell(doubts, "dim")
        table.add_row(cell(one.metric), *map(cell, figures(one)), said)
    return table
