"""Events: what happens to a system while it runs, as one line says it: `api replica down at 10m for 5m`.

Here is the grammar. Whether the components of an event are there and can be meant is for rules_of_scenarios.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeAlias

from capplan import units
from capplan.topology.forms import Form, Reference, Schema, did_you_mean, expect_text, fault, shown
from capplan.topology.parts import Strategy
from capplan.units import Uncertain, Unit, UnitError

REFILL: Final = 300.0
"""How long a flushed cache takes, unless said, until 95 % of its hits are back (s)."""
EVERY_CACHE: Final = "cache"
"""`cache flush` empties every cache and CDN."""


@dataclass(frozen=True, kw_only=True)
class Down:
    """A component is down, or some of its replicas are.

    Attributes:
        replicas: how many; None: all, a database's readers too.
        readers: whether a database's read replicas are meant.
    """

    component: str
    replicas: int | None = None
    readers: bool = False


@dataclass(frozen=True, kw_only=True)
class ZoneDown:
    """A zone is down: the first one is `a`.

    Attributes:
        location: where; None where there is but one.
    """

    zone: str
    location: str | None = None

    @property
    def index(self) -> int:
        """Its number, from 0."""
        return ord(self.zone) - ord("a")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A new version is brought out.

    Attributes:
        strategy: how; None: as the component says.
    """

    component: str
    strategy: Strategy | None = None


@dataclass(frozen=True, kw_only=True)
class LoadChange:
    """So many times the load.

    Attributes:
        users: whether it was written as a number of users.
    """

    factor: float
    users: bool = False


@dataclass(frozen=True, kw_only=True)
class Flush:
    """Caches are emptied.

    Attributes:
        component: which; EVERY_CACHE means that, unless a component bears the name.
        refill: until 95 % of the hits are back (s).
    """

    component: str
    refill: float = REFILL


@dataclass(frozen=True, kw_only=True)
class Slowness:
    """Everything that a component does takes so many times as long."""

    component: str
    factor: float


@dataclass(frozen=True, kw_only=True)
class Errors:
    """A component fails this part of its visits, besides what it fails by itself."""

    component: str
    part: float


What: TypeAlias = Down | ZoneDown | Deployment | LoadChange | Flush | Slowness | Errors


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens.

    Attributes:
        text: as it was written, each run of blanks as one.
        at: when it begins, from the beginning of the story (s).
        until: when it is over; inf where it lasts, or ends by itself.
        what: what it is.
    """

    text: str
    at: float
    until: float = inf
    what: What

    @property
    def last(self) -> float:
        """When something begins or ends for the last time, as far as the event says."""
        if isinstance(self.what, Flush):
            return self.at + self.what.refill
        return self.at if self.until == inf else self.until


FORMS: Final = (
    "api replica down at 10m for 5m",
    "api 2 replicas down at 10m for 5m",
    "db reader down at 10m for 5m",
    "api down at 10m for 5m",
    "zone a down at 10m for 5m",
    "zone eu.a down at 10m for 5m",
    "deploy api at 20m",
    "deploy api by blue_green at 20m",
    "rate x3 at 30m for 10m",
    "users x3 at 30m for 10m",
    "sessions flush at 40m for 5m",
    "cache flush at 40m for 5m",
    "payments latency x5 at 50m for 5m",
    "payments errors 30% at 50m for 5m",
)
"""One example of each form."""

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
_WHEN = re.compile(r"(?P<what>\S.*?) at (?P<at>\S+)(?: for (?P<length>\S+))?(?: by (?P<how>\S+))?")
_HINT = "when it happens, and for how long: api replica down at 10m for 5m"


def read_event(text: str) -> Event:
    """An event from its text, as far as the grammar goes: `Faults` (or a `UnitError`) say what is wrong with it."""
    text = " ".join(text.split())
    match = _WHEN.fullmatch(text)
    if match is None:
        raise fault(f"{shown(text)} does not say when", _HINT if text else f"an event: {_examples()}")
    what = _what(match["what"], match["how"])
    at = _number(match["at"], units.DURATION)
    length = None if match["length"] is None else _number(match["length"], units.DURATION)
    if length is not None and length <= 0.0:
        raise fault(f"`for {match['length']}` is no time", "a duration above 0, or no `for`: it lasts to the end")
    if isinstance(what, Flush):
        return Event(text=text, at=at, what=what if length is None else Flush(component=what.component, refill=length))
    if isinstance(what, Deployment) and length is not None:
        raise fault("a deployment ends by itself", f"leave `for {match['length']}` out")
    return Event(text=text, at=at, until=inf if length is None else at + length, what=what)


def _what(text: str, how: str | None) -> What:
    """What happens, without its time."""
    if text.startswith("deploy ") and how is not None:
        text = f"{text} by {how}"
    elif how is not None:
        raise fault(f"`by {how}` stands behind what is no deployment", "deploy api by blue_green at 20m")
    for pattern, form in _VERBS.items():
        match = re.fullmatch(pattern, text)
        if match is not None:
            return form(match)
    raise fault(f"{shown(text)} is nothing that can happen", f"one of the forms: {_examples()}")


def _down(match: re.Match[str]) -> What:
    count, noun = match["count"], match["noun"]
    number = None if noun is None else int(count or 1)
    if number == 0:
        raise fault("`0` replicas are none", "1 replica or more")
    return Down(component=match["name"], replicas=number, readers=(noun or "").startswith("reader"))


def _zone(match: re.Match[str]) -> What:
    zone = match["zone"]
    if not re.fullmatch("[a-z]", zone):
        raise fault(f"`{zone}` is not a zone", "zones are named a, b, c, …: zone a, or zone eu.a")
    return ZoneDown(zone=zone, location=match["location"])


def _deploy(match: re.Match[str]) -> What:
    how, known = match["how"], {str(strategy): strategy for strategy in Strategy}
    if how is not None and how not in known:
        raise fault(f"`{how}` is not a strategy", did_you_mean(how, known))
    return Deployment(component=match["name"], strategy=None if how is None else known[how])


def _load(match: re.Match[str]) -> What:
    return LoadChange(factor=_number(match["factor"], units.NUMBER), users=match["what"] == "users")


def _flush(match: re.Match[str]) -> What:
    return Flush(component=match["name"])


def _slow(match: re.Match[str]) -> What:
    factor = _number(match["factor"], units.NUMBER)
    if factor <= 0.0:
        raise fault(f"`x{match['factor']}` is no time at all", "a number above 0: payments latency x5")
    return Slowness(component=match["name"], factor=factor)


def _errors(match: re.Match[str]) -> What:
    part = units.parse_fraction(match["part"])
    return Errors(component=match["name"], part=_certain(part, match["part"]))


_VERBS: Final[Mapping[str, Callable[[re.Match[str]], What]]] = {
    rf"deploy (?P<name>{_NAME})(?: by (?P<how>\S+))?": _deploy,
    rf"zone (?:(?P<location>{_NAME})\.)?(?P<zone>[^. ]+) down": _zone,
    rf"(?P<name>{_NAME})(?: (?:(?P<count>[0-9]{{1,6}}) )?(?P<noun>replicas?|readers?))? down": _down,
    r"(?P<what>rate|users) [x×] ?(?P<factor>\S+)": _load,
    rf"(?P<name>{_NAME}) flush": _flush,
    rf"(?P<name>{_NAME}) latency [x×] ?(?P<factor>\S+)": _slow,
    rf"(?P<name>{_NAME}) errors? (?P<part>\S+)": _errors,
}


def _number(text: str, unit: Unit) -> float:
    value = _certain(units.parse(text, unit), text)
    if value < 0.0:
        raise UnitError(f"`{text}` is too small", f"{unit.article} that is at least 0")
    return value


def _certain(value: float, text: str) -> float:
    if isinstance(value, Uncertain):
        raise UnitError(f"`{text}` is an interval", "one value: an event happens once, in one way")
    return value


def _examples() -> str:
    return ", ".join(f"`{form}`" for form in FORMS)


class EventForm(Form):
    """`api replica down at 10m for 5m`."""

    def read(self, value: Any) -> Event:
        if isinstance(value, Event):
            return value
        return read_event(expect_text(value, "an event such as `api replica down at 10m for 5m`"))

    def schema(self, _reference: Reference) -> Schema:
        what = "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern in _VERBS)
        what = what.replace(" ?", "_?").replace(" ", " +").replace("_?", " *")
        return {"type": "string", "pattern": rf"^ *(?:{what}) +at +\S+(?: +for +\S+)?(?: +by +\S+)? *$"}
