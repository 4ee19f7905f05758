"""A chart as an image, SVG or PNG, drawn by matplotlib; the same chart gives the same bytes.

It is imported only where an image is asked for, since matplotlib is an extra that may be missing.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from capplan.report.chart import Axis, Chart, Mark
from capplan.report.words import plain

ImageForm = Literal["svg", "png"]
FORMS: tuple[ImageForm, ...] = get_args(ImageForm)

SIZE, DOTS_PER_INCH = (10.0, 5.6), 150
PANEL, SPARE = 1.9, 0.8
"""Inches that one of several charts is high, and that the sheet has to spare."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b8860b", "#7b5ea7", "#444444")
"""Of the curves, in their order: Okabe and Ito's, which the colour-blind tell apart, and darker than their yellow."""

INK, PAPER, GRID, LEVEL, MOMENT = "#24292f", "#ffffff", "#e4e7eb", "#b3261e", "#57606a"
STYLE: Any = {
    "svg.hashsalt": "capplan",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "text.parse_math": False,
    "axes.edgecolor": MOMENT,
    **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
    "axes.labelcolor": INK,
    "lines.linewidth": 2.0,
}
MOST_DOTS, MOST_STRAIGHT = 30, 2
"""As many points of a curve have dots, and as many names above the chart stand straight."""

_OUTSIDE: Mapping[str, Any] = {"bbox_to_anchor": (1.02, 1.02), "frameon": False, "alignment": "left"}
_SPOT: Mapping[str, Any] = {"marker": "D", "markersize": 7, "linestyle": "none"}
_LOST: Mapping[str, Any] = {"marker": "x", "markersize": 6, "linestyle": "none"}
UNDATED: Mapping[ImageForm, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "capplan"},
    "png": {"Software": "capplan"},
}


def to_image(chart: Chart, title: str, form: ImageForm) -> bytes:
    """The chart on a white sheet of its own, so that it is legible on any background."""
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH, facecolor=PAPER)
        axes = figure.add_subplot()
        _frame(axes, chart)
        _marks(axes, chart)
        _curves(axes, chart)
        axes.set_title(plain(title), loc="left", pad=_room_for_names(chart), fontsize=12, fontweight="bold")
        key = axes.legend(handles=[*_legend(chart)], title=plain(chart.key), loc="upper left", **_OUTSIDE)
        key.get_title().set_fontweight("bold")
        content = io.BytesIO()
        figure.savefig(content, format=form, metadata=UNDATED[form], bbox_inches="tight", pad_inches=0.2)
    return content.getvalue()


def to_panels(charts: Sequence[Chart], title: str, form: ImageForm) -> bytes:
    """Charts over the same x axis, one below the other on one sheet; the first one has the names of the moments."""
    with rc_context(STYLE):
        size = (SIZE[0], PANEL * len(charts) + SPARE)
        figure = Figure(figsize=size, dpi=DOTS_PER_INCH, facecolor=PAPER)
        panels = figure.subplots(len(charts), 1, sharex=True, squeeze=False)[:, 0]
        for axes, chart in zip(panels, charts, strict=True):
            _frame(axes, chart)
            _marks(axes, chart)
            _curves(axes, chart)
            axes.set_ylabel("")
            key = axes.legend(handles=[*_legend(chart)], title=plain(chart.y.label), loc="upper left", **_OUTSIDE)
            key.get_title().set_fontweight("bold")
        room = _room_for_names(charts[0])
        panels[0].set_title(plain(title), loc="left", pad=room, fontsize=12, fontweight="bold")
        content = io.BytesIO()
        figure.savefig(content, format=form, metadata=UNDATED[form], bbox_inches="tight", pad_inches=0.2)
    return content.getvalue()


def _room_for_names(chart: Chart) -> float:
    """Points between the frame and the title, for the names of the moments."""
    if not chart.moments:
        return 10.0
    return 52.0 if len(chart.moments) > MOST_STRAIGHT else 24.0


def _frame(axes: Axes, chart: Chart) -> None:
    """The axes with their ticks, which carry the units, and a faint grid."""
    axes.set_xscale("log" if chart.x.logarithmic else "linear")
    axes.set_yscale("log" if chart.y.logarithmic else "linear")
    axes.set_xlim(chart.x.low, chart.x.high)
    axes.set_ylim(chart.y.low, chart.y.high)
    axes.minorticks_off()
    axes.set_xticks([tick.at for tick in chart.x.ticks], _labels(chart.x))
    axes.set_yticks([tick.at for tick in chart.y.ticks], _labels(chart.y))
    axes.set_xlabel(plain(chart.x.label))
    axes.set_ylabel(plain(chart.y.label))
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _labels(axis: Axis) -> list[str]:
    return [plain(tick.label) for tick in axis.ticks]


def _marks(axes: Axes, chart: Chart) -> None:
    """Lines across, each with its name: objectives along their line, moments above the chart."""
    for mark in chart.levels:
        axes.axhline(mark.at, color=_tone(mark, LEVEL), linewidth=1.4, linestyle=(0, (6, 3)))
        axes.annotate(
            plain(mark.label),
            (0.0, mark.at),
            xycoords=("axes fraction", "data"),
            xytext=(5, 4),
            textcoords="offset points",
            color=_tone(mark, LEVEL),
            fontsize=9,
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        )
    crowded = len(chart.moments) > MOST_STRAIGHT
    for mark in chart.moments:
        axes.axvline(mark.at, color=_tone(mark, MOMENT), linewidth=1.4, linestyle="-" if mark.firm else (0, (1, 2)))
        axes.annotate(
            plain(mark.label),
            (mark.at, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            color=_tone(mark, MOMENT),
            fontsize=9,
            rotation=30 if crowded else 0,
            ha="left" if mark.firm else "right",
        )


def _curves(axes: Axes, chart: Chart) -> None:
    """Each curve; its spots on it, and where it has no value at the top."""
    dot = "o" if max(len(curve.points) + len(curve.lost) for curve in chart.curves) <= MOST_DOTS else ""
    for index, curve in enumerate(chart.curves):
        colour = _colour(index)
        axes.plot([x for x, _ in curve.points], [y for _, y in curve.points], color=colour, marker=dot, markersize=4)
        if curve.spots:
            axes.plot([x for x, _ in curve.spots], [y for _, y in curve.spots], color=colour, **_SPOT)
        if curve.lost:  # without points it would still take room on the sheet
            axes.plot(curve.lost, [chart.y.high] * len(curve.lost), color=colour, clip_on=False, **_LOST)


def _legend(chart: Chart) -> Iterator[Line2D]:
    """What the colours and the signs mean."""
    for index, curve in enumerate(chart.curves):
        yield Line2D([], [], color=_colour(index), label=plain(curve.label))
    if any(curve.spots for curve in chart.curves):
        yield Line2D([], [], color=MOMENT, label=plain(chart.spot), **_SPOT)
    if any(curve.lost for curve in chart.curves):
        yield Line2D([], [], color=MOMENT, label=plain(chart.lost), **_LOST)


def _tone(mark: Mark, usual: str) -> str:
    return usual if mark.curve is None else _colour(mark.curve)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]
