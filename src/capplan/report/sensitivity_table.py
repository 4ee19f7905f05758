"""The terminal form of a sensitivity: a tornado, one bar an input around the value that the metric has."""

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from capplan.report.canvas import PLAIN, Page, cell, columns, draw, headed
from capplan.report.sensitivity_digest import MACHINE_HEADINGS, at, elastic, judge, machine_row, row
from capplan.studies.sensitivity import Effect, Sensitivity

MACHINES_SHOWN = 6
BELOW, ABOVE = "cyan", "magenta"


def to_table(found: Sensitivity, page: Page = PLAIN) -> str:
    """The ranking as one screen of text."""
    return draw(_parts(found, page), page)


def _parts(found: Sensitivity, page: Page) -> Iterator[RenderableType]:
    yield Text.assemble(cell(found.topology or "Topology", "bold"), cell(f"  {found.file}", "dim"))
    yield headed(found.metric, "bold cyan", judge(found))
    if found.effects:
        yield from _tornado(found, page)
    if found.machines:
        table = columns(page, "MACHINES", *MACHINE_HEADINGS, right=MACHINE_HEADINGS)
        for effect in found.machines[:MACHINES_SHOWN]:
            table.add_row(*map(cell, machine_row(found, effect)))
        yield Group(Text(""), table)


def _tornado(found: Sensitivity, page: Page) -> Iterator[RenderableType]:
    half = 8 if page.narrow else 18 if page.wide else 11
    scale = _Scale.of(found, half)
    right = ("elasticity", "at low", "at high")
    table = columns(page, "INPUT", "elasticity", "range", "at low", "", "at high", right=right[:2])
    table.columns[0].overflow = "fold"  # a path is of use only as a whole
    for effect in found.effects:
        path, _, _, ends, _ = row(found, effect)
        table.add_row(
            cell(path),
            cell(elastic(effect), "bold"),
            cell(ends, "" if effect.uncertain else "dim"),
            cell(at(found, effect.at_low)),
            scale.bar(effect),
            cell(at(found, effect.at_high)),
        )
    yield Group(Text(""), table)
    if found.others:
        yield cell(f"and {found.others:,} inputs with less effect or none (--top shows more)", "dim")


class _Scale:
    """Where values of the metric stand on a bar with its present value in the middle."""

    def __init__(self, base: float, reach: float, half: int) -> None:
        self.base = base
        self.reach = reach
        self.half = half

    @staticmethod
    def of(found: Sensitivity, half: int) -> "_Scale":
        ends = [end for effect in found.effects for end in (effect.at_low, effect.at_high) if math.isfinite(end)]
        reach = max((abs(end - found.base) for end in ends), default=0.0)
        return _Scale(found.base, reach or 1.0, half)

    def bar(self, effect: Effect) -> Text:
        """What is below the present value to the left of the middle, what is above it to the right."""
        ends = (effect.at_low, effect.at_high)
        left = self._cells(max(self.base - end for end in ends))
        right = self._cells(max(end - self.base for end in ends))
        styles = self._styles(ends)
        return (
            Text(" " * (self.half - left)) + Text("█" * left, styles[0]) + Text("┃", "dim")
            + Text("█" * right, styles[1]) + Text(" " * (self.half - right))
        )  # fmt: skip

    def _styles(self, ends: Sequence[float]) -> tuple[str, str]:
        """The side that a lower input leads to has one colour, the other side the other."""
        return (BELOW, ABOVE) if ends[0] <= ends[1] else (ABOVE, BELOW)

    def _cells(self, distance: float) -> int:
        if distance <= 0.0:
            return 0
        return self.half if not math.isfinite(distance) else min(self.half, round(distance / self.reach * self.half))
