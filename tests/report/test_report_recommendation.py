"""A recommendation in every form: the answer first, the strategies side by side, reasons, and what was refused."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from plan_samples import HORIZONTAL, MIXED, SLOW, VERTICAL, budgeted, hopeless, open_ended, planned, proven
from report_samples import healthy, overloaded

from capplan.checks.records import Analysis, StateCheck
from capplan.planning.records import Plan, Recommendation, Strategy
from capplan.planning.wishes import Progress
from capplan.report import FORMATS
from capplan.report.advice import Advice
from capplan.report.as_json import to_dict
from capplan.report.as_table import STATES_SHOWN, to_table
from capplan.report.canvas import Page
from capplan.report.recommendation import HEADER, PLAN_FORMATS
from capplan.report.recommendation_digest import judge, so_far
from capplan.report.recommendation_json import recommendation_dict
from capplan.report.recommendation_table import ROWS_SHOWN
from capplan.report.recommendation_table import to_table as plans_table
from capplan.report.result import AnalysisResult, RecommendationResult
from capplan.report.verdict import judge as judge_analysis
from capplan.topology import Topology, Workload

ADVICE = {
    "proven": Advice.of(proven()),
    "open": Advice.of(open_ended()),
    "hopeless": Advice.of(hopeless()),
    "budget": budgeted(),
    "too small a budget": budgeted(rate=None),
}


def table(advice: Advice, width: int = 100) -> str:
    return plans_table(advice, Page(width=width))


# ---- JSON


def test_the_keys_of_the_contract_come_first() -> None:
    result = recommendation_dict(proven())
    assert list(result)[:5] == ["schema", "topology", "target_rate", "chosen", "plans"]
    assert list(result)[5:] == ["planned_rate", "percentile_margin", "states", "current"]
    assert (result["schema"], result["chosen"], result["target_rate"]) == (1, "mixed", 5000.0)
    assert result["topology"] == {"name": "Hello", "file": "hello.yaml"}
    assert [plan["strategy"] for plan in result["plans"]] == ["mixed", "horizontal", "vertical"]


def test_a_plan_has_its_changes_and_its_analysis() -> None:
    plan = recommendation_dict(proven())["plans"][0]
    assert list(plan)[:6] == ["strategy", "feasible", "optimal", "cost", "changes", "analysis"]
    assert plan["cost"] == {"currency": "USD", "hour": 1.7, "month": 1.7 * 730.0}
    app, db = plan["changes"]
    assert app["from"] == {"replicas": 3, "machine": "m6i.large"}
    assert app["to"] == {"replicas": 9, "machine": "m6i.xlarge"}
    assert app["because"] == "p99 of total is 412 ms at 8, 187 ms at 9"
    assert (db["from"]["readers"], db["to"]["readers"]) == (0, 2)
    assert plan["analysis"] == to_dict(planned())
    assert plan["decided_by"]["state"] == SLOW.state
    assert plan["refused"]["sizes"] == [{"component": "app", "replicas": 8, "machine": "m6i.xlarge"}]
    assert plan["refused"]["missed"]["value"] == 0.412
    assert plan["limit"] is None


def test_a_strategy_that_is_not_feasible_says_its_limit() -> None:
    plan = recommendation_dict(hopeless())["plans"][0]
    assert (plan["feasible"], plan["cost"], plan["analysis"], plan["gap"]) == (False, None, None, None)
    assert plan["limit"] == {"component": "app", "resource": "cpu", "message": plan["limit"]["message"]}
    assert recommendation_dict(hopeless())["chosen"] is None


def test_a_budget_wraps_its_recommendation() -> None:
    result = json.loads(PLAN_FORMATS["json"](budgeted()))
    assert list(result) == ["schema", "topology", "budget", "rate", "beyond", "recommendation"]
    assert result["budget"] == {"currency": "USD", "hour": 1.8, "month": 1.8 * 730.0}
    assert result["beyond"]["hour"] == 1.9
    assert result["recommendation"] == recommendation_dict(proven())
    nothing = json.loads(PLAN_FORMATS["json"](budgeted(rate=None, beyond=None)))
    assert (nothing["rate"], nothing["beyond"], nothing["recommendation"]) == (None, None, None)


def test_numbers_are_plain_and_never_rounded() -> None:
    plan = replace(MIXED, cost_change=float(np.float64(1 / 3)), gap=float("nan"))
    result = recommendation_dict(replace(proven(), plans=(plan,), target_rate=np.float64(1e4) / 3))
    assert json.loads(json.dumps(result)) == result
    assert result["plans"][0]["cost_change"]["hour"] == 1 / 3
    assert result["plans"][0]["gap"] is None
    assert type(result["target_rate"]) is float


def test_the_python_api_hands_out_records_that_write_themselves() -> None:
    result = RecommendationResult.of(proven())
    assert isinstance(result, Recommendation)
    assert result.plan is MIXED
    assert result.to_dict() == recommendation_dict(proven())
    assert AnalysisResult.of(in_states()).states == in_states().states


# ---- words


def test_the_verdict_is_the_answer() -> None:
    assert judge(ADVICE["proven"]) == (
        "PLAN",
        "5,000/s needs 9 × m6i.xlarge for app and 1 × r6i.large + 2 readers for db[replica]: "
        "1,241 USD a month, +343% on today; proven the cheapest.",
    )


def test_what_is_not_proven_is_not_called_so() -> None:
    word, sentence = judge(ADVICE["open"])
    assert word == "NOT PROVEN"
    assert "planned for 6,250/s, times 10% below their objectives" in sentence
    assert sentence.endswith("not proven: a plan could still be up to 3.4% cheaper.")
    unknown = replace(HORIZONTAL, gap=None)
    assert judge(Advice.of(replace(open_ended(), plans=(unknown,))))[1].endswith("; not proven the cheapest.")


def test_no_plan_says_why() -> None:
    word, sentence = judge(ADVICE["hopeless"])
    assert word == "NO PLAN"
    assert sentence.startswith("No plan within `scaling` takes 5,000/s and holds every objective: m6i.32xlarge,")


def test_no_time_is_not_called_no_plan() -> None:
    late = Plan(strategy=Strategy.MIXED, feasible=False, optimal=False)
    word, sentence = judge(Advice.of(replace(hopeless(), plans=(late, VERTICAL))))
    assert word == "NO PLAN"
    assert "in the time that there was" in sentence
    assert "none in time" in table(Advice.of(replace(hopeless(), plans=(late, VERTICAL))))


def test_nothing_to_change_and_no_price_are_said() -> None:
    cost = replace(planned().prediction.cost, hour=None, month=None)
    same = replace(MIXED, changes=(), cost=cost, cost_change=None, refused=None, decided_by=None)
    advice = Advice.of(replace(proven(), plans=(same,)))
    assert judge(advice)[1] == "5,000/s needs no change: no price is known; proven the cheapest."
    assert "COMPONENT" not in table(advice)
    assert "nothing is cheaper" in table(advice)


def test_a_budget_says_what_it_carries() -> None:
    assert judge(budgeted())[1].startswith("1,314 USD a month carries 5,000/s; a little more costs 1,387 USD. 5,000/s")
    assert "; no plan carries more. " in judge(budgeted(beyond=None))[1]
    assert judge(budgeted(rate=None)) == ("NO PLAN", "1,314 USD a month does not carry even the least load.")
    topology = Topology.model_construct(file="a.yaml", currency="EUR", workload=Workload(), components={})
    asked = budgeted().affordable
    assert asked is not None
    assert Advice.within(topology, asked) == replace(budgeted(), name="", file="a.yaml", currency="EUR")


@pytest.mark.parametrize(
    ("best", "bound", "said"),
    [
        (None, None, "mixed: 12 plans looked at"),
        (1.7, None, "mixed: 1,241 USD a month"),
        (1.7, 1.53, "mixed: 1,241 USD a month, at most 10% more to save"),
    ],
)
def test_progress_is_said_in_money(best: float | None, bound: float | None, said: str) -> None:
    progress = Progress(strategy=Strategy.MIXED, spent=0.5, best=best, bound=bound, evaluations=12)
    assert so_far(progress, "USD") == said


# ---- the terminal


@pytest.mark.parametrize("width", [72, 80, 100, 140])
@pytest.mark.parametrize("name", ADVICE)
def test_no_line_is_longer_than_the_page(name: str, width: int) -> None:
    assert max(map(len, table(ADVICE[name], width).splitlines())) <= width


def test_the_report_has_what_people_ask() -> None:
    text = table(ADVICE["proven"], width=160)
    for figure in (
        "mixed (chosen)", "1,241 USD", "+343%", "21.9%", "within 3.4%", "not possible", "3 × m6i.large",
        "9 × m6i.xlarge", "+1,051 USD", "-90.5 USD", "p99 of total is 412 ms at 8, 187 ms at 9",
        "1 component stays as it is",
        "in 2 other states", "REFUSED  8 × m6i.xlarge for app, 1,101 USD a month: app without 1 of its replicas:",
        "stateful: a reader copies `all` data first", "takes 4,100/s with 3 replicas",
    ):  # fmt: skip
        assert figure in text


def test_objectives_stand_before_and_after() -> None:
    lines = table(ADVICE["proven"]).splitlines()
    assert "total.p99 < 200 ms                 –      187 ms" in lines
    assert "app-cpu: not app.cpu > 70%      130%       64.2%" in lines


def test_brackets_in_names_are_names_and_nothing_drives_the_terminal() -> None:
    assert "db[replica]" in table(ADVICE["proven"])
    text = table(Advice.of(replace(proven(), topology="\x1b[2Jgone\r\n")))
    assert "\x1b" not in text
    assert "\r" not in text


def test_very_many_changes_stay_on_a_screen() -> None:
    many = replace(MIXED, changes=MIXED.changes * 40)
    assert f"and {80 - ROWS_SHOWN} more" in table(Advice.of(replace(proven(), plans=(many,))))


# ---- Markdown and CSV


@pytest.mark.parametrize("name", ADVICE)
def test_markdown_tables_are_whole(name: str) -> None:
    for block in PLAN_FORMATS["markdown"](ADVICE[name]).split("\n\n"):
        if block.startswith("|"):
            assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1


def test_markdown_is_for_pull_requests() -> None:
    text = PLAN_FORMATS["markdown"](ADVICE["proven"])
    assert text.startswith("# Hello\n\n**PLAN**: 5,000/s needs 9 × m6i.xlarge for app")
    assert "| app | 3 × m6i.large | 9 × m6i.xlarge | +1,051 USD | p99 of total is 412 ms at 8, 187 ms at 9 |" in text
    assert "- **Refused**: 8 × m6i.xlarge for app" in text
    assert "db\\[replica\\]" in text


def test_csv_has_a_row_for_each_change() -> None:
    app, db = csv.DictReader(io.StringIO(PLAN_FORMATS["csv"](ADVICE["proven"])))
    assert tuple(app) == HEADER
    assert (app["replicas_from"], app["replicas_to"], app["machine_to"]) == ("3", "9", "m6i.xlarge")
    assert (db["readers_to"], db["cost_change_hour"], db["currency"]) == ("2", "-0.124", "USD")
    assert PLAN_FORMATS["csv"](ADVICE["hopeless"]).splitlines() == [",".join(HEADER)]


def test_each_form_of_the_contract_is_there() -> None:
    assert list(PLAN_FORMATS) == list(FORMATS)
    assert PLAN_FORMATS["table"](ADVICE["proven"]) == table(ADVICE["proven"])


# ---- states in an analysis


def in_states(lost: int = 1) -> Analysis:
    """A healthy system that does not outlive the loss of a replica."""
    bad = tuple(StateCheck(state=f"app-{i} without 1 of its replicas", misses=(SLOW, SLOW)) for i in range(lost))
    good = tuple(StateCheck(state=f"zone {i} lost", misses=()) for i in range(5))
    return replace(healthy(), states=(*bad, *good))


def test_a_state_in_which_something_does_not_hold_is_a_risk() -> None:
    verdict = judge_analysis(in_states())
    assert verdict.word == "AT RISK"
    assert verdict.sentence.startswith(
        'Takes 200/s, but in the state "app-0 without 1 of its replicas" '
        "p99 of total is 412 ms, not < 200 ms (and 1 more) (1 of 6 states)."
    )
    assert judge_analysis(in_states(lost=0)).word == "OK"


def test_states_are_in_every_form() -> None:
    result = to_dict(in_states())["states"]
    assert result[0]["held"] is False
    assert result[0]["misses"][0] == {
        "concern": "slo",
        "name": "total.p99",
        "metric": "total.p99",
        "operator": "<",
        "threshold": 0.2,
        "value": 0.412,
        "message": "p99 of total is 412 ms, not < 200 ms",
    }
    assert result[-1] == {"state": "zone 4 lost", "held": True, "misses": []}
    assert "| zone 4 lost | yes |  |" in FORMATS["markdown"](in_states())
    assert "state,zone 4 lost,held,true,\n" in FORMATS["csv"](in_states())
    assert "state,app-0 without 1 of its replicas,slo.total.p99.value,0.412,s\n" in FORMATS["csv"](in_states())
    assert to_dict(overloaded())["states"] == []


def test_the_table_names_what_is_lost_and_counts_what_is_held() -> None:
    text = to_table(in_states(), Page(width=140))
    assert "MISSED  app-0 without 1 of its replicas" in text
    assert "p99 of total is 412 ms, not < 200 ms (and 1 more)" in text
    assert "held    zone 0 lost, zone 1 lost, zone 2 lost and 2 more" in text
    assert "STATE" not in to_table(healthy())
    assert f"and {20 - STATES_SHOWN} more" in to_table(in_states(lost=20))


@pytest.mark.parametrize("width", [72, 100])
def test_states_stay_within_the_page(width: int) -> None:
    assert max(map(len, to_table(in_states(lost=20), Page(width=width)).splitlines())) <= width
