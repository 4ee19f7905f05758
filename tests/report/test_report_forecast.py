"""The forms of a forecast: dates, the verdict, the timeline, and a contract for programs."""

import csv
import io
import json
from dataclasses import replace

import pytest

from capplan.report import FORMATS
from capplan.report.canvas import Page
from capplan.report.chart import Chart
from capplan.report.forecast import FORECAST_FORMATS, HEADER
from capplan.report.forecast_chart import chart_of
from capplan.report.forecast_digest import Dated, judge, shown, span
from capplan.report.forecast_table import ROWS_SHOWN, to_table
from capplan.studies.forecast import Event, Forecast, Kind
from capplan.studies.trajectory import Trajectory
from capplan.units import DAY, MONTH, Growth

ALERT = Event(
    kind=Kind.ALERT,
    name="app-[busy]",
    subject="app",
    metric="app.cpu",
    operator=">",
    threshold=0.7,
    seconds=6 * MONTH,
    rate=280.0,
)
SLO = replace(
    ALERT, kind=Kind.SLO, name="total.p99", subject="total", metric="total.p99", operator="<", threshold=0.2, rate=373.0
)
SLO = replace(SLO, seconds=12 * MONTH)
CAPACITY = replace(
    ALERT, kind=Kind.CAPACITY, name="app.cpu", operator=">=", threshold=1.0, seconds=30 * MONTH, rate=4e2
)
DISK = replace(CAPACITY, kind=Kind.DISK, name="db.storage", subject="db", metric="db.storage", seconds=None, rate=None)


def dated(*events: Event, unsized: tuple[str, ...] = ()) -> Dated:
    """A forecast whose calendar counts days."""
    found = Forecast(
        topology="Hello",
        file="hello.yaml",
        rate=200.0,
        growth=Growth(0.05, MONTH),
        horizon=24 * MONTH,
        events=events,
        unsized=unsized,
    )
    return Dated(forecast=found, start="day 0", date_after=lambda seconds: f"day {seconds / DAY:.0f}")


ALL = dated(ALERT, SLO, CAPACITY, DISK)


def test_each_form_of_the_contract_is_there() -> None:
    assert list(FORECAST_FORMATS) == list(FORMATS)


def test_the_verdict_names_the_first_alert_and_what_it_warns_of() -> None:
    word, sentence = judge(ALL)
    assert word == "RUNWAY"
    assert sentence == (
        "On day 182, in 6 months, app-[busy] fires (app.cpu > 70%); on day 365 total.p99 < 200 ms falls."
    )


def test_the_verdict_begins_with_what_is_so_today() -> None:
    missed = replace(SLO, seconds=0.0)
    assert judge(dated(missed, CAPACITY)) == (
        "TODAY",
        "Today total.p99 < 200 ms is missed; nothing else falls within 24 months.",
    )
    assert "(and 1 more); on day 182" in judge(dated(missed, missed, ALERT)).sentence
    assert "app-[busy] is firing" in judge(dated(replace(ALERT, seconds=0.0))).sentence


def test_nothing_that_comes_is_said_so() -> None:
    assert judge(dated(CAPACITY, DISK)) == ("CLEAR", "Nothing falls within 24 months.")


def test_the_table_has_the_dates_and_a_bar_of_the_time_before_them() -> None:
    lines = to_table(ALL).splitlines()
    (alert,) = (line for line in lines if line.startswith("day 182"))
    assert " ".join(alert.split()) == f"day 182 6 months app-[busy] fires (app.cpu > 70%) 280/s {'█' * 6 + '░' * 18}"
    later = lines.index(next(line for line in lines if line.startswith("NOT WITHIN 24 MONTHS")))
    assert " ".join(lines[later + 1].split()) == "app cpu is full 30 months 400/s"
    assert " ".join(lines[later + 2].split()) == "the disk of db is full never –"


@pytest.mark.parametrize("width", [72, 100, 140])
def test_no_line_is_longer_than_the_page(width: int) -> None:
    long = replace(SLO, name="the objective of everybody who ever waits for the checkout to come back")
    assert max(map(len, to_table(dated(ALERT, long, CAPACITY, DISK), Page(width=width)).splitlines())) <= width


def test_very_many_events_are_cut() -> None:
    text = to_table(dated(*[SLO] * (ROWS_SHOWN + 2), *[DISK] * (ROWS_SHOWN + 3)))
    assert "and 2 more" in text
    assert "and 3 more" in text


def test_data_on_a_disk_of_unknown_size_are_noted() -> None:
    found = dated(ALERT, unsized=("db", "files"))
    assert all("the data of db and files grow" in FORECAST_FORMATS[form](found) for form in ("table", "markdown"))
    assert json.loads(FORECAST_FORMATS["json"](found))["disk_size_unknown"] == ["db", "files"]


def test_json_is_in_si_units_with_dates() -> None:
    result = json.loads(FORECAST_FORMATS["json"](ALL))
    assert (result["schema"], result["start"], result["rate"]) == (1, "day 0", 200.0)
    assert result["growth"] == {"fraction": 0.05, "period": MONTH}
    assert result["horizon"] == {"date": "day 730", "seconds": 24 * MONTH}
    assert result["events"][1] == {
        "kind": "slo",
        "name": "total.p99",
        "subject": "total",
        "metric": "total.p99",
        "operator": "<",
        "threshold": 0.2,
        "status": "within",
        "date": "day 365",
        "seconds": 12 * MONTH,
        "rate": 373.0,
    }
    assert [(one["status"], one["date"], one["seconds"]) for one in result["events"][2:]] == [
        ("beyond", None, 30 * MONTH),
        ("never", None, None),
    ]


def test_csv_has_a_row_an_event() -> None:
    header, *rows = csv.reader(io.StringIO(FORECAST_FORMATS["csv"](ALL)))
    assert tuple(header) == HEADER
    assert rows[0] == ["alert", "app-[busy]", "app", "app.cpu", ">", "0.7", "within", "day 182", "15768000.0", "280.0"]
    assert rows[3][-3:] == ["", "", ""]


def test_markdown_keeps_names_without_meaning() -> None:
    text = FORECAST_FORMATS["markdown"](ALL)
    assert r"| day 182 | 6 months | app-\[busy\] fires (app.cpu \> 70%) | 280/s |" in text
    assert "| not within 24 months | in | at a load of |" in text


def test_growth_that_only_data_have() -> None:
    found = replace(ALL, forecast=replace(ALL.forecast, growth=None))
    assert json.loads(FORECAST_FORMATS["json"](found))["growth"] is None
    assert "growth none" in FORECAST_FORMATS["table"](found)


@pytest.mark.parametrize(
    ("seconds", "text"), [(DAY, "1 day"), (12 * DAY, "12 days"), (2 * MONTH, "2 months"), (5.23 * MONTH, "5.2 months")]
)
def test_spans_are_in_days_then_in_months(seconds: float, text: str) -> None:
    assert span(seconds) == text


FOLLOWED = Trajectory(
    name="total.p99",
    metric="total.p99",
    operator="<",
    threshold=0.2,
    seconds=(0.0, 12 * MONTH, 24 * MONTH),
    values=(0.05, 0.2, None),
)


def followed() -> Dated:
    found = dated(ALERT, SLO)
    return replace(found, forecast=replace(found.forecast, trajectories=(FOLLOWED,), busiest_rate=260.0))


def test_the_objective_that_falls_first_is_drawn_with_the_line_that_it_should_keep() -> None:
    text = to_table(followed())
    assert "\ntotal.p99" in text
    assert "falls day 365" in text
    (line,) = (row for row in text.splitlines() if "< 200 ms ╌" in row)
    assert line.startswith("200 ms┤")
    assert text.splitlines()[-2].split() == [*["day", "0", "day", "182", "day", "365", "day", "548", "day", "730"]]
    assert text.rstrip().endswith("× beyond the chart, or without bound")
    assert shown(followed()) == FOLLOWED
    assert shown(ALL) is None
    assert chart_of(ALL) is None


@pytest.mark.parametrize("width", [72, 100, 140])
def test_no_line_of_a_chart_is_longer_than_the_page(width: int) -> None:
    assert max(map(len, to_table(followed(), Page(width=width)).splitlines())) <= width


def test_the_load_of_the_busiest_step_is_told_where_it_is_another() -> None:
    assert "busiest step 260/s" in to_table(followed())
    assert "busiest step" not in to_table(ALL)
    assert json.loads(FORECAST_FORMATS["json"](followed()))["busiest_rate"] == 260.0


def test_json_has_the_trajectories() -> None:
    (found,) = json.loads(FORECAST_FORMATS["json"](followed()))["trajectories"]
    assert list(found) == ["name", "metric", "operator", "objective", "seconds", "values"]
    assert found["values"] == [0.05, 0.2, None]


def charted(values: tuple[float | None, ...], threshold: float, metric: str) -> Chart:
    one = replace(FOLLOWED, metric=metric, threshold=threshold, values=values)
    found = replace(followed(), forecast=replace(followed().forecast, trajectories=(one,)))
    chart = chart_of(found)
    assert chart is not None
    return chart


@pytest.mark.parametrize("values", [(0.1, 0.15, 0.2), (0.9, 3.0, None), (None, None, None), (0.2, 0.2, 0.2)])
def test_a_chart_shows_the_line_wherever_the_figure_is(values: tuple[float | None, ...]) -> None:
    chart = charted(values, 0.2, "total.p99")
    assert chart.y.low <= 0.0 < 0.2 <= chart.y.high
    (curve,) = chart.curves
    assert len(curve.points) + len(curve.lost) == 4  # and the point where it falls
    assert (12 * MONTH, 0.2) in curve.points


def test_a_figure_near_one_is_drawn_from_near_its_line() -> None:
    assert 0.99 < charted((1.0, 0.9998, 0.9995), 0.999, "total.success_rate").y.low < 0.999


def test_a_curve_that_runs_away_leaves_the_chart() -> None:
    chart = charted((0.1, 0.3, 900.0), 0.2, "total.p99")
    assert chart.y.high < 1.0
    assert chart.curves[0].lost == (24 * MONTH,)
