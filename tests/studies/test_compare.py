"""Comparisons: what differs, which of the two is better, and what is no result at all."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies_samples import PLAIN, TRAFFIC, data, result

import capplan
from capplan.errors import BadFile
from capplan.studies.compare import compare
from capplan.studies.records import Change, Difference, Key, Margin
from capplan.studies.results import read_result

TOPOLOGIES = Path(__file__).parents[2] / "topologies"
SLO, ALERT = PLAIN["slos"][0], PLAIN["alerts"][0]
OPPOSITE = {"better": "worse", "worse": "better", None: None}
TURNED = {"added": "removed", "removed": "added", "changed": "changed"}


def difference(changes: dict[str, Any]) -> Difference:
    return compare(result(), result(changes))


def only(changes: dict[str, Any]) -> Change:
    """The one change that the changes of the result make."""
    (change,) = difference(changes).changes.values()
    return change


def test_a_result_does_not_differ_from_itself() -> None:
    assert difference({}).changes == {}
    assert not difference({}).regressed


@pytest.mark.parametrize("name", ["01-one-server", "07-two-continents", "08-microservice-shop"])
def test_what_analyze_says_is_a_result(name: str) -> None:
    file = TOPOLOGIES / f"{name}.yaml"
    read = read_result(capplan.analyze(capplan.read(file)).to_dict(), name)
    assert read.rate > 0
    assert compare(read, read).changes == {}


@pytest.mark.parametrize(
    ("path", "value", "key", "ratio", "verdict"),
    [
        ("rate", 300.0, Key("topology", "", "rate"), 1.5, None),
        ("stable", False, Key("topology", "", "stable"), None, "worse"),
        ("throughput", 100.0, Key("topology", "", "throughput"), 0.5, "worse"),
        ("capacity/max_rate", 600.0, Key("capacity", "", "max_rate"), 1.5, "better"),
        ("capacity/max_rate", None, Key("capacity", "", "max_rate"), None, "better"),
        ("capacity/headroom", -0.5, Key("capacity", "", "headroom"), None, "worse"),
        ("capacity/bottleneck/resource", "disk", Key("capacity", "", "bottleneck.resource"), None, None),
        ("total/success_rate", 0.5, Key("total", "total", "success_rate"), 0.5 / 0.999, "worse"),
        ("requests/browse/latency/p99.9", 0.5, Key("request", "browse", "latency.p99.9"), 2.0, "worse"),
        ("requests/browse/latency/mean", None, Key("request", "browse", "latency.mean"), None, "worse"),
        ("components/app/replicas", 6, Key("component", "app", "replicas"), 2.0, None),
        ("components/app/machine", None, Key("component", "app", "machine"), None, None),
        ("components/app/utilisation/cpu", 0.25, Key("component", "app", "utilisation.cpu"), 0.5, "better"),
        ("components/app/utilisation/memory", 0.4, Key("component", "app", "utilisation.memory"), None, None),
        ("cost/month", 105.12, Key("cost", "", "cost.month"), 0.5, "better"),
        ("cost/month", None, Key("cost", "", "cost.month"), None, None),
        ("slos/0/met", False, Key("slo", "total.p99", "met"), None, "worse"),
        ("slos/0/objective", 0.4, Key("slo", "total.p99", "objective"), 2.0, None),
        ("slos/0/value", 0.075, Key("slo", "total.p99", "value"), 0.5, "better"),
        ("slos/0/value", None, Key("slo", "total.p99", "value"), None, "worse"),
        ("slos/0/holds_until_rate", None, Key("slo", "total.p99", "holds_until_rate"), None, "better"),
        ("alerts/0/value", 0.6, Key("alert", "app-cpu", "value"), 1.2, "worse"),
        ("alerts/0/fires_at_rate", 140.0, Key("alert", "app-cpu", "fires_at_rate"), 0.5, "worse"),
        ("alerts/0/firing", True, Key("alert", "app-cpu", "firing"), None, "worse"),
    ],
)
def test_a_change_says_what_it_is(path: str, value: Any, key: Key, ratio: float | None, verdict: str | None) -> None:
    change = only({path: value})
    assert (change.key, change.event, change.after, change.verdict) == (key, "changed", value, verdict)
    assert change.ratio == pytest.approx(ratio)


def test_less_of_less_load_is_not_worse() -> None:
    changes = difference({"rate": 100.0, "throughput": 100.0}).changes
    assert changes[Key("topology", "", "throughput")].verdict is None


def test_more_is_better_where_the_objective_wants_more() -> None:
    wants_more = {"slos/0/operator": ">", "slos/0/metric": "total.rate"}
    more = compare(result(wants_more), result({**wants_more, "slos/0/value": 0.3}))
    assert [change.verdict for change in more.changes.values()] == ["better"]


def test_an_alert_on_too_little_fears_less() -> None:
    fears_less = {"alerts/0/operator": "<"}
    less = compare(result(fears_less), result({**fears_less, "alerts/0/value": 0.1}))
    assert [change.verdict for change in less.changes.values()] == ["worse"]


def test_values_of_another_metric_are_not_weighed() -> None:
    changes = difference({"slos/0/metric": "total.p95", "slos/0/value": 0.1, "slos/0/holds_until_rate": 9.0}).changes
    assert {(change.ratio, change.verdict) for change in changes.values()} == {(None, None)}


def test_costs_of_another_currency_are_not_weighed() -> None:
    changes = difference({"cost/currency": "EUR", "cost/month": 100.0}).changes
    assert {(change.ratio, change.verdict) for change in changes.values()} == {(None, None)}


@pytest.mark.parametrize("value", [400.0 * (1 + 5e-10), 400])
def test_the_last_digits_do_not_count(value: float) -> None:
    assert difference({"capacity/max_rate": value}).changes == {}


def test_a_component_comes_or_goes_with_its_figures() -> None:
    cache = {**PLAIN["components"]["app"], "replicas": 2}
    came = difference({"components/cache": cache}).changes
    assert {change.event for change in came.values()} == {"added"}
    assert came[Key("component", "cache", "replicas")].after == 2
    gone = compare(result({"components/cache": cache}), result()).changes
    assert {(change.event, change.after, change.verdict) for change in gone.values()} == {("removed", None, None)}


def test_the_important_comes_first_and_subjects_stay_together() -> None:
    changes = difference(
        {
            "components/app/utilisation/cpu": 0.6,
            "requests/browse/latency/p99": 0.2,
            "requests/checkout": {**TRAFFIC, "success_rate": 0.9},
            "capacity/max_rate": 390.0,
            "rate": 210.0,
            "cost/hour": 1.0,
            "slos/0/met": False,
        }
    ).changes
    assert [key.scope for key in changes] == ["topology", "capacity", "slo", "request", "request", "cost", "component"]
    assert [key.subject for key in changes][3:5] == ["browse", "checkout"]


def test_what_turned_is_listed() -> None:
    missed = {**SLO, "name": "new", "met": False}
    firing = {**ALERT, "firing": True}
    turned = difference({"slos": [SLO, missed], "alerts": [firing]})
    assert (turned.newly_missed, turned.newly_met) == (["new"], [])
    assert (turned.newly_firing, turned.newly_quiet) == (["app-cpu"], [])
    assert turned.regressed
    back = compare(turned.after, turned.before)
    assert (back.newly_missed, back.newly_met, back.newly_firing, back.newly_quiet) == ([], [], [], ["app-cpu"])
    assert not back.regressed


def test_a_state_turns_and_may_be_missing() -> None:
    held = {"state": "a zone lost", "held": True, "misses": []}
    failing = {**held, "held": False, "misses": [{"name": "total.p99"}, {"name": "total.p99"}]}
    worse = compare(result({"states": [held]}), result({"states": [failing]}))
    assert (worse.newly_failing, worse.newly_held, worse.regressed) == (["a zone lost"], [], True)
    assert worse.changes[Key("state", "a zone lost", "misses")].after == "total.p99"
    assert compare(worse.after, worse.before).newly_held == ["a zone lost"]
    assert compare(result(), worse.after).regressed
    assert not compare(result(), worse.before).regressed


def test_objectives_of_one_name_are_numbered() -> None:
    twice = result({"slos": [SLO, {**SLO, "objective": 0.1}]})
    assert twice.subjects("slo") == ["total.p99", "total.p99 (2)"]


@given(
    st.dictionaries(
        st.sampled_from(["rate", "capacity/max_rate", "total/latency/p99", "cost/month", "slos/0/value"]),
        st.none() | st.floats(0.001, 1e6),
    ),
    st.booleans(),
)
def test_seen_from_the_other_side_everything_is_the_opposite(changes: dict[str, Any], more: bool) -> None:
    if changes.get("rate", 1.0) is None:
        del changes["rate"]
    other = result({**changes, **({"components/cache": PLAIN["components"]["app"]} if more else {})})
    there, back = compare(result(), other).changes, compare(other, result()).changes
    assert there.keys() == back.keys()
    for key, change in there.items():
        opposite = back[key]
        assert (opposite.before, opposite.after) == (change.after, change.before)
        assert opposite.verdict == OPPOSITE[change.verdict]
        assert opposite.event == TURNED[change.event]
        assert (change.ratio is None) == (opposite.ratio is None)
        if change.ratio is not None and opposite.ratio is not None:
            assert change.ratio * opposite.ratio == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"capacity": None}, "capacity is not an object"),
        ({"rate": "fast"}, "rate is not a number"),
        ({"rate": None}, "rate is not a number"),
        ({"rate": float("nan")}, "rate is not a number"),
        ({"rate": 10**400}, "rate is not a number"),
        ({"stable": 1}, "stable is not true or false"),
        ({"components/app/replicas": True}, "components.app.replicas is not a number"),
        ({"requests": []}, "requests is not an object"),
        ({"slos": [SLO, 3]}, "slos[1] is not an object"),
        ({"slos": [{**SLO, "name": None}]}, "slos[0].name is not a text"),
        ({"topology": {}}, "topology.name is missing"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_would_be_right(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadFile) as raised:
        read_result(data(changes), "saved.json")
    message = str(raised.value)
    assert message.startswith("saved.json: it is not the result of an analysis (")
    assert fault in message
    assert message.endswith("what `capplan analyze --json` prints")


def test_some_faults_of_many_are_named() -> None:
    with pytest.raises(BadFile, match=r"\(schema is missing, .* and \d+ more\)"):
        read_result({}, "saved.json")
    with pytest.raises(BadFile, match="it is no object"):
        read_result([], "saved.json")


def test_a_result_of_another_schema_is_refused() -> None:
    with pytest.raises(BadFile, match=r"its schema is 2; this version of capplan reads schema 1"):
        read_result(data({"schema": 2}), "saved.json")


def test_what_a_later_version_adds_is_no_fault() -> None:
    assert compare(result(), result({"forecast": [1, 2], "components/app/readers": 2})).changes == {}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def paths(value: Any, path: str = "") -> list[str]:
    """The paths to everything in a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [inner for name, member in members for inner in paths(member, f"{path}/{name}")]
    return [path.removeprefix("/"), *below] if path else below


@given(st.sampled_from(paths(PLAIN)), ANYTHING)
def test_whatever_a_file_holds_is_compared_or_refused(path: str, value: Any) -> None:
    try:
        read = result({path: value})
    except BadFile:
        return
    assert compare(read, read).changes == {}
    assert set(compare(result(), read).changes) <= {*read.figures, *result().figures}


@pytest.mark.parametrize(
    ("margin", "noise"),
    [(Margin(-0.1, 0.3), True), (Margin(float("-inf"), float("inf")), True), (Margin(0.05, 0.15), False)],
)
def test_an_objective_that_turns_by_noise_is_not_newly_missed(margin: Margin, noise: bool) -> None:
    name, missed = SLO["name"], SLO | {"value": 2.0 * SLO["objective"], "met": False}
    before, after = result(), result({"slos": [missed]})
    margins = {Key("slo", name, figure): margin for figure in ("value", "met")}
    found = compare(before, after, margins=margins)
    change = found.changes[Key("slo", name, "met")]
    assert (change.is_noise, change.verdict) == (noise, None if noise else "worse")
    assert found.newly_missed == ([] if noise else [name])
    assert found.regressed is not noise
    assert compare(before, after).regressed
