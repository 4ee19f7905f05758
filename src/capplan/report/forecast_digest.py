"""What people are told of a forecast first: a word and a sentence; and how dates and spans of time are written.

The one place that judges for all human forms; it must not know how they look.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from capplan import units
from capplan.report import words
from capplan.studies.forecast import Event, Forecast, Kind
from capplan.studies.trajectory import Trajectory

Word = Literal["CLEAR", "RUNWAY", "TODAY"]

MONTHS_FROM = 2 * units.MONTH
"""From this span on people count months rather than days."""


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A forecast, and the calendar that it is read with.

    Attributes:
        start: the date at which it begins, `2026-11-23`.
        date_after: the date so many seconds later; None where no calendar goes so far.
    """

    forecast: Forecast
    start: str
    date_after: Callable[[float], str | None]

    @property
    def end(self) -> str | None:
        """The date of the horizon."""
        return self.date_after(self.forecast.horizon)

    def date(self, event: Event) -> str | None:
        """The date of an event; None where it does not come within the horizon."""
        if event.seconds is None or self.forecast.status(event) == "beyond":
            return None
        return self.date_after(event.seconds)


class Judgement(NamedTuple):
    """One word, and the sentence that a review quotes."""

    word: Word
    sentence: str


class Row(NamedTuple):
    """An event as people read it; `part` is how much of the horizon passes before it."""

    date: str
    after: str
    what: str
    rate: str
    part: float


def judge(dated: Dated) -> Judgement:
    """TODAY where something has come already, RUNWAY where something comes within the horizon, else CLEAR."""
    forecast = dated.forecast
    today = [event for event in forecast.events if forecast.status(event) == "today"]
    coming = [event for event in forecast.events if forecast.status(event) == "within"]
    sentence = "; ".join(filter(None, (_already(today), _next(dated, coming, bool(today)))))
    word: Word = "TODAY" if today else "RUNWAY" if coming else "CLEAR"
    return Judgement(word, f"{sentence[:1].upper()}{sentence[1:]}.")


def figures(dated: Dated) -> Iterator[tuple[str, str]]:
    """What the forecast starts from."""
    forecast = dated.forecast
    yield "from", dated.start
    yield "load", words.rate(forecast.rate)
    if forecast.busiest_rate is not None and forecast.busiest_rate != forecast.rate:
        yield "busiest step", words.rate(forecast.busiest_rate)
    yield "growth", "none" if forecast.growth is None else units.format_growth(forecast.growth)
    yield "until", dated.end or span(forecast.horizon)


def rows(dated: Dated) -> Iterator[Row]:
    """What has come, and what comes within the horizon; first things first."""
    for event in dated.forecast.events:
        if event.seconds is not None and dated.forecast.status(event) in ("today", "within"):
            part = event.seconds / dated.forecast.horizon
            date = dated.date(event) or words.NONE
            yield Row(date, _after(event), happening(event), words.rate(event.rate), part)


def later(dated: Dated) -> Iterator[Row]:
    """What does not come within the horizon."""
    for event in dated.forecast.events:
        if dated.forecast.status(event) in ("beyond", "never"):
            yield Row(words.NONE, _after(event), happening(event), words.rate(event.rate), 1.0)


def shown(dated: Dated) -> Trajectory | None:
    """The objective to draw: the one that falls first, else the first; None where none is followed."""
    known = {trajectory.name: trajectory for trajectory in dated.forecast.trajectories}
    falling = [event for event in dated.forecast.events if event.kind is Kind.SLO and event.name in known]
    ordered = [event for event in falling if event.seconds is not None] or falling
    return known[ordered[0].name] if ordered else None


def remarks(dated: Dated) -> list[str]:
    """What the forecast leaves out."""
    names = dated.forecast.unsized
    if not names:
        return []
    what = "no disk size is known, so nothing says when it is full: machine: {disk: {size: 500GB}}"
    return [f"the data of {words.listed(names)} grow, but {what}"]


def happening(event: Event) -> str:
    """What comes about: `total.p99 < 200 ms falls`."""
    today = event.seconds == 0.0
    if event.kind is Kind.CAPACITY:
        return f"{event.subject} {event.metric.rpartition('.')[2]} is full"
    if event.kind is Kind.DISK:
        return f"the disk of {event.subject} is full"
    comparison = f"{event.metric} {event.operator} {words.of_metric(event.metric, event.threshold)}"
    name = "" if event.name == event.metric else event.name
    if event.kind is Kind.ALERT:
        verb = "is firing" if today else "fires"
        return f"{name} {verb} ({comparison})" if name else f"{comparison} {verb}"
    verb = "is missed" if today else "falls"
    return f"{name} {verb} ({comparison})" if name else f"{comparison} {verb}"


def span(seconds: float) -> str:
    """`12 days`, `5.2 months`."""
    size, noun = (units.MONTH, "month") if seconds >= MONTHS_FROM else (units.DAY, "day")
    count = words.number(round(seconds / size, 1))
    return f"{count} {noun}" if count == "1" else f"{count} {noun}s"


def _after(event: Event) -> str:
    if event.seconds is None:
        return "never"
    return "today" if event.seconds == 0.0 else span(event.seconds)


def _already(today: list[Event]) -> str:
    if not today:
        return ""
    more = f" (and {len(today) - 1} more)" if len(today) > 1 else ""
    return f"today {happening(today[0])}{more}"


def _next(dated: Dated, coming: list[Event], already: bool) -> str:
    """The first that comes, and where that is an alert, the first that it warns of."""
    if not coming:
        return f"nothing {'else ' if already else ''}falls within {span(dated.forecast.horizon)}"
    first = coming[0]
    told = f"on {dated.date(first)}, in {span(first.seconds or 0.0)}, {happening(first)}"
    serious = next((event for event in coming if event.kind is not Kind.ALERT), None)
    if first.kind is Kind.ALERT and serious is not None:
        told += f"; on {dated.date(serious)} {happening(serious)}"
    return told
