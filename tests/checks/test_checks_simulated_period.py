"""A profile that is played: what `simulate` says of a day, beside what `analyze` works out."""

import numpy as np
import pytest

import capplan
from capplan.checks.simulation import Simulation, simulate
from capplan.prediction.measures import REQUEST, TIME, TOTAL, Name
from capplan.prediction.period import period
from capplan.prediction.simulated import Stage
from capplan.prediction.simulated_period import simulate_period
from capplan.prediction.translate import translate
from capplan.prediction.varied import Varied
from capplan.report.simulation import SIMULATION_FORMATS
from capplan.simulation.estimates import Estimate
from capplan.simulation.replications import Plan

DAY = """\
version: 1
workload: {rate: 300/s, profile: [0.1, 0.5, 1, 0.8]}
components:
  web: {kind: server, machine: {cores: 4}, time: {mean: 10ms, cv: 1.5}, calls: {db: 1}}
  db: {kind: database, machine: {cores: 2}, time: 5ms, error_rate: 1%}
slos:
  - total.p99 < 150ms
  - total.p90 < 40ms
  - total.success_rate > 98.5%
  - web.cpu < 70%
  - db.p99 < 50ms
  - total.rate < 400/s
"""
THREADS = """\
version: 1
workload: {rate: 300/s}
components:
  lb: {kind: balancer, policy: least_connections, forwards_to: app}
  app: {kind: server, replicas: 2, machine: {cores: 2}, concurrency: 16, time: 10ms, calls: {db: 1}}
  db: {kind: database, machine: {cores: 2}, time: 5ms}
"""

SURE = 0.999
"""The confidence of an interval that shall have the exact number: both of two have it but for one seed in 500."""


def played(text: str, requests: int = 20_000, rate: float | None = None) -> Simulation:
    """A topology, simulated."""
    return simulate(capplan.parse(text), rate, Plan(requests))


def codes(found: Simulation) -> set[str]:
    """The codes of the notes."""
    return {note.code for note in found.analysis.prediction.notes}


def covers(found: Varied, plan: Plan, level: float) -> float:
    """The measured percentile; its interval and that of the mean have the exact ones, but for one seed in 500."""
    theory, name = period(found).total.latency, Name(REQUEST, TOTAL, TIME)
    measured = simulate_period(found, plan, Stage(), ())
    mean, high = measured.number(name), measured.played.percentile(name.key, level, SURE)
    assert theory is not None
    assert mean is not None
    assert high is not None
    surer = mean.surer(plan.replications, SURE)
    assert surer.low < theory.mean < surer.high
    assert high.low < theory.percentiles[level] < high.high
    return high.value


@pytest.fixture(scope="module")
def day() -> Simulation:
    return played(DAY, 40_000)


def test_the_day_is_that_of_analyze(day: Simulation) -> None:
    theory, found = capplan.analyze(capplan.parse(DAY)), day.analysis.period
    assert theory.period is not None
    assert found is not None
    assert day.period is not None
    known, measured = theory.period.period, found.period
    assert measured.total.rate == pytest.approx(known.total.rate, rel=0.02)
    assert measured.total.success_rate == pytest.approx(0.99, abs=0.002)
    assert known.total.latency is not None
    assert measured.total.latency is not None
    assert measured.total.latency.mean == pytest.approx(known.total.latency.mean, rel=0.02)
    # the percentiles of M/G/c are approximate: a tenth beside what chance adds
    low, high = day.period.total.latency[0.99]
    assert 0.9 * low < known.total.latency.percentiles[0.99] < 1.1 * high
    for step, worked_out in zip(measured.steps, known.steps, strict=True):
        assert step.mean == pytest.approx(worked_out.mean, rel=0.06)
    assert 39_000 < day.period.run.requests < 41_000


def test_a_day_that_is_known_exactly_is_measured_as_it_is() -> None:
    """M/M/4 and M/M/2 one after the other, in each step: the second one's arrivals are Poisson (Burke 1956)."""
    text = DAY.replace("{mean: 10ms, cv: 1.5}", "10ms")
    found = Varied(translate(capplan.parse(text), 300.0), 300.0 * np.array([0.1, 0.5, 1.0, 0.8]), 21_600.0)
    covers(found, Plan(200_000, replications=20), 0.99)


def test_objectives_are_judged_on_the_basis_of_analyze(day: Simulation) -> None:
    theory, found = capplan.analyze(capplan.parse(DAY)).period, day.analysis.period
    assert theory is not None
    assert found is not None
    for worked_out, slo in zip(theory.slos, found.slos, strict=True):
        assert (slo.met, slo.steps_missed) == (worked_out.met, worked_out.steps_missed), slo.name
        assert slo.value == pytest.approx(worked_out.value, rel=0.15)
    assert {slo.met for slo in found.slos} == {True, False}


def test_the_rest_of_the_result_is_that_without_a_profile(day: Simulation) -> None:
    plain = played(DAY.replace(", profile: [0.1, 0.5, 1, 0.8]", ""), 40_000)
    assert plain.period is None
    assert plain.analysis.prediction.total == day.analysis.prediction.total
    assert plain.analysis.slos == day.analysis.slos


@pytest.mark.parametrize("form", ["json", "markdown", "csv"])
def test_every_form_tells_how_the_day_was_played(day: Simulation, form: str) -> None:
    text = SIMULATION_FORMATS[form](day, None)
    assert {"json": '"latency_interval"', "markdown": "the day: ", "csv": "period,total,latency_interval.p99.low"}[
        form
    ] in text


def test_an_overload_is_played_whole_with_what_it_leaves_behind() -> None:
    """A step of 100 s offers a fifth more than one server does: requests wait up to 20 s, and in the next step too."""
    text = "version: 1\nworkload: {rate: 10/s}\ncomponents:\n  app: {kind: server, time: 100ms}\n"
    found = Varied(translate(capplan.parse(text), 12.0), np.array([3.0, 12.0, 6.0, 3.0]), 100.0)
    # 40 overloads are too few for an interval of the p99: it is that of the few longest ones
    assert covers(found, Plan(40_000, replications=40), 0.9) > 10.0


@pytest.mark.parametrize("text", [DAY.replace(", profile: [0.1, 0.5, 1, 0.8]", ""), THREADS], ids=["arrays", "events"])
def test_parts_of_steps_have_the_law_of_whole_ones(text: str) -> None:
    """Steps of a minute, of which 1.5 s are counted, beside all of it."""
    found = Varied(translate(capplan.parse(text), 240.0), 240.0 * np.array([0.3, 0.6, 1.0, 0.8]), 60.0)
    all_of_it, some = (_day(found, Plan(requests, 1)) for requests in (390_000, 9_720))
    assert some.run < 0.05 * all_of_it.run
    assert some.mean.value == pytest.approx(all_of_it.mean.value, rel=0.03)
    assert some.mean.low < all_of_it.mean.high
    assert some.mean.high > all_of_it.mean.low


class Day:
    """The mean over a period, and how many requests were counted."""

    def __init__(self, mean: Estimate | None, run: int) -> None:
        assert mean is not None
        self.mean, self.run = mean, run


def _day(found: Varied, plan: Plan) -> Day:
    measured = simulate_period(found, plan, Stage(), ())
    return Day(measured.number(Name(REQUEST, TOTAL, TIME)), measured.run.requests)


def test_what_would_take_too_long_is_worked_out_and_noted() -> None:
    found = played(DAY.replace("0.8]", "1.4]"), 1_000)
    assert found.period is None
    assert found.analysis.period == capplan.analyze(capplan.parse(DAY.replace("0.8]", "1.4]"))).period
    assert "period-not-played" in codes(found)


def test_what_grows_without_bound_is_worked_out_and_noted() -> None:
    found = played(DAY.replace("[0.1, 0.5, 1, 0.8]", "[1.5, 1.6]"), 1_000)
    assert found.period is None
    assert {"period-not-played", "endless-backlog"} <= codes(found)


def test_replicas_are_down_as_often_as_each_step_allows() -> None:
    """In the calm steps one of two is enough."""
    text = DAY.replace("machine: {cores: 4}", "machine: {cores: 2}, replicas: 2, availability: 80%")
    theory, found = capplan.analyze(capplan.parse(text)).period, played(text, 40_000).analysis.period
    assert theory is not None
    assert found is not None
    assert theory.period.total.success_rate < 0.8
    assert found.period.total.success_rate == pytest.approx(theory.period.total.success_rate, rel=0.01)


def test_the_same_seed_gives_the_same_day(day: Simulation) -> None:
    assert played(DAY, 40_000).analysis.period == day.analysis.period
