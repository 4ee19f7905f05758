"""What people are told of results whose inputs are uncertain: a verdict in a sentence, and the tables below it.

The one place that words intervals and probabilities for all human forms; it must not know how they look.
"""

from typing import Literal

from capplan import units
from capplan.prediction.records import ComponentPrediction, RequestPrediction
from capplan.report import words
from capplan.report.grids import Grid
from capplan.report.names import Kind, kind_of_metric
from capplan.uncertainty.records import Doubted, Interval, Place, Range, Uncertainty
from capplan.units import Unit

Word = Literal["LIKELY", "DOUBTFUL", "UNLIKELY"]

LIKELY, DOUBTFUL = 0.9, 0.5
ENDLESS = "∞"
_WRITERS = (
    (units.DURATION, units.format_duration),
    (units.RATE, units.format_rate),
    (units.SIZE, units.format_size),
    (units.BANDWIDTH, units.format_bandwidth),
    (units.FRACTION, units.format_fraction),
)


def judge(doubted: Doubted) -> tuple[Word, str]:
    """LIKELY where everything holds at once with at least 90 %, DOUBTFUL with at least 50 %; and the sentence."""
    found = doubted.uncertainty
    word: Word = "LIKELY" if found.holding >= LIKELY else "DOUBTFUL" if found.holding >= DOUBTFUL else "UNLIKELY"
    analysis = doubted.analysis
    wishes = [
        name for name, there in (("every SLO holds", analysis.slos), ("no alert fires", analysis.alerts)) if there
    ]
    said = f"{words.chance(found.holding, found.points)} that {words.listed([*wishes, 'every queue is stable'])} at"
    return word, f"{said} {words.rate(analysis.prediction.rate)}.{_weakest(doubted)}{_instability(found)}"


def _weakest(doubted: Doubted) -> str:
    found, analysis = doubted.uncertainty, doubted.analysis
    slos = [(one.probability, words.promise(slo), "holds") for one, slo in zip(found.slos, analysis.slos, strict=True)]
    alerts = [
        (1.0 - one.probability, alert.name, "stays quiet")
        for one, alert in zip(found.alerts, analysis.alerts, strict=True)
    ]
    wishes = slos + alerts
    if not wishes or found.holding == 1.0:
        return ""
    probability, name, verb = min(wishes)
    return f" The weakest point is {name}, which {verb} with {words.chance(probability, found.points)}."


def _instability(found: Uncertainty) -> str:
    return (
        f" Some queue grows without bound with {words.chance(found.unstable, found.points)}." if found.unstable else ""
    )


def between(kind: Kind, interval: Interval | None) -> str:
    """`12 ms … 30 ms`; one figure where both ends are the same, ∞ for no bound, a dash where there is nothing."""
    if interval is None:
        return words.NONE
    low = words.written(kind, interval.low)
    if interval.low == float("inf"):
        return ENDLESS
    high = ENDLESS if interval.high == float("inf") else words.written(kind, interval.high)
    return low if low == high else f"{low} … {high}"


def load(doubted: Doubted) -> list[tuple[str, str]]:
    """The load and what the system takes."""
    intervals = doubted.uncertainty.intervals
    figures = [
        ("load", between("rate", intervals[("rate",)])),
        ("throughput", between("rate", intervals[("throughput",)])),
    ]
    if ("capacity", "max_rate") in intervals:
        figures.append(("capacity", between("rate", intervals["capacity", "max_rate"])))
        figures.append(("headroom", between("fraction", intervals["capacity", "headroom"])))
    return figures


def requests(doubted: Doubted) -> Grid:
    """Every kind of request and all together: latencies and success as intervals."""
    prediction = doubted.analysis.prediction
    rows = [_request(doubted, ("requests", name), request) for name, request in prediction.requests.items()]
    if len(prediction.requests) > 1:
        rows.append(_request(doubted, ("total",), prediction.total))
    headings = ("mean", "p50", "p95", "p99", "success")
    return Grid("Request", headings, tuple(rows), headings, ("mean", "p50"))


def _request(doubted: Doubted, place: Place, request: RequestPrediction) -> tuple[str, ...]:
    found = doubted.uncertainty.intervals
    times = (between("duration", found.get((*place, "latency", key))) for key in ("mean", "p50", "p95", "p99"))
    return request.name, *times, between("fraction", found.get((*place, "success_rate")))


def components(doubted: Doubted) -> Grid:
    """Every component: its busiest resource, and the time of a visit, as intervals."""
    prediction = doubted.analysis.prediction
    rows = tuple(_component(doubted, component) for component in prediction.components.values())
    return Grid("Component", ("rate", "busiest", "used", "p99"), rows, ("rate", "used", "p99"), ("rate",))


def _component(doubted: Doubted, component: ComponentPrediction) -> tuple[str, ...]:
    found, place = doubted.uncertainty.intervals, ("components", component.name)
    busiest = words.hottest(component)
    used = None if busiest is None else found.get((*place, "utilisation", busiest[0]))
    shown = words.NONE if busiest is None else words.part(busiest[1]) if used is None else _used(used)
    return (
        component.name,
        between("rate", found.get((*place, "rate"))),
        words.NONE if busiest is None else busiest[0],
        shown,
        between("duration", found.get((*place, "latency", "p99"))),
    )


def _used(interval: Interval) -> str:
    return between("fraction", Interval(round(interval.low, 3), round(interval.high, 3)))


def objectives(doubted: Doubted) -> Grid:
    """Every SLO: the probability that it holds, and its metric's interval."""
    found, slos = doubted.uncertainty, doubted.analysis.slos
    rows = tuple(
        (words.promise(slo), words.chance(one.probability, found.points),
         between(kind_of_metric(slo.metric), one.value), words.of_metric(slo.metric, slo.value))
        for slo, one in zip(slos, found.slos, strict=True)
    )  # fmt: skip
    headings = ("holds with", "90% interval", "in the middle")
    return Grid("SLO", headings, rows, headings, ("in the middle",))


def alerts(doubted: Doubted) -> Grid:
    """Every alert: the probability that it fires, and its metric's interval."""
    found, states = doubted.uncertainty, doubted.analysis.alerts
    rows = tuple(
        (state.name, words.condition(state), words.chance(one.probability, found.points),
         between(kind_of_metric(state.metric), one.value), words.of_metric(state.metric, state.value))
        for state, one in zip(states, found.alerts, strict=True)
    )  # fmt: skip
    headings = ("fires when", "fires with", "90% interval", "in the middle")
    return Grid("Alert", headings, rows, headings[1:], ("in the middle",))


def inputs(doubted: Doubted) -> Grid:
    """The uncertain inputs."""
    rows = tuple(_input(one) for one in doubted.uncertainty.inputs)
    headings = ("low (5%)", "middle", "high (95%)")
    return Grid("Uncertain input", headings, rows, headings)


def _input(one: Range) -> tuple[str, ...]:
    return one.path, *(quantity(one.unit, value) for value in (one.low, one.mid, one.high))


def quantity(unit: Unit | None, value: float) -> str:
    """A quantity with its unit, where its unit is known."""
    write = next((write for known, write in _WRITERS if known is unit), units.format_number)
    return write(value)


def cost(doubted: Doubted) -> str:
    """What the topology costs a month."""
    prediction = doubted.analysis.prediction
    found = doubted.uncertainty.intervals.get(("cost", "month"))
    return "" if found is None else f"{between('money', found)} {prediction.cost.currency} a month"


def method(found: Uncertainty) -> str:
    """How the figures came about."""
    how = "each solved by itself" if found.exact else "solved together"
    count = words.count(len(found.inputs), "uncertain input")
    return (
        f"{found.points:,} scrambled Sobol points of {count} (seed {found.seed}), {how}. An interval leaves out 5% on "
        "either side; times that have no bound count as endless (∞)."
    )
