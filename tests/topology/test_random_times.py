"""Random times from each way of writing them, checked against the quantiles of the distributions."""

import math
from statistics import NormalDist

import pytest
from scipy import stats

from capplan.topology import Family, RandomTime
from capplan.topology.forms import Faults
from capplan.topology.times import RandomTimeForm
from capplan.units import Uncertain

FORM = RandomTimeForm()


def test_a_bare_duration_is_an_exponential_mean() -> None:
    assert FORM.read("12ms") == RandomTime(mean=0.012, scv=1.0, dist=Family.EXPONENTIAL)


def test_a_bare_round_trip_does_not_vary() -> None:
    assert RandomTimeForm(plain=Family.DETERMINISTIC).read("80ms") == RandomTime(
        mean=0.08, scv=0.0, dist=Family.DETERMINISTIC
    )


@pytest.mark.parametrize(
    ("written", "scv", "family"),
    [
        ({"mean": "12ms", "cv": "1.5"}, 2.25, Family.LOGNORMAL),
        ({"mean": "12ms", "dist": "deterministic"}, 0.0, Family.DETERMINISTIC),
        ({"mean": "12ms", "cv": "0"}, 0.0, Family.DETERMINISTIC),
        ({"mean": "12ms"}, 1.0, Family.EXPONENTIAL),
        ({"mean": "12ms", "cv": "2", "dist": "gamma"}, 4.0, Family.GAMMA),
        ({"mean": "12ms", "cv": "0.5", "dist": "erlang"}, 0.25, Family.ERLANG),
        ({"mean": "12ms", "cv": "0.577", "dist": "erlang"}, 1 / 3, Family.ERLANG),
        ({"mean": "12ms", "cv": "3", "dist": "hyperexponential"}, 9.0, Family.HYPEREXPONENTIAL),
    ],
)
def test_a_mean_and_a_cv_fix_a_time(written: dict[str, str], scv: float, family: Family) -> None:
    time = FORM.read(written)
    assert (time.mean, time.scv) == pytest.approx((0.012, scv))
    assert time.dist is family


def test_two_percentiles_are_those_of_the_lognormal_time() -> None:
    time = FORM.read({"p50": "9ms", "p99": "80ms"})
    sigma = math.sqrt(math.log1p(time.scv))
    mu = math.log(time.mean) - sigma**2 / 2
    quantiles = [math.exp(mu + sigma * NormalDist().inv_cdf(rank)) for rank in (0.5, 0.99)]
    assert quantiles == pytest.approx([0.009, 0.08], rel=1e-9)


@pytest.mark.parametrize(
    ("low", "high"),
    [(("p50", "9ms"), ("p99", "80ms")), (("p90", "9ms"), ("p99.9", "12ms")), (("p5", "1ms"), ("p95", "900ms"))],
)
def test_two_percentiles_are_those_of_the_gamma_time(low: tuple[str, str], high: tuple[str, str]) -> None:
    time = FORM.read(dict((low, high, ("dist", "gamma"))))
    gamma = stats.gamma(1 / time.scv, scale=time.mean * time.scv)
    for name, written in (low, high):
        assert gamma.ppf(float(name[1:]) / 100) == pytest.approx(float(written[:-2]) / 1e3, rel=1e-6)


def test_one_percentile_fixes_an_exponential_time() -> None:
    time = FORM.read({"p99": "46ms", "dist": "exponential"})
    assert time.mean == pytest.approx(0.046 / math.log(100))


def test_an_uncertain_percentile_makes_an_uncertain_mean() -> None:
    time = FORM.read({"p50": "9ms ±10%", "p99": "80ms"})
    assert isinstance(time.mean, Uncertain)
    assert (time.mean.low / time.mean, time.mean.high / time.mean) == pytest.approx((0.9, 1.1))


def test_percentiles_too_far_apart_are_refused() -> None:
    with pytest.raises(Faults) as raised:
        FORM.read({"p50": "1ns", "p99": "30d"})
    assert raised.value.problems[0].what == "these percentiles fix no lognormal time"
