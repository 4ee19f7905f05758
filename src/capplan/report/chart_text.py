"""A chart as text for the terminal, drawn by plotext in dots of braille.

plotext draws the frame, the ticks, the curves and the names, in a square from 0 to 1 each way. What stands where in it
is decided here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import plotext

from capplan.report.canvas import PLAIN, Page
from capplan.report.chart import Chart, Mark, Tick
from capplan.report.chart_labels import Canvas, places
from capplan.report.words import plain

COLOURS = ("cyan", "green", "orange", "magenta", "blue", "red", "gray", "default")
"""Of the curves, in their order; names of plotext."""

LEVEL, MOMENT = "red", "gray"
ACROSS, FIRM, FAINT, LOST, SPOT = "╌", "┃", "┊", "×", "◆"
LEAST_ROWS, MOST_ROWS, ROWS_BY_COLUMNS = 14, 26, 0.2
LONGEST_TICK, BESIDE = 14, 5
"""As many characters has a tick; as many columns are beside the longest name of a line."""


class _Line(NamedTuple):
    """A curve, or a line across, as it is drawn: its name, its colour, and its places between 0 and 1."""

    label: str
    colour: str
    places: list[tuple[float, float]]


def to_text(chart: Chart, page: Page = PLAIN) -> str:
    """The chart in lines of at most the page's width; without colour there is no control character in it."""
    across, upwards = _written(chart.x.ticks), _written(chart.y.ticks)
    gutter = max(len(tick.label) for tick in upwards)
    rows = min(max(round(page.width * ROWS_BY_COLUMNS), LEAST_ROWS), MOST_ROWS)
    canvas = Canvas(page.width - gutter - 2, rows)
    _prepare(canvas, gutter)
    plotext.xticks([chart.x.place(tick.at) for tick in across], [tick.label for tick in across])
    plotext.yticks([chart.y.place(tick.at) for tick in upwards], [tick.label.rjust(gutter) for tick in upwards])
    plotext.xlabel(_below(chart))
    moments = [
        _Line(plain(mark.label), _tone(mark, MOMENT), [(chart.x.place(mark.at), y) for y in (0.0, 1.0)])
        for mark in chart.moments
    ]
    _draw(chart, canvas, moments)
    text = f"{_above(chart, canvas, gutter, moments)}\n{plotext.build()}"
    lines = (line.rstrip() for line in (text if page.colour else plotext.uncolorize(text)).splitlines())
    return "\n".join(lines).rstrip("\n") + "\n"


def _written(ticks: Sequence[Tick]) -> list[Tick]:
    """The ticks, none of them too long."""
    labels = (plain(tick.label) for tick in ticks)
    short = (label if len(label) <= LONGEST_TICK else label[: LONGEST_TICK - 1] + "…" for label in labels)
    return [Tick(tick.at, label) for tick, label in zip(ticks, short, strict=True)]


def _prepare(canvas: Canvas, gutter: int) -> None:
    """An empty figure whose frame has the canvas in it; below are a row of ticks and one for the axis' name."""
    frame, below = 2, 2
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(canvas.columns + gutter + frame, canvas.rows + frame + below)
    plotext.theme("clear")
    plotext.xlim(0, 1)
    plotext.ylim(0, 1)


def _draw(chart: Chart, canvas: Canvas, moments: Sequence[_Line]) -> None:
    """Lines across first, curves over them, names over everything."""
    levels = [
        _Line(mark.label, _tone(mark, LEVEL), [(x, chart.y.place(mark.at)) for x in (0.0, 1.0)])
        for mark in chart.levels
    ]
    for line, mark in zip(moments, chart.moments, strict=True):
        plotext.scatter(*_cells(canvas, line), marker=FIRM if mark.firm else FAINT, color=line.colour)
    for line in levels:
        plotext.scatter(*_cells(canvas, line), marker=ACROSS, color=line.colour)
    named = levels.copy()
    for index, curve in enumerate(chart.curves):
        line = _Line(curve.label, _colour(index), [(chart.x.place(x), chart.y.place(y)) for x, y in curve.points])
        if line.places:
            plotext.plot(*map(list, zip(*line.places, strict=True)), marker="braille", color=line.colour)
        lost = [(chart.x.place(x), 1.0) for x in curve.lost]
        if lost:
            plotext.scatter(*map(list, zip(*lost, strict=True)), marker=LOST, color=line.colour)
        if line.places or lost:
            named.append(line if line.places else line._replace(places=lost))
        for x, y in curve.spots:
            plotext.scatter([chart.x.place(x)], [chart.y.place(y)], marker=SPOT, color=line.colour)
    _name(named, canvas, moments)


def _name(lines: Sequence[_Line], canvas: Canvas, moments: Sequence[_Line]) -> None:
    labels = [f" {plain(line.label)[: canvas.columns - BESIDE]} " for line in lines]
    cells = [canvas.cells(line.places) for line in lines]
    found = places(canvas, labels, cells, [canvas.cells(line.places) for line in moments])
    for line, label, place in zip(lines, labels, found, strict=True):
        x, y = place.column / (canvas.columns - 1), place.row / (canvas.rows - 1)
        plotext.text(label, x, y, color=line.colour, alignment="left")


def _above(chart: Chart, canvas: Canvas, gutter: int, moments: Sequence[_Line]) -> str:
    """The line above the frame: what goes upwards, and the names of the moments, over them as far as there is room."""
    text, end = plain(chart.y.label), len(plain(chart.y.label))
    for line in sorted(moments, key=lambda one: one.places[0]):
        middle = gutter + 1 + canvas.column(line.places[0][0])
        start = min(middle - len(line.label) // 2, gutter + 2 + canvas.columns - len(line.label))
        start = max(start, end + 2)
        if start + len(line.label) <= gutter + 2 + canvas.columns:
            text += " " * (start - end) + plotext.colorize(line.label, line.colour)
            end = start + len(line.label)
    return text


def _below(chart: Chart) -> str:
    """The line below the ticks: what goes across, and what the signs in the chart mean."""
    parts = [chart.x.label]
    if any(curve.spots for curve in chart.curves):
        parts.append(f"{SPOT} {chart.spot}")
    if any(curve.lost for curve in chart.curves):
        parts.append(f"{LOST} {chart.lost}")
    return plain("   ".join(parts))


def _cells(canvas: Canvas, line: _Line) -> tuple[list[float], list[float]]:
    """A place for each cell of a line that is straight up or straight across."""
    cells = [(column, row) for column, rows in canvas.cells(line.places).items() for row in rows]
    return [column / (canvas.columns - 1) for column, _ in cells], [row / (canvas.rows - 1) for _, row in cells]


def _tone(mark: Mark, usual: str) -> str:
    return usual if mark.curve is None else _colour(mark.curve)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]
