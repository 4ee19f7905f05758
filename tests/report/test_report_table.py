"""The terminal form: what an SRE looks for is there, at every width, without colour unless it is welcome."""

from dataclasses import replace

import pytest
from report_samples import alert, component, healthy, overloaded, troubled

from capplan.checks.records import Analysis
from capplan.report.as_json import to_dict
from capplan.report.as_markdown import to_markdown
from capplan.report.as_table import COMPONENTS_SHOWN, to_table
from capplan.report.canvas import Page, bar
from capplan.report.verdict import judge


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize("analysis", [healthy(), troubled(), overloaded()], ids=["healthy", "troubled", "overloaded"])
def test_no_line_is_longer_than_the_page(analysis: Analysis, width: int) -> None:
    assert max(map(len, to_table(analysis, Page(width=width)).splitlines())) <= width


def test_one_screen_is_enough_for_ten_components() -> None:
    plain = healthy()
    components = {f"service-{i}": component(f"service-{i}", "server", 0.1 * i) for i in range(10)}
    analysis = replace(plain, prediction=replace(plain.prediction, components=components))
    assert len(to_table(analysis).splitlines()) <= 45


def test_the_busiest_of_very_many_components_are_shown() -> None:
    plain = healthy()
    components = {f"service-{i}": component(f"service-{i}", "server", i / 1000) for i in range(1000)}
    text = to_table(replace(plain, prediction=replace(plain.prediction, components=components)))
    assert "service-999" in text
    assert "service-500" not in text
    assert f"and {1000 - COMPONENTS_SHOWN} less busy" in text


def test_there_is_no_escape_code_without_colour() -> None:
    assert "\x1b" not in to_table(healthy(), Page(width=100))
    assert "\x1b[" in to_table(healthy(), Page(width=100, colour=True))


def test_colour_says_nothing_that_words_do_not() -> None:
    text = to_table(troubled())
    assert "AT RISK" in text
    assert "MISSED" in text
    assert "FIRING" in text


def test_brackets_in_names_are_names() -> None:
    assert "db[replica]" in to_table(healthy())
    assert "db[replica]" in to_table(healthy(), Page(colour=True))


def test_a_name_cannot_drive_the_terminal() -> None:
    plain = healthy()
    text = to_table(replace(plain, prediction=replace(plain.prediction, topology="\x1b[2Jgone\r\n")))
    assert "\x1b" not in text
    assert "\r" not in text


def test_a_saturated_resource_is_prominent_and_says_what_is_enough() -> None:
    text = to_table(overloaded())
    assert text.splitlines()[1].startswith("OVERLOADED  Cannot take 508/s: the most is 391/s (app cpu)")
    assert "OVER CAPACITY  app cpu is offered 130% of what it can do; it has 6 cores, 8 would be enough" in text


def test_the_report_has_its_figures() -> None:
    text = to_table(healthy())
    for figure in ("3 × m6i.large", "51.2%", "99.987%", "total.p99 < 200 ms", "352/s", "app.cpu > 70%", "6.5 min page",
                   "280 USD a month", "`deploy` is not modelled yet"):  # fmt: skip
        assert figure in text


@pytest.mark.parametrize(("fraction", "full"), [(0.0, 0), (0.5, 5), (1.0, 10), (1.7, 10)])
def test_a_bar_is_full_at_one(fraction: float, full: int) -> None:
    assert bar(fraction, 10).plain == "█" * full + "░" * (10 - full)


def test_the_verdict_names_what_breaks_first() -> None:
    verdict = judge(healthy())
    assert verdict.word == "OK"
    assert verdict.sentence == (
        "Takes 200/s: every SLO holds, up to 352/s, where total.p99 < 200 ms falls. "
        "app cpu is full at 391/s: 48.9% headroom."
    )


def test_the_verdict_names_what_is_missed() -> None:
    verdict = judge(troubled())
    assert verdict.word == "AT RISK"
    assert "misses total.p99 < 200 ms (1 of 1 SLO) and app-cpu fires (1 of 1 alert)" in verdict.sentence


def test_closed_users_are_counted_as_people() -> None:
    slo, firing = replace(healthy().slos[0], holds_until_users=1240.0), replace(alert(), fires_at_users=1.0)
    crowd = replace(healthy(), prediction=replace(healthy().prediction, users=600.0), slos=(slo,), alerts=(firing,))
    text = to_table(crowd)
    assert "Takes 600 users at " in text
    assert "up to 1,240 users; with more total.p99 < 200 ms" in " ".join(text.split())
    assert "load 600 users, " in text
    assert "1 user " in text
    assert "1,240 users" in to_markdown(crowd)
    assert to_dict(crowd)["users"] == 600.0
    assert to_dict(crowd)["slos"][0]["holds_until_users"] == 1240.0
    assert to_dict(crowd)["alerts"][0]["fires_at_users"] == 1.0
