"""What a person wants first: the largest shares of a whole, and notes that say the same thing once."""

from collections.abc import Iterable, Sequence

from capplan.prediction.records import ComponentPrediction, Note, Share
from capplan.report.words import hottest

Part = tuple[str, float]

PLACES_SHOWN = 3


def largest_shares(shares: Sequence[Share], most: int) -> list[Part]:
    """The largest shares of a request's time, and what is left in one row."""
    return _largest([(share.component, share.share) for share in shares], most)


def cost_parts(components: Iterable[ComponentPrediction], most: int = 3) -> list[Part]:
    """The components that the money goes to."""
    priced = [(component.name, component.cost) for component in components if component.cost]
    total = sum(cost for _, cost in priced)
    return _largest([(name, cost / total) for name, cost in priced], most)


def busiest(components: Iterable[ComponentPrediction], most: int) -> list[ComponentPrediction]:
    """The components with the highest utilisation, in the order of the topology."""
    listed = list(components)
    ranked = sorted(listed, key=lambda component: -_utilisation(component))
    kept = {component.name for component in ranked[:most]}
    return [component for component in listed if component.name in kept]


def _utilisation(component: ComponentPrediction) -> float:
    used = hottest(component)
    return -1.0 if used is None else used[1]


def _largest(parts: list[Part], most: int) -> list[Part]:
    ranked = sorted((part for part in parts if part[1] > 0), key=lambda part: -part[1])
    rest = ranked[most:]
    if len(rest) < 2:
        return ranked
    return [*ranked[:most], (f"{len(rest)} others", sum(part for _, part in rest))]


def grouped_notes(notes: Iterable[Note]) -> list[str]:
    """A line for each different sentence, with the places that it is about."""
    places: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        places.setdefault((note.code, note.message), []).append(note.where)
    return [f"{code}: {message}{_places(where)}" for (code, message), where in places.items()]


def _places(where: list[str]) -> str:
    named = [place for place in where if place]
    more = f" and {len(named) - PLACES_SHOWN} more" if len(named) > PLACES_SHOWN else ""
    return f" ({', '.join(named[:PLACES_SHOWN])}{more})" if named else ""
