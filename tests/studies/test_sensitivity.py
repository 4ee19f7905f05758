"""Elasticities: those of the formulas, ranked; intervals and machines as they are."""

import pytest

import capplan
from capplan.errors import BadOption
from capplan.studies.sensitivity import Effect, Sensitivity, sensitivity
from capplan.topology import Topology

QUEUE = """\
version: 1
name: Queue
workload: {{rate: 50/s}}
components:
  app: {{kind: server, machine: {{cores: 1, price: 0.2}}, time: {time}}}
  bus: {{kind: server, machine: {{cores: 4}}, time: 1ms}}
requests:
  slow: {{share: 80%, to: app}}
  fast: {{share: 20%, to: bus}}
slos: [slow.mean < 100ms, fast.mean < 100ms]
"""


def _queue(time: str = "10ms") -> Topology:
    return capplan.parse(QUEUE.format(time=time))


def _effects(found: Sensitivity) -> dict[str, Effect]:
    return {effect.path: effect for effect in found.effects}


def test_elasticities_are_those_of_the_formula() -> None:
    """M/M/1: E[T] = 1/(mu - lambda): d ln E[T] / d ln lambda = rho/(1 - rho), / d ln E[S] = 1/(1 - rho)."""
    effects = _effects(sensitivity(_queue(), "slow.mean"))
    assert effects["workload.rate"].elasticity == pytest.approx(0.4 / 0.6, rel=1e-3)
    assert effects["components.app.time"].elasticity == pytest.approx(1 / 0.6, rel=1e-3)


def test_the_strongest_comes_first_and_what_does_nothing_is_left_out() -> None:
    found = sensitivity(_queue(), "slow.mean")
    swings = [effect.swing for effect in found.effects]
    assert swings == sorted(swings, reverse=True)
    assert found.effects[0].path == "components.app.time"
    assert not {"components.bus.time", "components.app.machine.price"} & set(_effects(found))
    assert found.others > 0


def test_the_ends_are_the_metric_at_the_interval_of_an_uncertain_input() -> None:
    effect = _effects(sensitivity(_queue("8ms..12ms"), "slow.mean"))["components.app.time"]
    assert effect.uncertain
    assert (effect.low, effect.high) == (0.008, 0.012)
    assert (effect.at_low, effect.at_high) == pytest.approx((1 / (125 - 40), 1 / (1 / 0.012 - 40)), rel=1e-3)


def test_the_ends_are_ten_percent_away_where_nothing_is_said() -> None:
    effect = _effects(sensitivity(_queue(), "slow.mean"))["components.app.time"]
    assert not effect.uncertain
    assert (effect.low, effect.high) == pytest.approx((0.009, 0.011))


def test_machines_come_one_by_one() -> None:
    found = {effect.path: effect for effect in sensitivity(_queue(), "slow.mean").machines}
    more = found["components.app.replicas"]
    assert (more.value, more.low, more.high, more.elasticity) == (1.0, 1.0, 2.0, None)
    assert more.at_high == pytest.approx(1 / (100 - 20), rel=1e-3)
    assert "components.bus.replicas" not in found


def test_the_metric_is_that_of_the_slo_nearest_to_falling() -> None:
    assert sensitivity(_queue()).metric == "slow.mean"
    bare = capplan.parse(QUEUE.format(time="10ms").rpartition("slos")[0])
    assert sensitivity(bare).metric == "total.p99"


def test_a_metric_may_be_of_a_component_or_of_money() -> None:
    assert _effects(sensitivity(_queue(), "app.cpu"))["components.app.time"].elasticity == pytest.approx(1.0, rel=1e-6)
    cost = _effects(sensitivity(_queue(), "cost.month"))
    assert list(cost) == ["components.app.machine.price"]


def test_as_many_are_told_as_are_asked_for() -> None:
    found = sensitivity(_queue(), "slow.mean", top=1)
    assert [effect.path for effect in found.effects] == ["components.app.time"]


@pytest.mark.parametrize(
    ("metric", "message"),
    [("slwo.mean", "did you mean `slow`"), ("slow.p99x", "is not a metric"), ("slow", "subject.metric"),
     ("slow.error_rate", "no value above zero")],
)  # fmt: skip
def test_a_metric_that_is_none_is_refused(metric: str, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        sensitivity(_queue(), metric)


def test_what_ensembles_do_not_know_is_ranked_as_well() -> None:
    topology = capplan.parse(QUEUE.format(time="10ms, discipline: ps"))
    assert _effects(sensitivity(topology, "slow.mean"))["components.app.time"].elasticity == pytest.approx(
        1 / 0.6, rel=1e-2
    )
