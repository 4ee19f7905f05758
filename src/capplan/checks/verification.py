"""`analyze --verify`: a topology worked out and played out at the same rate, number held against number.

A hundred true numbers leave five of their 95 % intervals. So each interval here has the confidence
1 - 0.05/(numbers compared) (Bonferroni; Miller 1981, Simultaneous Statistical Inference, ch. 1): all of them together
cover the true numbers with 95 %, however the numbers depend on each other. They are Student's over the replications, of
percentiles Woodruff's (see `simulation.percentiles`). An approximation may leave its interval and still be as good as
it says: it is refuted only where its stated error cannot reach the interval either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from capplan.checks.analysis import analyze
from capplan.checks.claims import Allowance, Claims
from capplan.checks.verification_records import CONFIDENCE, Number, Verdict, Verification
from capplan.prediction.measured import Interval
from capplan.prediction.measures import COMPONENT, REQUEST, TIME, USE
from capplan.prediction.predict import prediction
from capplan.prediction.records import PERCENTILES, ComponentPrediction, Latency, Prediction, RequestPrediction
from capplan.prediction.simulated import Measured, Stage, simulate_topology
from capplan.simulation.estimates import Estimate
from capplan.simulation.replications import Plan
from capplan.simulation.sketches import WIDTH
from capplan.topology import Topology

BEYOND = 5.0
"""So many requests of every replication lie beyond a percentile that is compared, and so many make a rate or a mean."""
NOTHING = 1e-9
"""A time below this is none (s)."""
NO_PART = 1e-6
"""Nobody tells utilisations apart that differ by less."""
OF_COMPONENTS: tuple[str | float, ...] = ("mean", 0.5, 0.99)
EXACTLY = Allowance()
OF_MACHINES = ("cpu", "disk", "network")


class Pair(NamedTuple):
    """A number to be compared.

    Attributes:
        found: the simulated one with its own 95 % interval.
        allowance: how far off it may be, and the caveats that say so.
        margin: what the way of measuring adds to the interval on either side, in the number's unit.
        surer: gives the interval at another confidence; Student's where left out.
        outcomes: of a part of all requests, how many there were; None of other numbers.
        enough: whether enough was seen.
    """

    metric: str
    predicted: float
    found: Estimate
    allowance: Allowance = EXACTLY
    margin: float = 0.0
    surer: Callable[[float], Estimate | None] | None = None
    outcomes: float | None = None
    enough: bool = True


def verify(topology: Topology, rate: float | None, plan: Plan, stage: Stage | None = None) -> Verification:
    """Analyse a topology, and hold every number that a simulation can measure against it.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own, or its users, where left out.
        plan: how much is played, with which seed.
        stage: how it is played.
    """
    analysis = analyze(topology, rate)
    measured = simulate_topology(_steady(topology), rate, plan, stage)
    pairs = list(_Pairs(measured, prediction(measured.solved)))
    numbers = judged(pairs, len(measured.played.figures))
    return Verification(analysis=analysis, run=measured.run, numbers=numbers, remarks=tuple(_remarks(topology)))


def _steady(topology: Topology) -> Topology:
    """The topology at its full rate all the time."""
    if not topology.workload.profile:
        return topology
    return topology.model_copy(update={"workload": topology.workload.model_copy(update={"profile": ()})})


def _remarks(topology: Topology) -> Iterator[str]:
    if topology.workload.profile:
        yield "compared at the full rate: the figures of the day or week that `profile` gives are not"


class _Pairs:
    """The numbers of a prediction that were measured as well."""

    def __init__(self, measured: Measured, predicted: Prediction) -> None:
        self._measured, self._predicted = measured, predicted
        self._claims = Claims(measured.solved, predicted)
        self._seconds = measured.run.simulated_seconds / max(measured.run.replications, 1)

    def __iter__(self) -> Iterator[Pair]:
        """Requests, all of them together where there are several, and components."""
        requests = tuple(self._predicted.requests.values())
        for request in (*requests, *([self._predicted.total] if len(requests) != 1 else [])):
            yield from self._request(request)
        for component in self._predicted.components.values():
            if self._measured.value(COMPONENT, component.name, "rate") > 0.0:
                yield from self._component(component)

    def _request(self, request: RequestPrediction) -> Iterator[Pair]:
        name, claims = request.name, self._claims
        yield from self._rate(REQUEST, name, request.throughput)
        success = self._measured.find(REQUEST, name, "success")
        if success is not None:
            ended = self._measured.value(REQUEST, name, "rate") * self._measured.run.simulated_seconds
            yield Pair(
                f"{name}.success_rate", request.success_rate, success, claims.of_success(), outcomes=max(ended, 1.0)
            )
        for key, value in _times(request.latency, ("mean", *PERCENTILES)):
            yield from self._time((REQUEST, name, key), value, claims.of_request(request, key))

    def _component(self, component: ComponentPrediction) -> Iterator[Pair]:
        name, claims = component.name, self._claims
        if self._predicted.stable:  # a run that waits for ever for a call of its own has got through here all the same
            yield from self._rate(COMPONENT, name, component.throughput)
        guest = self._measured.model.topology.component(name).host is not None
        for resource, value in component.utilisation.items():
            used = self._measured.find(USE, name, resource)
            if used is None or value is None or (guest and resource in OF_MACHINES):
                continue
            enough = self._measured.fewest(COMPONENT, name) >= BEYOND
            allowance = claims.of_use(component, resource)
            yield Pair(f"{name}.{resource}", min(value, 1.0), used, allowance, NO_PART, enough=enough)
        for key, value in _times(component.latency, OF_COMPONENTS):
            yield from self._time((COMPONENT, name, key), value, claims.of_component(component, key))

    def _rate(self, scope: str, name: str, predicted: float) -> Iterator[Pair]:
        """What gets through; a window may hold one more or one less."""
        found = self._measured.find(scope, name, "throughput")
        if found is not None:
            enough = self._measured.fewest(scope, name) >= BEYOND
            margin = 1.0 / self._seconds
            yield Pair(f"{name}.throughput", predicted, found, self._claims.of_rates(), margin, enough=enough)

    def _time(self, what: tuple[str, str, str | float], predicted: float, allowance: Allowance) -> Iterator[Pair]:
        """A mean or a percentile; percentiles are read from bins."""
        scope, name, key = what
        seen = self._measured.fewest(scope, name)
        if isinstance(key, str):
            found = self._measured.find(scope, name, TIME)
            if found is not None and max(found.value, predicted) > NOTHING:
                yield Pair(f"{name}.{key}", predicted, found, allowance, enough=seen >= BEYOND)
            return
        surer = partial(self._measured.percentile, scope, name, key)
        found, enough = surer(), seen * (1.0 - key) * (1.0 + 1e-9) >= BEYOND
        if found is not None and max(found.value, predicted) > NOTHING:
            metric, margin = f"{name}.p{key * 100:.10g}", WIDTH * found.value
            yield Pair(metric, predicted, found, allowance, margin, surer, enough=enough)


def _times(latency: Latency | None, keys: tuple[str | float, ...]) -> Iterator[tuple[str | float, float]]:
    if latency is not None:
        for key in keys:
            yield key, latency.mean if isinstance(key, str) else latency.percentiles[key]


def judged(pairs: Sequence[Pair], replications: int) -> tuple[Number, ...]:
    """The numbers with their verdicts, from so many replications."""
    family = sum(pair.enough for pair in pairs)
    return tuple(_number(pair, replications, family) for pair in pairs)


def _number(pair: Pair, replications: int, family: int) -> Number:
    """The number with its verdict, one of so many that are compared."""
    confidence = 1.0 - (1.0 - CONFIDENCE) / max(family, 1)
    found = pair.found.surer(replications, confidence) if pair.surer is None else pair.surer(confidence)
    sure = pair.found if found is None else found
    low, high = sure.low - pair.margin, sure.high + pair.margin
    if pair.outcomes is not None:
        least, most = _binomial(pair.found.value, pair.outcomes, confidence)
        low, high = min(low, least), min(max(high, most), 1.0)
    low = max(low, 0.0)
    claim = _claim(pair.predicted, pair.allowance)
    number = Number(
        metric=pair.metric,
        predicted=pair.predicted,
        simulated=pair.found.value,
        interval=(low, high),
        claim=claim,
        caveats=pair.allowance.caveats,
        verdict=Verdict.TOO_FEW,
    )
    return replace(number, verdict=_verdict(number)) if pair.enough and replications > 1 else number


def _claim(predicted: float, allowance: Allowance) -> Interval:
    """The true numbers of which the prediction is off by no more than it says."""
    low, high = predicted / (1.0 + allowance.relative), predicted / (1.0 - allowance.relative)
    return low - allowance.absolute, high + allowance.absolute


def _verdict(number: Number) -> Verdict:
    low, high = number.interval
    if low <= number.predicted <= high:
        return Verdict.AGREES
    return Verdict.DIFFERS if number.claim[0] <= high and number.claim[1] >= low else Verdict.REFUTED


def _binomial(part: float, count: float, confidence: float) -> Interval:
    """The interval of Clopper and Pearson (1934): where hardly anything failed, replications do not differ enough."""
    from scipy.special import betaincinv

    rest, hits = 0.5 * (1.0 - confidence), part * count
    low = float(betaincinv(hits, count - hits + 1.0, rest)) if hits > 0.0 else 0.0
    high = float(betaincinv(hits + 1.0, count - hits, 1.0 - rest)) if count - hits > 1e-6 else 1.0
    return low, high
