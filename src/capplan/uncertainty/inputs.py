"""The numbers of a topology by their paths: all of them, the uncertain ones, and the topology with others instead."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from capplan.topology import Call, Parallel, RandomTime, Topology
from capplan.topology.fields import Quantity
from capplan.topology.forms import Record, form_of
from capplan.units import DURATION, FRACTION, Uncertain, Unit

T = TypeVar("T")
Steps: TypeAlias = tuple[str | int, ...]

_LOADS = ("workload", "requests", "locations", "machines", "components")
"""The parts of a topology that say what runs; objectives and alerts are wishes, not inputs."""


class Input(NamedTuple):
    """A number of a topology.

    Attributes:
        path: as `--set` takes it.
        steps: where it is in the records.
        value: it; an `Uncertain` one where an interval was written.
        unit: what kind of quantity it is; None where nothing says.
    """

    path: str
    steps: Steps
    value: float
    unit: Unit | None = None

    @property
    def fraction(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.unit is FRACTION

    @property
    def low(self) -> float:
        """The lower end of its 90 % interval."""
        return self.value.low if isinstance(self.value, Uncertain) else float(self.value)

    @property
    def high(self) -> float:
        """The upper end of its 90 % interval."""
        return self.value.high if isinstance(self.value, Uncertain) else float(self.value)


def inputs(topology: Topology) -> tuple[Input, ...]:
    """Every number that says what runs, in the order of the records; what is 0 or was left out is none."""
    found: list[Input] = []
    for part in _LOADS:
        found += _within(getattr(topology, part), (part,), part, None)
    return tuple(found)


def uncertain(topology: Topology, rate: float | None = None) -> tuple[Input, ...]:
    """The inputs that were written as an interval; the workload's rate is not one where another is given."""
    found = (one for one in inputs(topology) if one.low < one.high)
    return tuple(one for one in found if rate is None or one.path != "workload.rate")


def with_values(topology: Topology, changed: Sequence[Input], values: Sequence[float]) -> Topology:
    """The topology with other numbers; shares of requests, and of the places they come from, sum to 1 again."""
    for one, value in zip(changed, values, strict=True):
        topology = _replaced(topology, one.steps, float(value))
    if any(one.steps[0] == "requests" for one in changed):
        topology = _shared_out(topology)
    return topology


def _shared_out(topology: Topology) -> Topology:
    total = sum(float(request.share) for request in topology.requests.values())
    requests = {
        name: request.model_copy(update={"share": float(request.share) / total, "origin": _whole(request.origin)})
        for name, request in topology.requests.items()
    }
    return topology.model_copy(update={"requests": requests})


def _whole(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(map(float, shares.values()))
    return {name: float(share) / total for name, share in shares.items()}


def _within(value: Any, steps: Steps, path: str, unit: Unit | None) -> Iterator[Input]:
    if isinstance(value, float):
        if value > 0.0:
            yield Input(path, steps, value, unit)
    elif isinstance(value, RandomTime):
        yield from _within(value.mean, (*steps, "mean"), path, DURATION)
    elif isinstance(value, Record):
        yield from _of_record(value, steps, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, (*steps, key), f"{path}.{key}", unit)
    elif isinstance(value, tuple):
        yield from _of_tuple(value, steps, path, unit)


def _of_record(record: Record, steps: Steps, path: str) -> Iterator[Input]:
    for name, field in type(record).model_fields.items():
        if name not in record.model_fields_set and name not in ("places", "number"):
            continue
        form = None if name in record.inferred or name in ("places", "number") else form_of(field)
        unit = form.unit if isinstance(form, Quantity) else FRACTION if name == "origin" else None
        here = path if name in ("places", "number") else f"{path}.{field.alias or name}"
        yield from _within(getattr(record, name), (*steps, name), here, unit)


def _of_tuple(items: tuple[Any, ...], steps: Steps, path: str, unit: Unit | None) -> Iterator[Input]:
    names = getattr(items, "_fields", None)
    for index, item in enumerate(items):
        if names is not None:  # a price, a growth: what it is worth is its first part
            if index == 0 and isinstance(item, float):
                yield from _within(item, (*steps, names[0]), path, unit)
        elif isinstance(item, Call):
            yield from _within(item, (*steps, index), f"{path}.{item.callee}", unit)
        elif isinstance(item, Parallel):
            yield from _of_tuple(item.calls, (*steps, index, "calls"), path, unit)
        else:
            yield from _within(item, (*steps, index), f"{path}.{index}", unit)


def _replaced(value: T, steps: Steps, number: float) -> T:
    """The same with a number in one place."""
    if not steps:
        return number  # type: ignore[return-value]
    step, rest = steps[0], steps[1:]
    inner: Any = value
    if isinstance(value, Mapping):
        return {**value, step: _replaced(value[step], rest, number)}  # type: ignore[return-value]
    if isinstance(value, tuple) and isinstance(step, int):
        return (*inner[:step], _replaced(inner[step], rest, number), *inner[step + 1 :])  # type: ignore[return-value]
    new = {str(step): _replaced(getattr(value, str(step)), rest, number)}
    if isinstance(value, Record):
        return value.model_copy(update=new)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **new)
    return inner._replace(**new)  # type: ignore[no-any-return]
