"""A day or a week played out: how each of its steps is played, and what was measured, in the records of a period."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from capplan.prediction.courses import critical, gives_way
from capplan.prediction.measured import SHORT, Intervals, latency_intervals
from capplan.prediction.measures import REQUEST, TIME, TOTAL, Measure, Name, measure_of
from capplan.prediction.model import Model
from capplan.prediction.period import notes, period
from capplan.prediction.period_measures import PeriodMeasure, at_step
from capplan.prediction.period_records import How, LoadStep, Period
from capplan.prediction.records import PERCENTILES, Latency, Note, RequestPrediction
from capplan.prediction.simulated import DECIDING, Run, Stage, downs_of, run_of
from capplan.prediction.varied import Varied
from capplan.queueing.traffic import traffic
from capplan.simulation.estimates import Estimate
from capplan.simulation.itinerary import Portion, Wish, itinerary, settles
from capplan.simulation.periods import PeriodPlayer
from capplan.simulation.replications import Plan, Played, replicate

LONGEST = 50.0
"""A replication plays at most so many times the requests that it was asked to count."""
_DOUBTS = (How.FORWARD, How.APART)
"""What is said of how a period is solved, and not of the period."""


@dataclass(frozen=True, kw_only=True)
class SimulatedPeriod:
    """A day or a week as it was played.

    Attributes:
        period: what was measured, in the records of a solved one.
        total, requests: the intervals of each over the period.
        run: how it was run.
    """

    period: Period
    total: Intervals
    requests: Mapping[str, Intervals]
    run: Run


@dataclass(frozen=True)
class MeasuredPeriod:
    """The figures of all replications of a period.

    Attributes:
        found: the period as theory has it.
        played: the replications.
        run: how they were run.
    """

    found: Varied
    played: Played
    run: Run

    def number(self, name: Name, step: int | None = None) -> Estimate | None:
        """A figure over the period, or in one step of it; None where nothing was there to be measured."""
        return self.played.estimate(name.key if step is None else at_step(name, step))

    def percentile(self, name: Name, level: float, step: int | None = None) -> Estimate | None:
        """A percentile of a sample."""
        return self.played.percentile(name.key if step is None else at_step(name, step), level)

    def latency(self, subject: str, step: int | None = None) -> Latency | None:
        """Of a request class: mean and percentiles; None where nothing was there to be measured."""
        name = Name(REQUEST, subject, TIME)
        mean = self.number(name, step)
        found = {level: self.percentile(name, level, step) for level in PERCENTILES}
        values = {level: one.value for level, one in found.items() if one is not None}
        return None if mean is None else Latency(mean=mean.value, percentiles=values)


class UnplayableError(Exception):
    """A period that is not played.

    Attributes:
        note: why not.
    """

    def __init__(self, note: Note) -> None:
        super().__init__(note.message)
        self.note = note


def simulate_period(found: Varied, plan: Plan, stage: Stage, asked: Collection[str]) -> MeasuredPeriod:
    """Play a period out.

    Args:
        found: the period as theory has it.
        plan: how much is played, with which seed.
        stage: how it is played.
        asked: the components that are measured in each step.

    Raises:
        UnplayableError: its queues grow without bound, or it would take too long.
    """
    model, wanted = found.model, plan.requests / plan.replications
    wish = _wish(found, wanted)
    portions = itinerary(wish)
    _check(found, portions, wanted)
    measure = PeriodMeasure(_some(measure_of(model), asked), found.step, len(found.loads))
    player = PeriodPlayer(model.network, portions, plan.seed, measure, downs_of(model, found.loads))
    played = replicate(player, plan._replace(sample=DECIDING), stage.mapper, stage.watch)
    return MeasuredPeriod(found, played, run_of(plan, played))


def _wish(found: Varied, wanted: float) -> Wish:
    """The steps, how soon the network settles in each, and the part of the period that brings so many requests."""
    model, loads = found.model, found.loads
    requests = float(loads.sum()) * found.step * _slope(model)
    wish = Wish(tuple(loads.tolist()), found.step, (), wanted / requests)
    return wish._replace(settles=settles(traffic(model.network), wish, _capacity(model)))


def _capacity(model: Model) -> float:
    """The load at which the first queue is full that some request waits for."""
    classes = model.topology.request_classes
    return min(critical(model, [stream for stream, _ in model.streams_of(name)]).capacity for name in classes)


def _slope(model: Model) -> float:
    return float(sum(stream.slope for stream in model.network.streams))


def _check(found: Varied, portions: tuple[Portion, ...], wanted: float) -> None:
    where, capacity = "workload.profile", _capacity(found.model)
    if float(found.loads.mean()) >= capacity and not gives_way(found.model):
        message = "the profile asks for more than the system can do on average: it is worked out, not played"
        raise UnplayableError(Note(code="period-not-played", message=message, where=where))
    number = _slope(found.model) * sum(one.load * (one.pace.warmup + one.pace.window) for one in portions)
    if number > LONGEST * wanted:
        message = f"the profile is worked out, not played: {number:,.0f} requests would have to be, each time, as"
        message += " its steps do not settle or leave requests waiting for the next ones"
        raise UnplayableError(Note(code="period-not-played", message=message, where=where))


def _some(measure: Measure, components: Collection[str]) -> Measure:
    """What is taken of each step: of requests, and of some components."""
    return replace(
        measure,
        tasks={name: tasks for name, tasks in measure.tasks.items() if name in components},
        resources={name: one for name, one in measure.resources.items() if name in components},
    )


# in the user's words


def simulated_period(measured: MeasuredPeriod) -> SimulatedPeriod:
    """The measured figures in the user's words; utilisation and backlogs are those that are worked out."""
    theory = period(measured.found)
    requests = {name: _request(measured, one) for name, one in theory.requests.items()}
    known = replace(
        theory,
        steps=tuple(_step(measured, index, one) for index, one in enumerate(theory.steps)),
        total=_request(measured, theory.total),
        requests=requests,
        busiest_latency=measured.latency(TOTAL, theory.busiest) or theory.busiest_latency,
        watched=tuple(one for one in theory.watched if one.how not in _DOUBTS),
    )
    return SimulatedPeriod(
        period=known,
        total=_intervals(measured, TOTAL),
        requests={name: _intervals(measured, name) for name in requests},
        run=measured.run,
    )


def period_notes(measured: MeasuredPeriod, known: Period) -> Iterator[Note]:
    """What is to be said of a period that was played."""
    yield from (note for note in notes(known) if note.code not in _DOUBTS)
    if measured.run.interrupted:
        message = f"stopped early, after {measured.run.replications} replications of the profile"
        yield Note(code="interrupted", message=message, where="workload.profile")
    peak = measured.percentile(Name(REQUEST, TOTAL, TIME), 0.99, known.busiest)
    if peak is not None and peak.precision > SHORT:
        precise = f"known to ±{peak.precision:.0%} only" if peak.precision < np.inf else "not known from above"
        message = f"{measured.run.requests / len(known.steps):,.0f} requests were counted in a step of the profile:"
        message += f" the busiest one's p99 is {precise}, other steps' not better"
        yield Note(code="rough-steps", message=message, where="workload.profile")


def _step(measured: MeasuredPeriod, index: int, theory: LoadStep) -> LoadStep:
    found = measured.latency(TOTAL, index)
    return theory if found is None else replace(theory, mean=found.mean, p99=found.percentiles[0.99])


def _request(measured: MeasuredPeriod, theory: RequestPrediction) -> RequestPrediction:
    found = {key: measured.number(Name(REQUEST, theory.name, key)) for key in ("rate", "throughput", "success")}
    values = {key: np.nan if one is None else one.value for key, one in found.items()}
    if found["success"] is None:
        return theory
    return replace(
        theory,
        rate=values["rate"],
        throughput=values["throughput"],
        success_rate=values["success"],
        latency=measured.latency(theory.name),
    )


def _intervals(measured: MeasuredPeriod, subject: str) -> Intervals:
    name = Name(REQUEST, subject, TIME)
    throughput, success = (measured.number(Name(REQUEST, subject, key)) for key in ("throughput", "success"))
    levels = {level: measured.percentile(name, level) for level in PERCENTILES}
    return Intervals(
        throughput=None if throughput is None else (throughput.low, throughput.high),
        success_rate=None if success is None else (success.low, success.high),
        latency=latency_intervals(measured.number(name), levels),
    )
