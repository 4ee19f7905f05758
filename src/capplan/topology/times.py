"""Random times: a mean, a squared coefficient of variation and a family, from each way that a user may write one."""

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from statistics import NormalDist
from typing import Annotated, Any

from pydantic import Field

from capplan.errors import Problem
from capplan.topology.fields import Choice, Quantity
from capplan.topology.forms import Faults, Form, Record, Reference, Schema, did_you_mean, fault, problems_of, shown
from capplan.topology.gamma import gamma_from_ratio
from capplan.units import DURATION, NUMBER, Uncertain


class Family(StrEnum):
    """The families of distributions that a random time may have."""

    EXPONENTIAL = "exponential"
    DETERMINISTIC = "deterministic"
    LOGNORMAL = "lognormal"
    GAMMA = "gamma"
    ERLANG = "erlang"
    HYPEREXPONENTIAL = "hyperexponential"


class RandomTime(Record):
    """A random time: its mean (an `Uncertain` one where an interval was written), its SCV and its family."""

    title = "a random time"

    mean: Annotated[float, Quantity(DURATION)] = Field(description="The mean.")
    scv: Annotated[float, Quantity(NUMBER)] = Field(default=1.0, description="The squared coefficient of variation.")
    dist: Annotated[Family, Choice("a distribution", {str(f): f for f in Family})] = Field(
        default=Family.EXPONENTIAL, description="The family."
    )

    @classmethod
    def exponential(cls, mean: float) -> "RandomTime":
        """The time that a bare duration means."""
        return cls.model_construct(mean=mean, scv=1.0, dist=Family.EXPONENTIAL)

    @classmethod
    def constant(cls, value: float) -> "RandomTime":
        """A time that does not vary."""
        return cls.model_construct(mean=value, scv=0.0, dist=Family.DETERMINISTIC)


_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
_DURATION = Quantity(DURATION)
_CV = Quantity(NUMBER)
_DIST = Choice("a distribution", {str(family): family for family in Family})
_LEAST_CV = 1e-3
_LEAST_RANK = 1e-6
_KEYS = ("mean", "cv", "dist")
_WANTED = "a duration such as 15ms, {mean: 12ms, cv: 1.5} or {p50: 9ms, p99: 80ms}"


class RandomTimeForm(Form):
    """A duration (a mean), `{mean, cv, dist}` or two percentiles; a bare duration has the family `plain`."""

    def __init__(self, plain: Family = Family.EXPONENTIAL) -> None:
        self.plain = plain

    def read(self, value: Any) -> RandomTime:
        if isinstance(value, RandomTime):
            return value
        if isinstance(value, Mapping):
            return _from_mapping(value)
        if not isinstance(value, str | float | int):
            raise fault(f"{shown(value)} stands here", _WANTED)
        mean = _DURATION.read(value)
        return RandomTime.constant(mean) if self.plain is Family.DETERMINISTIC else RandomTime.exponential(mean)

    def schema(self, reference: Reference) -> Schema:
        duration = reference(DURATION)
        keys = {
            "mean": {**duration, "description": "The mean."},
            "cv": {
                **reference(NUMBER),
                "description": "The coefficient of variation: standard deviation / mean (1 unless said).",
            },
            "dist": {
                **_DIST.schema(reference),
                "description": "The distribution: lognormal unless said, for a mean with a cv or two percentiles.",
            },
        }
        percentiles = {f"^{_PERCENTILE.pattern}$": {**duration, "description": "A percentile."}}
        full = {
            "type": "object",
            "properties": keys,
            "patternProperties": percentiles,
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {"anyOf": [duration, full]}


def _from_mapping(value: Mapping[str, Any]) -> RandomTime:
    problems: list[Problem] = []
    parts: dict[str, Any] = {}
    for key, item in value.items():
        form = _DIST if key == "dist" else _CV if key == "cv" else _DURATION
        try:
            if key not in _KEYS and not _PERCENTILE.fullmatch(key):
                raise fault(
                    f"`{key}` is not a key of a random time", did_you_mean(key, (*_KEYS, "p50", "p99")), at_key=True
                )
            parts[key] = form.read(item)
        except ValueError as error:
            problems += [problem.within(key) for problem in problems_of(error)]
    if problems:
        raise Faults(problems)
    percentiles = {float(key[1:]) / 100: at for key, at in parts.items() if key not in _KEYS}
    if "mean" in parts and not percentiles:
        return _from_mean(parts["mean"], parts.get("cv"), parts.get("dist"))
    if percentiles and "mean" not in parts and "cv" not in parts:
        return _from_percentiles(percentiles, parts.get("dist"))
    raise fault(
        "this does not fix a random time", "either `mean` (with `cv` and `dist`, if need be) or two percentiles"
    )


def _from_mean(mean: float, cv: float | None, dist: Family | None) -> RandomTime:
    family = dist or (Family.EXPONENTIAL if cv is None else Family.DETERMINISTIC if cv == 0 else Family.LOGNORMAL)
    fixed = {Family.EXPONENTIAL: 1.0, Family.DETERMINISTIC: 0.0}.get(family)
    if fixed is not None:
        if cv is not None and not math.isclose(cv, fixed, abs_tol=1e-9):
            raise fault(f"the cv of {family} times is {fixed:g}", "leave `cv` out, or choose another `dist`", "cv")
        return RandomTime.model_construct(mean=mean, scv=fixed, dist=family)
    if cv is None:
        raise fault(f"{family} times need a `cv`", "add `cv`, the standard deviation divided by the mean")
    if not _LEAST_CV <= cv <= 1 / _LEAST_CV:
        raise fault(f"no {family} time has a cv of {float(cv):g} here", "0.001 to 1000, or `dist: deterministic`", "cv")
    if family is Family.HYPEREXPONENTIAL and cv < 1:
        raise fault("hyperexponential times have a cv of 1 or more", "a `cv` of at least 1, or `dist: gamma`", "cv")
    if family is Family.ERLANG:
        return RandomTime.model_construct(mean=mean, scv=1 / _phases(cv), dist=family)
    return RandomTime.model_construct(mean=mean, scv=float(cv) ** 2, dist=family)


def _phases(cv: float) -> int:
    phases = max(1, round(1 / cv**2))
    if abs(cv * math.sqrt(phases) - 1) > 0.05:
        near = max(1, math.floor(1 / cv**2))
        hint = f"1/sqrt(k) for a whole k, e.g. {near**-0.5:.3g} or {(near + 1) ** -0.5:.3g}, or `dist: gamma`"
        raise fault(f"no erlang distribution has a cv of {float(cv):g}", hint, "cv")
    return phases


def _from_percentiles(percentiles: Mapping[float, float], dist: Family | None) -> RandomTime:
    family = dist or Family.LOGNORMAL
    if family is Family.EXPONENTIAL and len(percentiles) == 1:
        ((rank, at),) = percentiles.items()
        if not _LEAST_RANK <= rank <= 1 - _LEAST_RANK:
            raise fault("this percentile says too little about the distribution", "one such as p99")
        return RandomTime.model_construct(mean=_times(at, -1 / math.log1p(-rank)), scv=1.0, dist=family)
    if len(percentiles) != 2:
        number = "one percentile does" if len(percentiles) == 1 else f"{len(percentiles)} percentiles do"
        raise fault(f"{number} not fix a random time", "two percentiles, e.g. {p50: 9ms, p99: 80ms}")
    (low, small), (high, large) = sorted(percentiles.items())
    if not 0 < small < large:
        raise fault(
            "the percentiles do not rise", f"p{100 * high:g} is longer than p{100 * low:g}, and both are above 0"
        )
    if low < _LEAST_RANK or high > 1 - _LEAST_RANK or high - low < _LEAST_RANK:
        raise fault("these percentiles say too little about the distribution", "two such as p50 and p99")
    if family is Family.LOGNORMAL:
        sigma = math.log(large / small) / (NormalDist().inv_cdf(high) - NormalDist().inv_cdf(low))
        scale = math.exp(-sigma * NormalDist().inv_cdf(low) + sigma**2 / 2) if sigma < 20 else math.inf
        scv = math.expm1(sigma**2) if sigma < 20 else math.inf
    elif family is Family.GAMMA:
        scale, scv = gamma_from_ratio(low, high, large / small)
    else:
        raise fault(
            f"two percentiles do not fix {family} times",
            "`dist: lognormal` or `dist: gamma`, or a mean and a cv",
            "dist",
        )
    if not _LEAST_CV**2 < scv < _LEAST_CV**-2:
        hint = "percentiles that lie neither as close together nor as far apart"
        raise fault(f"these percentiles fix no {family} time", hint)
    return RandomTime.model_construct(mean=_times(small, scale), scv=scv, dist=family)


def _times(value: float, factor: float) -> float:
    """The product, with the interval of an uncertain value."""
    if isinstance(value, Uncertain):
        return Uncertain(value * factor, value.low * factor, value.high * factor)
    return value * factor


Time = Annotated[RandomTime, RandomTimeForm()]
Delay = Annotated[RandomTime, RandomTimeForm(plain=Family.DETERMINISTIC)]
