"""The machine catalogue: types of machines by name, in layers, priced on demand or committed.

The built-in layer is read from `machines.csv` beside this module. Sizes and prices are public list figures, copied as
they were on each row's date; the `generic` family is an assumption and says so. A user's file may lie over it or take
its place. This module knows no topology: what a topology defines under `machines` it looks up itself, first.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final

from capplan.errors import BadOption
from capplan.topology.forms import did_you_mean, read_record
from capplan.topology.machines import CatalogueMachine, Machine

CURRENCY: Final = "USD"
"""The currency of the built-in prices."""

_ANY: Final = "a name from `machines`, or one that `capplan machines` lists"

Family = tuple[str | None, str]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "provider": ("provider",),
    "family": ("family",),
    "arch": ("arch",),
    "vcpu": ("cores",),
    "physical_cores": ("physical_cores",),
    "memory": ("memory",),
    "network": ("network",),
    "disk_iops": ("disk", "iops"),
    "disk_throughput": ("disk", "throughput"),
    "disk_size": ("disk", "size"),
    "speed": ("speed",),
    "sustained": ("sustained",),
    "price": ("price",),
    "committed_price": ("committed_price",),
    "region": ("region",),
    "as_of": ("as_of",),
    "source": ("source",),
}
"""The columns of a table of machines, each with the key of a machine (or of its disk) that it holds."""


class Pricing(StrEnum):
    """Which price of a machine counts: the one without, or the one with a commitment of years."""

    ON_DEMAND = "on-demand"
    COMMITTED = "committed"


def parse_pricing(text: str) -> Pricing:
    """The pricing of this name."""
    try:
        return Pricing(text)
    except ValueError:
        raise BadOption(f"pricing: there is no `{text}`; {' or '.join(Pricing)}") from None


class Catalogue(Mapping[str, Machine]):
    """Machine types by name, each made when it is first asked for; an earlier layer hides the names of later ones."""

    def __init__(self, *layers: Mapping[str, Machine], pricing: Pricing = Pricing.ON_DEMAND) -> None:
        self.pricing = pricing
        self._layers = layers
        self._made: dict[str, Machine] = {}
        self._families: dict[Family, tuple[Machine, ...]] | None = None

    def __getitem__(self, name: str) -> Machine:
        if name not in self._made:
            layer = next((layer for layer in self._layers if name in layer), {})
            self._made[name] = _priced(named(layer[name], name), self.pricing)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in self._layers for name in layer))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Catalogue: {len(self)} machine types, {self.pricing}>"

    def under(self, types: Mapping[str, Machine]) -> "Catalogue":
        """This catalogue with other types laid over it."""
        return Catalogue(types, *self._layers, pricing=self.pricing)

    def priced(self, pricing: Pricing) -> "Catalogue":
        """The same types at other prices."""
        return self if pricing is self.pricing else Catalogue(*self._layers, pricing=pricing)

    def built_in(self, machine: Machine) -> bool:
        """Whether the machine of this name comes from the table beside this module."""
        layer = next((layer for layer in self._layers if machine.name in layer), None)
        return isinstance(layer, _BuiltIn)

    def of_family(self, provider: str | None, family: str) -> tuple[Machine, ...]:
        """All sizes of a provider's family, in the catalogue's order."""
        if self._families is None:
            self._families = {}
            for machine in self.values():
                if machine.family is not None:
                    key = (machine.provider, machine.family)
                    self._families[key] = (*self._families.get(key, ()), machine)
        return self._families.get((provider, family), ())

    def sizes(self, family: str) -> list[str]:
        """The names of all types whose family is called this, whatever the provider; empty where none is."""
        return [name for name, machine in self.items() if (machine.family or "").lower() == family.lower()]

    def hint(self, name: str, own: Iterable[str] = ()) -> str:
        """What may have been meant by a name that neither this catalogue nor a topology's `own` types know."""
        sizes = self.sizes(name)
        if sizes:
            return f"a size of this family: {', '.join(f'`{size}`' for size in sizes)}"
        near = did_you_mean(name, dict.fromkeys((*own, *self)))
        return near if near.startswith("did you mean") else _ANY


class _BuiltIn(Mapping[str, Machine]):
    """The machines of the table beside this module; one record for each is made, when it is first asked for."""

    def __getitem__(self, name: str) -> Machine:
        keys: dict[str, Any] = {}
        for column, cell in _rows()[name].items():
            *outer, key = COLUMNS[column]
            if cell and column != "name":
                (keys.setdefault(outer[0], {}) if outer else keys)[key] = cell
        return read_record(CatalogueMachine, keys, name=name)

    def __contains__(self, name: object) -> bool:
        return name in _rows()

    def __iter__(self) -> Iterator[str]:
        return iter(_rows())

    def __len__(self) -> int:
        return len(_rows())


@cache
def load_catalogue() -> Catalogue:
    """The built-in catalogue, on demand. Its table is read when the first name is looked up."""
    return Catalogue(_BuiltIn())


def catalogue_of(types: Mapping[str, Machine] | None, pricing: str | None) -> Catalogue:
    """The types that are handed in, or the built-in ones, at these prices (as they are where none is named)."""
    whole = load_catalogue() if types is None else types if isinstance(types, Catalogue) else Catalogue(types)
    return whole if pricing is None else whole.priced(parse_pricing(pricing))


def named(machine: Machine, name: str) -> Machine:
    """The machine with this name."""
    return machine if machine.name == name else machine.model_copy(update={"name": name})


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    import csv
    from importlib.resources import files

    text = files("capplan.topology").joinpath("machines.csv").read_text(encoding="utf-8")
    return {row["name"]: row for row in csv.DictReader(text.splitlines())}


def _priced(machine: Machine, pricing: Pricing) -> Machine:
    if pricing is Pricing.ON_DEMAND or machine.committed_price is None:
        return machine
    return machine.model_copy(update={"price": machine.committed_price})
