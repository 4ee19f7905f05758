"""What a prediction claims of each number: the stated error of the methods that it came from, and its caveats."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from capplan.prediction.records import ComponentPrediction, Note, Prediction, RequestPrediction
from capplan.prediction.solved import Solved
from capplan.queueing.measured_errors import (
    CAVEAT_ERRORS,
    CLOSED_RATE,
    GRID,
    LOSS_ERRORS,
    METHOD_ERRORS,
    OVERLOAD_RATE,
    Errors,
    worst,
)
from capplan.queueing.methods import CAVEATS
from capplan.queueing.network import ENDLESS
from capplan.queueing.regime import impatient

EXACT = 1e-9
"""Rounding, of numbers that are worked out without approximation."""

DOUBTS = ("closed-approximate", "metastable", "overload-unsettled")
"""Caveats that are not of one method."""


class Allowance(NamedTuple):
    """How far off a number may be, as a part of itself or in its own unit, and the caveats that say so."""

    relative: float = EXACT
    absolute: float = 0.0
    caveats: tuple[str, ...] = ()


class Claims:
    """The allowances of a prediction.

    Args:
        solved: what was solved.
        prediction: the same in the user's words.
    """

    def __init__(self, solved: Solved, prediction: Prediction) -> None:
        self._prediction = prediction
        self._notes = [note for note in prediction.notes if note.code in (*CAVEATS, *DOUBTS)]
        network = solved.model.network
        patience = [stream.patience for stream in network.streams] + [call.patience for call in impatient(network)]
        self._patience = [one for one in patience if one != ENDLESS]
        self._closed = prediction.users is not None
        self._room = any(station.room is not None for station in network.stations)
        self._room |= any(gate.room is not None for gate in network.gates)

    def of_request(self, request: RequestPrediction, key: str | float) -> Allowance:
        """Of a latency of a request, or of all together."""
        passed = self._passed(request)
        doubts = [note for note in self._notes if _about(note, ("requests", "workload", *passed))]
        errors = [*map(self._component, passed), *_path(request), *_caveats(doubts), GRID]
        if self._patience:
            errors.append(METHOD_ERRORS["retries"])
        return Allowance(worst(errors).at(key), caveats=_codes(doubts))

    def of_component(self, component: ComponentPrediction, key: str | float) -> Allowance:
        """Of the latency of a visit."""
        doubts = [note for note in self._notes if _about(note, (component.name,))]
        errors = [self._component(component.name), *_caveats(doubts), GRID]
        return Allowance(worst(errors).at(key), caveats=_codes(doubts))

    def of_rates(self) -> Allowance:
        """Of a rate, and of the utilisation that it makes: identities where nothing is lost, repeated or awaited."""
        codes, losses = self._losses()
        relative = max(EXACT, losses, CLOSED_RATE if self._closed else 0.0)
        return Allowance(relative if self._prediction.stable else max(relative, OVERLOAD_RATE), caveats=codes)

    def of_success(self) -> Allowance:
        """Of a part of the requests."""
        codes, losses = self._losses()
        return Allowance(absolute=losses, caveats=codes)

    def of_use(self, component: ComponentPrediction, resource: str) -> Allowance:
        """Of a utilisation; slots are held for as long as the calls last."""
        rates, methods = self.of_rates(), {one.method for one in component.workings}
        mean = METHOD_ERRORS["usl"].mean if "usl" in methods else 0.0
        if resource == "concurrency":
            mean = max([self.of_request(one, "mean").relative for one in self._prediction.requests.values()])
        return rates._replace(relative=max(rates.relative, mean))

    def _losses(self) -> tuple[tuple[str, ...], float]:
        doubts = [note for note in self._notes if note.code in LOSS_ERRORS]
        found = [LOSS_ERRORS[note.code] for note in doubts]
        found += [LOSS_ERRORS["room"]] if self._room else []
        found += [LOSS_ERRORS["retries"]] if self._patience else []
        found += [LOSS_ERRORS["budgets"]] if any(one.budget != ENDLESS.budget for one in self._patience) else []
        return _codes(doubts), max(found, default=0.0)

    def _passed(self, request: RequestPrediction) -> tuple[str, ...]:
        """The components that a request passes; of all requests together, and in a large mesh, all of them."""
        return tuple(share.component for share in request.breakdown) or tuple(self._prediction.components)

    def _component(self, name: str) -> Errors:
        return worst(_methods(self._prediction.components[name]))


def _methods(component: ComponentPrediction) -> Iterator[Errors]:
    for working in component.workings:
        shared = working.method == "processor-sharing" and working.symbols.get("N", 1.0) > 1.0
        code = "shared-replicas" if shared else working.method
        if code in METHOD_ERRORS:
            yield METHOD_ERRORS[code]


def _path(request: RequestPrediction) -> Iterator[Errors]:
    """Of joining several visits; of all requests together, any of them may make several."""
    if len(request.breakdown) != 1:
        yield METHOD_ERRORS["path"]
    if not request.breakdown or any(share.visits > 1.0 for share in request.breakdown):
        yield METHOD_ERRORS["repeat-visits"]


def _caveats(doubts: Iterable[Note]) -> Iterator[Errors]:
    return (CAVEAT_ERRORS[note.code] for note in doubts if note.code in CAVEAT_ERRORS)


def _codes(doubts: Iterable[Note]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note.code for note in doubts))


def _about(note: Note, subjects: Iterable[str]) -> bool:
    """Whether a note is about one of these: components by name, or a part of the topology."""
    first, _, rest = note.where.partition(".")
    return (rest.partition(".")[0] if first == "components" else first) in subjects
