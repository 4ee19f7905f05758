"""What the terminal form draws with: a page of a certain width, safe cells, bars, and tables without frames.

Everything that a user named goes through `cell`, so that neither brackets nor control characters mean anything to the
terminal. Whether there is a terminal at all, the shell knows and says with a `Page`.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from capplan.report.words import plain

NARROW, WIDE = 95, 120
WARM, HOT, FULL = 0.7, 0.9, 1.0


@dataclass(frozen=True, kw_only=True)
class Page:
    """Where a form will be shown: its width in columns, and whether colour is welcome."""

    width: int = 100
    colour: bool = False

    @property
    def narrow(self) -> bool:
        """Whether every column counts."""
        return self.width < NARROW

    @property
    def wide(self) -> bool:
        """Whether there is room for what is merely useful."""
        return self.width >= WIDE

    @property
    def gap(self) -> int:
        """Columns between two cells."""
        return 1 if self.narrow else 2

    @property
    def bar(self) -> int:
        """Columns of a bar."""
        return 6 if self.narrow else 16 if self.wide else 12


PLAIN = Page()


def draw(parts: Iterable[RenderableType], page: Page) -> str:
    """The parts as text, one below the other."""
    text = io.StringIO()
    console = Console(
        file=text,
        width=page.width,
        force_terminal=page.colour,
        no_color=not page.colour,
        color_system="standard" if page.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def cell(text: str, style: str = "") -> Text:
    """Text as it stands: no markup in it, and no control character that a terminal would obey."""
    return Text(plain(text), style)


def headed(title: str, style: str, text: str) -> Text:
    """A title in a style of its own, and a text behind it that has none."""
    return Text.assemble((f"{title}  ", style), cell(text))


def columns(page: Page, title: str, *headings: str, right: Iterable[str] = ()) -> Table:
    """An empty table without a frame, its title over the first column; `right` names the columns of figures."""
    table = Table(box=None, pad_edge=False, padding=(0, page.gap, 0, 0), header_style="bold")
    table.add_column(Text(title, "bold cyan"))
    for heading in headings:
        figure = heading in right
        table.add_column(Text(heading), justify="right" if figure else "left", no_wrap=figure)
    return table


def bar(fraction: float, width: int) -> Text:
    """A bar that is full at 1; its colour repeats what the figure beside it says."""
    filled = min(width, round(fraction * width))
    return Text("█" * filled, heat(fraction)) + Text("░" * (width - filled), "dim")


def heat(fraction: float) -> str:
    """The style of a utilisation."""
    if fraction >= HOT:
        return "bold red"
    return "yellow" if fraction >= WARM else "green"
