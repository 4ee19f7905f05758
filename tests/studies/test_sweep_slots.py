"""Sweeps and comparisons of topologies with slots, backlogs and retries say what analyses of their points say."""

import pytest
from sweep_samples import built, swept
from test_sweep import same_point

import capplan
from capplan.checks.analysis import analyze
from capplan.studies.compare import compare
from capplan.studies.results import read_result

HELD = """\
version: 1
workload: {rate: 60/s}
requests: {r: {to: app, timeout: 1s, retries: 1, backoff: 20ms}}
components:
  app: {kind: server, machine: {cores: 4}, time: 10ms, concurrency: 12, backlog: 10, calls: [{db: 1, pool: 8}]}
  db: {kind: database, machine: {cores: 4}, time: 40ms}
slos: [total.p99 < 400ms, total.success_rate > 99%]
alerts: [{when: app.concurrency > 70%}]
"""
ENDLESS = HELD.replace("backlog: 10, ", "").replace(", timeout: 1s, retries: 1, backoff: 20ms", "")


@pytest.mark.parametrize("text", [HELD, ENDLESS], ids=["retries and a backlog", "slots alone"])
def test_loads_solved_together_say_what_analyze_says(text: str) -> None:
    found = swept(text, "workload.rate=20/s..140/s", points=3)
    assert len(found.points) == 3
    for point in found.points:
        same_point(point, analyze(built(text, []), point.values[0].number))


def test_a_queue_for_slots_that_grows_without_bound_is_not_stable() -> None:
    found = swept(ENDLESS, "workload.rate=20/s..140/s", points=3)
    assert found.points[0].stable
    assert not found.points[-1].stable


def test_slots_can_be_swept() -> None:
    found = swept(HELD, "components.app.concurrency=4..12", points=3)
    means = [point.total.success_rate for point in found.points]
    assert means == sorted(means)
    for point in found.points:
        settings = [f"components.app.concurrency={point.values[0].number:.0f}"]
        same_point(point, analyze(built(HELD, settings)))


def test_a_comparison_shows_what_more_slots_change() -> None:
    few, many = (
        read_result(capplan.analyze(capplan.parse(text)).to_dict(), "one")
        for text in (HELD.replace("concurrency: 12", "concurrency: 4"), HELD)
    )
    found = {key: change.verdict for key, change in compare(few, many).changes.items()}
    assert [verdict for key, verdict in found.items() if "success" in key.metric] == ["better"] * 2, found
