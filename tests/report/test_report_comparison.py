"""Comparisons for people and for programs: the verdict, the tables, the rows."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from report_samples import alert, component, healthy, overloaded, slo

from capplan.checks.records import Analysis
from capplan.prediction.records import Capacity, Cost
from capplan.report.as_json import to_dict
from capplan.report.canvas import Page
from capplan.report.comparison import COMPARISON_FORMATS, to_csv, to_json, to_markdown, to_table
from capplan.report.comparison_digest import arrow, judge, points, relative
from capplan.report.comparison_sections import sections
from capplan.report.comparison_table import to_table as drawn
from capplan.studies.compare import compare
from capplan.studies.records import Difference
from capplan.studies.results import read_result

PLAIN = healthy()


def difference(after: Analysis, before: Analysis = PLAIN) -> Difference:
    return compare(read_result(to_dict(before), "a.yaml"), read_result(to_dict(after), "b.yaml"))


def predicting(**changes: Any) -> Analysis:
    """The healthy analysis with another prediction."""
    return replace(PLAIN, prediction=replace(PLAIN.prediction, **changes))


def larger() -> Analysis:
    """Four machines in place of three, and a cache: more capacity for more money."""
    prediction = PLAIN.prediction
    app = replace(prediction.components["app"], replicas=4, cost=0.384, utilisation={"cpu": 0.384, "network": 0.02})
    return predicting(
        capacity=Capacity(max_rate=521.6, component="app", resource="cpu", headroom=0.6166),
        components={**prediction.components, "app": app, "cache": component("cache", "cache", 0.1)},
        cost=Cost(currency="USD", hour=0.576, month=420.48),
    )


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def lines(text: str) -> list[list[str]]:
    """The lines of a table, their cells apart."""
    return [[cell.strip() for cell in line.split("  ") if cell] for line in text.splitlines()]


def test_the_verdict_is_one_line() -> None:
    assert judge(difference(larger())) == ("MIXED", "b.yaml: capacity +33.3%, cost +50%")
    assert judge(difference(PLAIN, larger())) == ("MIXED", "b.yaml: capacity -25%, cost -33.3%")


def test_the_verdict_of_the_same() -> None:
    assert judge(difference(PLAIN)) == ("SAME", "b.yaml: nothing differs")
    moved = replace(PLAIN.prediction.components["app"], machine="m7i.large")
    other = predicting(components={**PLAIN.prediction.components, "app": moved})
    assert judge(difference(other)) == (
        "SAME",
        "b.yaml: the same capacity, p99, success and cost; no SLO, alert or state turns",
    )


def test_the_verdict_counts_what_turned() -> None:
    troubled = replace(PLAIN, slos=(slo(met=False),), alerts=(alert(firing=True),))
    assert judge(difference(troubled)) == ("WORSE", "b.yaml: 1 more SLO missed, 1 more alert firing")
    assert judge(difference(PLAIN, troubled)) == ("BETTER", "b.yaml: 1 more SLO met, 1 more alert quiet")


def test_the_verdict_names_an_overload_first() -> None:
    verdict = judge(difference(overloaded()))
    assert verdict.word == "WORSE"
    assert verdict.sentence.startswith("b.yaml: queues grow without bound, load +154%, p99 155 ms → unbounded")
    assert judge(difference(PLAIN, overloaded())).sentence.startswith("b.yaml: every queue is stable again")


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.38, "+38%"), (0.78, "-22%"), (1.0004, ""), (0.9996, ""), (12.34, "12.3×"), (9.5, "+850%"), (0.0, "-100%")],
)
def test_ratios_are_written_as_people_say_them(ratio: float, text: str) -> None:
    assert relative(ratio) == text


def test_percentages_differ_by_points_and_texts_by_arrows() -> None:
    assert points(0.5, 0.25) == "-25 points"
    assert arrow("3", "4") == "3 → 4"
    assert arrow("3", "3") == "3"


def test_the_table_shows_what_differs_alone() -> None:
    text = to_table(difference(larger()))
    shown = lines(text)
    assert ["before", "a.yaml (Hello)"] in shown
    assert ["MIXED", "b.yaml: capacity +33.3%, cost +50%"] in shown
    assert ["capacity", "391/s", "522/s", "+33.3%"] in shown
    assert "3 × m6i.large → 4 × m6i.large" in text
    assert "cpu 51.2% → cpu 38.4%" in text
    assert "cache (new)" in text
    assert "db[replica]" not in text
    assert "REQUEST" not in text
    assert "SLO" not in text


def test_a_comparison_of_the_same_is_three_lines() -> None:
    assert len(to_table(difference(PLAIN)).splitlines()) == 3


def test_what_goes_is_shown_with_what_it_was() -> None:
    assert "cache (gone)" in to_table(difference(PLAIN, larger()))


def test_the_state_of_an_objective_turns_in_its_cell() -> None:
    text = to_table(difference(replace(PLAIN, slos=(slo(0.25, False, None),))))
    (line,) = [line for line in lines(text) if line[:1] == ["total.p99"]]
    assert line[1:] == ["met → MISSED", "< 200 ms", "155 ms → 250 ms", "352/s → no rate"]


def test_a_state_that_fails_says_what_fails_in_it() -> None:
    held = {"state": "a zone lost", "held": True, "misses": []}
    failing = {"state": "a zone lost", "held": False, "misses": [{"name": "total.p99"}, {"name": "app.cpu"}]}
    sides_of = [read_result(to_dict(PLAIN) | {"states": [state]}, "a.yaml") for state in (held, failing)]
    worse = compare(*sides_of)
    assert judge(worse) == ("WORSE", "a.yaml: 1 more state failing")
    assert ["a zone lost", "holds → FAILS", "– → total.p99, app.cpu"] in lines(to_table(worse))
    assert json.loads(to_json(worse))["newly_failing"] == ["a zone lost"]


def test_an_overload_has_no_latency_to_compare() -> None:
    text = to_table(difference(overloaded()))
    assert "unbounded" in text
    assert ["queues", "stable", "growing"] in lines(text)
    assert ["throughput", "200/s", "391/s", "+95.6%"] in lines(text)


def test_a_terminal_gets_colour_and_a_narrow_one_no_wider_lines() -> None:
    assert "\x1b[32m" in drawn(difference(larger()), Page(colour=True))
    assert max(map(len, drawn(difference(larger()), Page(width=72)).splitlines())) <= 72


def test_long_tables_are_cut_on_a_screen_only() -> None:
    many = {f"c{number}": component(f"c{number}", "server", 0.1) for number in range(40)}
    difference_of_many = difference(predicting(components={**PLAIN.prediction.components, **many}))
    assert "and 10 more (--format markdown shows all)" in to_table(difference_of_many)
    assert "c39 (new)" in to_markdown(difference_of_many)


def test_a_single_request_is_the_total() -> None:
    slower = {"checkout": PLAIN.prediction.requests["browse"]}
    before = {"checkout": PLAIN.prediction.requests["checkout"]}
    one = difference(predicting(requests=slower), predicting(requests=before))
    assert "Request" not in [section.title for section in sections(one)]


def test_markdown_tables_are_whole_and_escaped() -> None:
    replica = replace(PLAIN.prediction.components["db[replica]"], replicas=2)
    text = to_markdown(difference(predicting(components={**PLAIN.prediction.components, "db[replica]": replica})))
    assert text.startswith("**SAME** b.yaml: the same capacity")
    assert "| db\\[replica\\] | 1 → 2 |" in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_json_has_both_sides_and_every_change() -> None:
    said = json.loads(to_json(difference(replace(larger(), slos=(slo(0.25, False),)))))
    assert list(said) == [
        *("schema", "before", "after", "newly_missed", "newly_met", "newly_firing", "newly_quiet"),
        *("newly_failing", "newly_held", "regressed", "changes"),
    ]
    assert said["before"]["source"] == "a.yaml"
    assert said["after"]["max_rate"] == 521.6
    assert said["after"]["slos"] == {"met": 0, "missed": 1}
    assert said["newly_missed"] == ["total.p99"]
    assert said["regressed"] is True
    assert said["changes"][0] == {
        "scope": "capacity",
        "subject": "",
        "metric": "max_rate",
        "event": "changed",
        "before": 391.2,
        "after": 521.6,
        "ratio": pytest.approx(4 / 3),
        "verdict": "better",
    }


def test_json_is_null_where_a_thing_does_not_exist() -> None:
    changes = json.loads(to_json(difference(overloaded())))["changes"]
    (p99,) = [change for change in changes if change["scope"] == "total" and change["metric"] == "latency.p99"]
    assert (p99["after"], p99["ratio"], p99["verdict"]) == (None, None, "worse")


def test_csv_is_a_row_a_change() -> None:
    troubled = difference(replace(larger(), slos=(slo(0.25, False),)))
    table = rows(to_csv(troubled))
    assert len(table) == len(troubled.changes)
    found = {(row["scope"], row["subject"], row["metric"]): row for row in table}
    assert found["capacity", "", "max_rate"]["unit"] == "1/s"
    assert found["cost", "", "cost.month"]["unit"] == "USD/month"
    assert found["component", "app", "utilisation.cpu"]["after"] == "0.384"
    assert found["component", "app", "utilisation.cpu"]["unit"] == "fraction"
    assert found["component", "cache", "replicas"]["event"] == "added"
    assert found["component", "cache", "replicas"]["before"] == ""
    assert found["slo", "total.p99", "value"]["unit"] == "s"
    assert (found["slo", "total.p99", "met"]["before"], found["slo", "total.p99", "met"]["after"]) == ("true", "false")


def test_a_comparison_has_every_form() -> None:
    assert list(COMPARISON_FORMATS) == ["table", "json", "markdown", "csv"]
