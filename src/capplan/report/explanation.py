"""Where a number comes from: the formulas of a component, the path of a request, the meaning of a note.

It joins the workings that travel with a prediction to the list of methods; it must not compute anything itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from capplan.checks.records import Analysis
from capplan.errors import BadOption, Route
from capplan.prediction.records import ComponentPrediction, Note, RequestPrediction, Working
from capplan.queueing.methods import CAVEATS, METHODS, Method
from capplan.report import words
from capplan.report.digest import grouped_notes

PATH = (
    "Percentiles do not add up along a path. The time of each visit is kept as a whole distribution; times that follow "
    "one another are convolved, branches are mixed by their probability, and of calls made in parallel the slowest "
    "counts. The percentiles are read off the distribution of the sum."
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One formula at work: on what, which method, and the value of each symbol.

    Attributes:
        on: the resource (or the component and its resource) that the formula describes.
        code: the method's code.
        method: its formula, domain and source; None where the list does not hold it.
    """

    on: str
    code: str
    method: Method | None
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """How a subject's numbers came about.

    Attributes:
        facts: what is said about it, each a label and a text.
        steps: the formulas, in the order in which they were applied.
        remarks: sentences that complete the picture, its notes among them.
    """

    subject: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...] = ()
    remarks: tuple[str, ...] = ()


def explanation_of(analysis: Analysis, subject: str) -> Explanation:
    """How the numbers of a component, a request, a note's code or a method's code came about.

    A subject that does not exist is a `BadOption` that lists those that do.
    """
    known = _known(analysis)
    if subject not in known:
        raise BadOption(_unknown(subject, known, analysis))
    return known[subject]()


def _known(analysis: Analysis) -> dict[str, Callable[[], Explanation]]:
    prediction = analysis.prediction
    known: dict[str, Callable[[], Explanation]] = {}
    known |= {code: _bound(_method, code, METHODS[code]) for code in METHODS}
    known |= {code: _bound(_note, code, prediction.notes) for code in CAVEATS}
    known |= {note.code: _bound(_note, note.code, prediction.notes) for note in prediction.notes}
    known["total"] = _bound(_request, analysis, prediction.total)
    known |= {name: _bound(_request, analysis, request) for name, request in prediction.requests.items()}
    known |= {name: _bound(_component, analysis, part) for name, part in prediction.components.items()}
    return known


def _bound(explain_one: Callable[..., Explanation], *arguments: object) -> Callable[[], Explanation]:
    return lambda: explain_one(*arguments)


def _unknown(subject: str, known: Mapping[str, object], analysis: Analysis) -> str:
    prediction = analysis.prediction
    close = get_close_matches(subject, known, n=1)
    meant = f"did you mean `{close[0]}`? " if close else ""
    codes = dict.fromkeys(note.code for note in prediction.notes)
    lists = {
        "components": prediction.components,
        "requests": [*prediction.requests, "total"],
        "notes": codes,
    }
    named = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in lists.items() if names)
    return f"`{subject}` is nothing that can be explained; {meant}{named}"


def _component(analysis: Analysis, component: ComponentPrediction) -> Explanation:
    used = [f"{name} {words.part(value)}" for name, value in component.utilisation.items() if value is not None]
    facts = {
        "runs on": words.machines(component),
        "visits": f"{words.rate(component.rate)} offered, {words.rate(component.throughput)} get through",
        "utilisation": ", ".join(used) or words.NONE,
        "waiting": f"{words.number(component.queue_length)} on average, each for {words.mean(component.wait)}",
        "in service": f"{words.number(component.in_service)} on average",
        "one visit": f"mean {words.mean(component.latency)}, p99 {words.percentile(component.latency, 0.99)} "
        "(its own wait and service, without the calls it makes)",
        "errors": words.fraction(component.error_rate),
    }
    details = {name.replace("_", " "): words.number(value) for name, value in component.details.items()}
    return Explanation(
        subject=component.name,
        kind=component.kind,
        facts=tuple((facts | details).items()),
        steps=tuple(_step(working, working.resource) for working in component.workings),
        remarks=_remarks(analysis.prediction.notes, Route(("components", component.name))),
    )


def _request(analysis: Analysis, request: RequestPrediction) -> Explanation:
    levels = {} if request.latency is None else request.latency.percentiles
    times = ", ".join(f"p{level * 100:g} {words.duration(time)}" for level, time in levels.items())
    facts = [
        ("rate", f"{words.rate(request.rate)} offered, {words.rate(request.throughput)} get through"),
        ("success", words.fraction(request.success_rate)),
        ("latency", f"mean {words.mean(request.latency)}, {times}" if times else "none: it passes a saturated queue"),
    ]
    facts += [
        (
            share.component,
            f"{words.part(share.share)} of the time: {words.number(share.visits)} per request, "
            f"wait {words.duration(share.wait)}, service {words.duration(share.service)}, "
            f"network {words.duration(share.network)}",
        )
        for share in request.breakdown
    ]
    components = analysis.prediction.components
    steps = [
        _step(working, f"{share.component} {working.resource}")
        for share in request.breakdown
        for working in components[share.component].workings
    ]
    remarks = _remarks(analysis.prediction.notes, Route(("requests", request.name)))
    return Explanation(
        subject=request.name, kind="request", facts=tuple(facts), steps=tuple(steps), remarks=(PATH, *remarks)
    )


def _note(code: str, notes: tuple[Note, ...]) -> Explanation:
    caveat = CAVEATS.get(code)
    facts = [] if caveat is None else [("means", caveat.message), ("what to do", caveat.advice)]
    here = grouped_notes(note for note in notes if note.code == code)
    return Explanation(
        subject=code,
        kind="note",
        facts=tuple(facts),
        remarks=tuple(here) or ("This analysis does not carry the note.",),
    )


def _method(code: str, method: Method) -> Explanation:
    return Explanation(
        subject=code, kind="method", facts=(), steps=(Step(on="method", code=code, method=method, values={}),)
    )


def _step(working: Working, on: str) -> Step:
    return Step(on=on, code=working.method, method=METHODS.get(working.method), values=working.symbols)


def _remarks(notes: tuple[Note, ...], route: Route) -> tuple[str, ...]:
    """The notes about what stands at the route or below it."""
    return tuple(grouped_notes(note for note in notes if f"{note.where}.".startswith((f"{route}.", f"{route}["))))
