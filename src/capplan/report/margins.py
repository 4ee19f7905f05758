"""How far off measured numbers may be: half of each interval, as people write it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from capplan.prediction.measured import Interval, Simulated
from capplan.report import words

RESOLVED = 5e-7
"""A smaller half-width of a fraction is not worth a figure."""


class Margins(NamedTuple):
    """Margins by (figure, name of the component or request): "used", "visit"; "mean", "p99", "success"."""

    texts: Mapping[tuple[str, str], str]

    def of(self, figure: str, name: str) -> str:
        """The margin of a figure; empty where it was not measured."""
        return self.texts.get((figure, name), "")


def margins_of(simulated: Simulated) -> Margins:
    """The margins that a table shows."""
    return Margins(dict(_margins(simulated)))


def half(interval: Interval | None) -> float | None:
    """Half of an interval."""
    return None if interval is None else 0.5 * (interval[1] - interval[0])


def _margins(simulated: Simulated) -> Iterator[tuple[tuple[str, str], str]]:
    prediction = simulated.prediction
    for name, request in ((prediction.total.name, simulated.total), *simulated.requests.items()):
        yield ("mean", name), _time(request.latency.get("mean"))
        yield ("p99", name), _time(request.latency.get(0.99))
        yield ("success", name), _fraction(request.success_rate)
    for name, component in simulated.components.items():
        used = words.hottest(prediction.components[name])
        yield ("used", name), _fraction(None if used is None else component.utilisation.get(used[0]))
        yield ("visit", name), _time(component.latency.get(0.99))


def _time(interval: Interval | None) -> str:
    margin = half(interval)
    return "" if margin is None else words.duration(margin)


def _fraction(interval: Interval | None) -> str:
    margin = half(interval)
    return "" if margin is None or margin < RESOLVED else words.fraction(float(f"{margin:.2g}"))
