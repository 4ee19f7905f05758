"""Machine types by what somebody wants of them: those that fit, in the order that is asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from capplan.topology.forms import did_you_mean
from capplan.topology.machines import Machine

Key = Callable[[Machine], tuple[bool, float] | str]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the machines shall be; None where it does not matter. Words are compared without regard to case.

    Attributes:
        text: a part of the name.
        max_price: per hour; a machine whose price is not known does not fit.
    """

    text: str | None = None
    provider: str | None = None
    family: str | None = None
    arch: str | None = None
    min_cores: float | None = None
    max_cores: float | None = None
    min_memory: float | None = None
    max_price: float | None = None

    def fits(self, machine: Machine) -> bool:
        """Whether a machine is all of that."""
        named = self.text is None or self.text.lower() in (machine.name or "").lower()
        words = all(_same(word, getattr(machine, key)) for key, word in self.words.items())
        cores = _within(self.min_cores, machine.cores, self.max_cores)
        memory = _within(self.min_memory, machine.memory, None)
        return named and words and cores and memory and _within(None, machine.price, self.max_price)

    @property
    def words(self) -> Mapping[str, str]:
        """The words that a machine must bear, by key."""
        asked = {"provider": self.provider, "family": self.family, "arch": self.arch}
        return {key: word for key, word in asked.items() if word is not None}


def _price_of_a_core(machine: Machine) -> float | None:
    return None if machine.price is None else machine.price / machine.cores


def _known_first(figure: Callable[[Machine], float | None]) -> Key:
    """Sorts by a figure, machines of which it is not known last."""

    def key(machine: Machine) -> tuple[bool, float]:
        value = figure(machine)
        return value is None, value or 0.0

    return key


SORTS: Final[Mapping[str, Key]] = {
    "price": _known_first(lambda machine: machine.price),
    "cores": _known_first(lambda machine: machine.cores),
    "memory": _known_first(lambda machine: machine.memory),
    "name": lambda machine: machine.name or "",
    "price-per-core": _known_first(_price_of_a_core),
}


def select(machines: Iterable[Machine], wanted: Wanted, sort: str | None = None) -> tuple[Machine, ...]:
    """The machines that fit; as they come, or sorted by one of `SORTS`."""
    fitting = [machine for machine in machines if wanted.fits(machine)]
    return tuple(fitting if sort is None else sorted(fitting, key=SORTS[sort]))


def why_none(machines: Iterable[Machine], wanted: Wanted) -> str:
    """A hint for whoever wanted what no machine is: the word that no machine bears, else the limits."""
    listed = list(machines)
    for key, word in wanted.words.items():
        known = {bears for machine in listed if (bears := getattr(machine, key)) is not None}
        if not any(_same(word, bears) for bears in known):
            return f"there is no {key} `{word}`: {did_you_mean(word, known)}"
    return "fewer or wider limits"


def _same(word: str, bears: str | None) -> bool:
    return bears is not None and word.lower() == bears.lower()


def _within(least: float | None, value: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)
