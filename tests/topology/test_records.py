"""Records made in Python: SI numbers, checked by the same forms, frozen; and what objectives and deployments say."""

import pytest
from pydantic import ValidationError

from capplan.topology import (
    KINDS,
    Machine,
    Operator,
    Portion,
    RandomTime,
    Server,
    Workload,
    parse_comparison,
    parse_metric,
)


def test_numbers_from_python_are_si() -> None:
    server = Server(
        name="web", kind="server", replicas=2, time=RandomTime.exponential(0.01), machine=Machine(cores=2.0)
    )
    assert server.default_endpoint is not None
    assert server.default_endpoint.time == RandomTime.exponential(0.01)
    assert Workload(rate=100.0).rate == 100.0


def test_records_are_frozen_and_checked() -> None:
    server = Server(name="web", kind="server")
    with pytest.raises(ValidationError):
        server.replicas = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Server(name="web", kind="server", replicas=0)
    with pytest.raises(ValidationError):
        Server(name="web", kind="server", hit_ratio=0.5)  # type: ignore[call-arg]


def test_every_kind_is_registered_under_its_own_name() -> None:
    assert list(KINDS) == [
        "balancer", "server", "database", "storage", "cache", "cdn",
        "queue", "external", "logging", "metrics", "alerting", "pipeline",
    ]  # fmt: skip
    assert all(model.__name__.lower() == kind for kind, model in KINDS.items())


def test_a_metric_has_a_subject_a_name_and_perhaps_a_percentile() -> None:
    metric = parse_metric("total.p99.9")
    assert (metric.subject, metric.name, str(metric)) == ("total", "p99.9", "total.p99.9")
    assert metric.percentile == pytest.approx(0.999)
    assert parse_metric("api.cpu").percentile is None


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("a.p99 < 300ms", 0.3, False),
        ("a.p99 <= 300ms", 0.3, True),
        ("a.cpu > 70%", 0.71, True),
        ("a.success_rate >= 99.9%", 0.998, False),
        ("cost.month<5k", 4999, True),
        ("a.rate >= 3M/day", 40, True),
    ],
)
def test_a_comparison_holds_or_not(text: str, value: float, holds: bool) -> None:
    assert parse_comparison(text).holds(value) is holds


def test_upper_bounds_are_told_from_lower_ones() -> None:
    assert [operator.bounds_above for operator in Operator] == [True, True, False, False]


def test_a_portion_of_replicas_is_rounded_the_way_it_is_used() -> None:
    assert Portion(0.25, None).of(10, up=True) == 3
    assert Portion(0.25, None).of(10, up=False) == 2
    assert Portion(0.1, None).of(30, up=True) == 3
    assert Portion(None, 4).of(10, up=True) == 4
