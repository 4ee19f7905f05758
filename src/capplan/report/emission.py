"""A topology's text with a plan carried out in it: the sizes of the plan, the load that it is for, and nothing else.

It knows plans and the keys of the format that they change; how a text is edited, the module `yaml_edit` knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from capplan.errors import BadOption, Route
from capplan.planning.records import Change, Plan
from capplan.report.yaml_edit import Entangled, drop, put
from capplan.report.yaml_nodes import Data, read_nodes

_BYTE_ORDER_MARK: Final = "\ufeff"
_BEFORE: Final = ("<<", "kind", "location", "host", "replicas")
"""Keys of a component behind which a new key of a plan is written."""
_CLOSED: Final = ("users", "think_time")


class Setting(NamedTuple):
    """A value that was laid over the topology: where, and the YAML text of it."""

    route: Route
    value: str


def emitted(text: str, plan: Plan, rate: float, settings: Sequence[Setting] = ()) -> str:
    """The text with the settings, then the plan's changes, then the workload's rate written into it.

    Raises:
        BadOption: a change cannot be written, because anchors entangle it.
    """
    whole = text.removeprefix(_BYTE_ORDER_MARK)
    mark = text[: len(text) - len(whole)]
    try:
        return f"{mark}{_carried_out(whole, plan, rate, settings)}"
    except Entangled as error:
        raise BadOption(
            f"--emit: {error}; the parts of the topology that share it by anchors, each written out"
        ) from None


def _carried_out(text: str, plan: Plan, rate: float, settings: Sequence[Setting]) -> str:
    for route, value in settings:
        text = put(text, route, read_nodes(value).meaning)
    for route, new in _values(plan.changes, _components(text)):
        text = put(text, route, new, _BEFORE)
    text = put(text, Route(("workload", "rate")), written_rate(rate), _CLOSED)
    for key in _CLOSED:
        text = drop(text, Route(("workload", key)))
    return text


def written_rate(rate: float) -> str:
    """A rate that reads back as exactly the same number."""
    exact = float(rate)
    return f"{int(exact)}/s" if exact.is_integer() else f"{exact!r}/s"


def _values(changes: Iterable[Change], components: Mapping[str, Data]) -> Iterator[tuple[Route, str]]:
    """Where something stands in the topology that a plan changes, and what shall stand there."""
    for change in changes:
        before, after = change.before, change.after
        if after.replicas != before.replicas:
            for name in (change.component, *_guests(change.component, components)):
                yield Route(("components", name, "replicas")), str(after.replicas)
        if after.machine != before.machine and after.machine is not None:
            yield Route(("components", change.component, "machine")), after.machine
        if after.readers != before.readers and after.readers is not None:
            yield Route(("components", change.component, "readers")), str(after.readers)


def _guests(host: str, components: Mapping[str, Data]) -> Iterator[str]:
    """The components that share the machines of a host and repeat how many there are."""
    for name, component in components.items():
        if isinstance(component, dict) and component.get("host") == host:
            if "replicas" in component:
                yield name
            yield from _guests(name, components)


def _components(text: str) -> Mapping[str, Data]:
    meaning = read_nodes(text).meaning
    components = meaning.get("components") if isinstance(meaning, dict) else None
    return components if isinstance(components, dict) else {}
