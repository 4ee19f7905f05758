"""Samplers: every law has one, and what it draws has the law's moments."""

import numpy as np
import pytest

from capplan.queueing import laws
from capplan.queueing.laws import (
    Deterministic,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Jittered,
    Law,
    Lognormal,
    by_moments,
    mixture,
)
from capplan.simulation.samplers import SAMPLERS, between_arrivals, sample
from capplan.simulation.streams import Sources

LAWS = [
    Deterministic(2.0),
    Exponential(2.0),
    Jittered(2.0),
    Erlang(2.0, 3),
    Erlang(2.0, 30),
    Gamma(2.0, 0.4),
    Gamma(2.0, 2.5),
    Lognormal(2.0, 1.5),
    Hyperexponential(2.0, 3.0),
    by_moments(2.0, 0.4),
    mixture([(0.2, Deterministic(5.0)), (0.3, Exponential(1.0)), (0.5, Lognormal(3.0, 0.5))]),
]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_what_is_drawn_has_the_moments_of_the_law(law: Law) -> None:
    times = sample(law, Sources(1).generator("law"), 200_000)
    assert times.min() >= 0.0
    assert times.mean() == pytest.approx(law.mean, rel=0.015)
    assert times.var() / times.mean() ** 2 == pytest.approx(law.scv, rel=0.06, abs=1e-12)
    level = 1.5 * law.mean
    assert np.maximum(times - level, 0.0).mean() == pytest.approx(float(law.excess(np.array([level]))[0]), rel=0.05)


def test_every_law_has_a_sampler() -> None:
    known = {kind for kind in vars(laws).values() if isinstance(kind, type) and hasattr(kind, "excess2")}
    assert {kind for kind in known if kind.__name__[0] != "_" and kind is not Law} == set(SAMPLERS)


def test_a_law_without_a_sampler_lists_those_with_one() -> None:
    class Strange:
        mean = scv = 1.0

    with pytest.raises(LookupError, match=r"Strange has no sampler.*Erlang, Exponential"):
        sample(Strange(), Sources(1).generator("law"), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("scv", [0.0, 0.3, 1.0, 4.0])
def test_times_between_arrivals_have_their_variability(scv: float) -> None:
    law = between_arrivals(0.5, scv)
    assert law.mean == 0.5
    assert law.scv == pytest.approx(scv)


def test_sources_are_told_apart_by_name_seed_and_replication() -> None:
    draws = {
        (seed, replication, name): Sources(seed, replication).uniform(name)()
        for seed in (1, 2)
        for replication in (0, 1)
        for name in ("a", "b")
    }
    assert len(set(draws.values())) == len(draws)
    assert Sources(1).uniform("a")() == draws[(1, 0, "a")]
