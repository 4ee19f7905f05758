"""Charts: axes with round ticks, names in places of their own, and text that fits the page."""

import pytest
from chart_samples import CURVES, GROWING, growing

from capplan import units
from capplan.report.canvas import Page
from capplan.report.chart import Chart, Curve, Mark, axis, names
from capplan.report.chart_labels import Canvas, places
from capplan.report.chart_text import to_text


def written(low: float, high: float, *, logarithmic: bool = False) -> list[str]:
    return [tick.label for tick in axis("", (low, high), units.format_duration, logarithmic=logarithmic).ticks]


def test_ticks_are_round() -> None:
    assert written(0.0, 0.1) == ["0 ms", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]
    assert written(0.013, 0.7, logarithmic=True) == ["20 ms", "50 ms", "100 ms", "200 ms", "500 ms"]
    assert written(0.012, 0.03, logarithmic=True)[:4] == ["12.5 ms", "15 ms", "17.5 ms", "20 ms"]


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize(("low", "high"), [(1e-3, 1e6), (0.5, 0.9), (3.0, 3.0), (1.0, 8.0), (0.001, 0.0011)])
def test_an_axis_has_a_few_ticks_within_its_ends(low: float, high: float, logarithmic: bool) -> None:
    made = axis("", (high, low), str, logarithmic=logarithmic, margin=0.05)
    assert made.low < made.high
    assert 1 <= len(made.ticks) <= 10
    assert all(-1e-9 <= made.place(tick.at) <= 1.0 + 1e-9 for tick in made.ticks)
    assert (made.place(made.low), made.place(made.high)) == (0.0, 1.0)


def test_names_are_ticks_too() -> None:
    made = names("app.machine", ["small", "large"])
    assert [(made.place(tick.at), tick.label) for tick in made.ticks] == [(0.25, "small"), (0.75, "large")]


def test_the_cells_of_a_line_hang_together() -> None:
    cells = Canvas(11, 6).cells([(0.0, 0.0), (0.5, 0.0), (0.6, 1.0), (1.0, 1.0)])
    assert list(cells) == list(range(11))
    assert (cells[3], cells[8]) == (range(1), range(5, 6))
    assert all(min(cells[c].stop, cells[c + 1].stop) >= max(cells[c].start, cells[c + 1].start) for c in range(10))


def test_a_name_stands_on_its_line_where_it_hides_no_other() -> None:
    canvas = Canvas(40, 10)
    together, rising = canvas.cells([(0.0, 0.0), (1.0, 0.0)]), canvas.cells([(0.0, 0.0), (0.4, 0.0), (1.0, 1.0)])
    level, steep = places(canvas, ["level", "steep"], [together, rising], [])
    assert (level.row, level.column > 15) == (0, True)
    assert (steep.row > 0, steep.column > 15) == (True, True)


def test_no_two_names_stand_on_each_other() -> None:
    canvas = Canvas(30, 3)
    line = canvas.cells([(0.0, 0.5), (1.0, 0.5)])
    found = places(canvas, ["first", "other", "third"], [line] * 3, [])
    assert len({(place.column + at, place.row) for place in found for at in range(5)}) == 15


def test_the_text_says_all() -> None:
    text = to_text(GROWING, Page(width=90))
    first, *_, ticks, label = text.splitlines()
    assert first.startswith("latency ")
    assert "knee 600/s" in first
    assert "wall 1,000/s" in first
    assert ticks.split() == ["200/s", "400/s", "600/s", "800/s", "1,000/s"]
    assert label.strip() == "workload.rate   × saturated"
    for part in (" p99 ", " p50 ", "╌ total.p99 < 200 ms ╌", "×", "100 ms┤"):
        assert part in text


@pytest.mark.parametrize("width", [60, 72, 100, 160])
def test_the_text_fits_the_page(width: int) -> None:
    lines = to_text(GROWING, Page(width=width)).splitlines()
    assert max(map(len, lines)) == width
    assert all(line == line.rstrip() for line in lines)


def test_colour_adds_nothing_but_colour() -> None:
    coloured, bare = to_text(GROWING, Page(colour=True)), to_text(GROWING)
    assert "\x1b" not in bare
    assert "\x1b[" in coloured
    assert to_text(GROWING) == bare


def test_names_of_users_are_not_obeyed() -> None:
    evil = Chart(
        x=names("a\x1b[31mb", ["x\x1b[2J", "y"]),
        y=GROWING.y,
        curves=(Curve("c\x07", ((0.0, 0.02), (1.0, 0.03))),),
        levels=(Mark("l\x1b", 0.1),),
        moments=(Mark("m\r", 0.5),),
    )
    assert not any(mark in to_text(evil) for mark in "\x1b\x07\r")


def test_a_curve_without_values_is_lost_but_has_its_name() -> None:
    text = to_text(Chart(x=GROWING.x, y=GROWING.y, curves=(Curve("p99", (), (200.0, 400.0, 900.0)),)))
    assert (text.splitlines()[2].count("×"), text.count("×"), " p99 " in text) == (2, 3, True)


def test_many_curves_have_names() -> None:
    curves = tuple(growing(f"curve{index}", 0.01 * (1.3**index)) for index in range(8))
    text = to_text(Chart(x=GROWING.x, y=GROWING.y, curves=curves), Page(width=80))
    assert all(curve.label in text for curve in curves)


def test_a_long_name_fits_the_canvas() -> None:
    long = Chart(x=GROWING.x, y=GROWING.y, curves=(CURVES[0]._replace(label="x" * 200),))
    assert max(map(len, to_text(long, Page(width=72)).splitlines())) == 72


def test_one_point_is_a_chart() -> None:
    alone = CURVES[0]._replace(points=((500.0, 0.1),), lost=())
    assert any("\u2801" <= mark <= "\u28ff" for mark in to_text(Chart(x=GROWING.x, y=GROWING.y, curves=(alone,))))
