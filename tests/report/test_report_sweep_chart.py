"""The chart of a sweep: which curves it has, and where objectives, the knee and the wall stand."""

from dataclasses import replace

import pytest
from sweep_report_samples import BOTH, GROWING, LOADS, MACHINES, RATE, landmark, made, point

from capplan.report.canvas import Page
from capplan.report.chart import Mark
from capplan.report.chart_image import to_image
from capplan.report.sweep_chart import LOST, MOST_CURVES, chart_of
from capplan.report.sweep_table import to_chart
from capplan.studies.sweep_records import Finding, Parameter, Point, Sweep, Value

REPLICAS = Parameter(path="components.app.replicas", unit="", values=tuple(Value(str(n), float(n)) for n in (1, 2, 3)))
SLOWER = made(
    (REPLICAS,),
    tuple(point(value, rate=200.0, mean=mean) for value, mean in zip(REPLICAS.values, (None, 0.03, 0.01), strict=True)),
    (),
)


def test_a_rate_has_percentiles_its_objectives_the_knee_and_the_wall() -> None:
    chart = chart_of(GROWING)
    assert [curve.label for curve in chart.curves] == ["p99.9", "p99", "p95", "p50", "mean"]
    assert chart.curves[-1].points == ((100.0, 0.01), (200.0, 0.03))
    assert chart.levels == (Mark("total.mean < 20 ms", 0.02),)
    assert chart.moments == (Mark("knee 188/s", 187.5, firm=False), Mark("wall 250/s", 250.0))
    assert chart.x.ticks[0].label == "100/s"


def test_what_lies_beyond_the_values_is_not_marked() -> None:
    beyond = replace(GROWING, landmarks=(replace(landmark(), knee=50.0, max_rate=1000.0),))
    assert chart_of(beyond).moments == ()
    assert chart_of(replace(GROWING, landmarks=(replace(landmark(), knee=None, max_rate=None),))).moments == ()


def test_two_parameters_have_a_curve_for_each_value_of_the_other() -> None:
    chart = chart_of(BOTH)
    assert (chart.x.label, chart.y.label, chart.key) == ("workload.rate", "total.mean by app.machine", "app.machine")
    assert [curve.label for curve in chart.curves] == ["m6i.large", "own_[1]"]
    assert [[y for _, y in curve.points] for curve in chart.curves] == [[0.01, 0.01], [0.03, 0.03]]
    assert [curve.spots for curve in chart.curves] == [((187.5, 0.01),), ((187.5, pytest.approx(0.03)),)]


def test_the_walls_of_two_parameters_belong_to_their_curves() -> None:
    walls = chart_of(replace(BOTH, parameters=(RATE, MACHINES), points=(*BOTH.points, *_third()))).moments
    assert walls == (Mark("wall 250/s", 250.0, 0), Mark("wall 250/s", 250.0, 1))


def test_a_curve_that_is_all_behind_its_wall_is_crossed() -> None:
    behind = [point(load, machine, rate=100.0, mean=None) for load in LOADS[:2] for machine in MACHINES.values]
    walls = (
        replace(landmark(MACHINES.values[0]), max_rate=150.0),
        replace(landmark(MACHINES.values[1]), max_rate=50.0),
    )
    chart = chart_of(replace(BOTH, points=tuple(behind), landmarks=walls))
    assert [curve.lost for curve in chart.curves] == [(), (100.0, 200.0)]


def _third() -> tuple[Point, ...]:
    return tuple(point(LOADS[2], machine, rate=300.0, mean=None) for machine in MACHINES.values)


def test_the_rate_goes_across_wherever_it_stands() -> None:
    turned = replace(
        BOTH, parameters=BOTH.parameters[::-1], points=tuple(replace(p, values=p.values[::-1]) for p in BOTH.points)
    )
    assert chart_of(turned) == chart_of(BOTH)


def test_where_it_is_saturated_is_crossed_unless_there_is_a_wall() -> None:
    assert [curve.lost for curve in chart_of(SLOWER).curves] == [(1.0,)] * 5
    assert LOST in to_chart(SLOWER)
    assert {curve.lost for curve in chart_of(GROWING).curves} == {()}


def test_whole_numbers_have_whole_ticks() -> None:
    assert [tick.label for tick in chart_of(SLOWER).x.ticks] == ["1", "2", "3"]


def test_what_is_no_quantity_is_named() -> None:
    named = made((MACHINES,), tuple(point(value, rate=100.0, mean=0.01) for value in MACHINES.values), ())
    chart = chart_of(named, logarithmic=True)
    assert [tick.label for tick in chart.x.ticks] == ["m6i.large", "own_[1]"]
    assert [x for x, _ in chart.curves[0].points] == [0.0, 1.0]


def test_objectives_on_other_latencies_have_their_own_curve() -> None:
    others = [
        Finding(name="x", metric=metric, operator="<", threshold=1.0, value=0.5, true=True)
        for metric in ("app.p99", "order.success_rate", "total.p95")
    ]
    chart = chart_of(replace(GROWING, points=tuple(replace(p, slos=tuple(others)) for p in GROWING.points)))
    assert [curve.label for curve in chart.curves] == ["p99.9", "p99", "p95", "p50", "app.p99"]
    assert [level.label for level in chart.levels] == ["total.p95 < 1 s", "app.p99 < 1 s"]


def test_values_by_ratio_have_an_axis_by_ratio() -> None:
    assert (chart_of(GROWING, logarithmic=True).x.logarithmic, chart_of(GROWING).x.logarithmic) == (True, False)


def test_the_steepest_leave_the_chart() -> None:
    means = (0.01, 0.012, 50.0)
    steep = replace(
        GROWING, points=tuple(point(v, rate=100.0, mean=mean) for v, mean in zip(LOADS, means, strict=True))
    )
    chart = chart_of(steep)
    assert chart.y.high < 2.0
    assert max(y for _, y in chart.curves[0].points) >= 50.0
    assert max(map(len, to_chart(steep, page=Page(width=80)).splitlines())) == 80


def test_so_many_values_have_the_first_the_last_and_some_between() -> None:
    many = replace(REPLICAS, values=tuple(Value(str(n), float(n)) for n in range(1, 21)))
    points = tuple(point(load, value, rate=100.0, mean=0.01) for load in LOADS for value in many.values)
    chart = chart_of(made((RATE, many), points, tuple(map(landmark, many.values))))
    assert (len(chart.curves), chart.curves[0].label, chart.curves[-1].label) == (MOST_CURVES, "1", "20")
    assert chart.y.label == "total.mean by app.replicas (12 of its values not shown)"


def test_nothing_to_draw_is_a_chart_too() -> None:
    full = replace(SLOWER, points=tuple(point(value, rate=200.0, mean=None) for value in REPLICAS.values))
    assert "×" in to_chart(full)
    assert to_image(chart_of(full), "Full", "png").startswith(b"\x89PNG")


def test_the_text_has_the_findings_and_the_chart() -> None:
    text = to_chart(GROWING, page=Page(width=90))
    assert text.startswith("Hello [beta]  hello.yaml with components.app.replicas=2\nKNEE  188/s")
    assert "\n\nlatency " in text
    assert "knee 188/s" in text.splitlines()[6]


@pytest.mark.parametrize("sweep", [GROWING, BOTH, SLOWER], ids=["rate", "two", "replicas"])
def test_the_image_is_the_same_each_time_and_has_no_date(sweep: Sweep) -> None:
    chart = chart_of(sweep)
    first, second = (to_image(chart, "Shop $1 & <co>", "svg") for _ in range(2))
    assert first == second
    assert b"<dc:date>" not in first
    assert to_image(chart, "Shop", "png") == to_image(chart, "Shop", "png")
