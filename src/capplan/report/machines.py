"""The forms of a list of machine types, but for the terminal's: JSON, Markdown, and CSV that `--catalog` reads again.

JSON is in SI units; the other forms write figures as providers do (GiB, Gbps), since people compare them with theirs.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from capplan.report import words
from capplan.report.as_json import SCHEMA, number
from capplan.report.as_markdown import escaped, table
from capplan.topology import Machine
from capplan.topology.catalogue import COLUMNS, CURRENCY, Pricing
from capplan.units import BANDWIDTH, HOUR, MONTH, SIZE, Unit

_CELL_UNITS: dict[str, tuple[Unit, str]] = {
    "memory": (SIZE, "GiB"),
    "network": (BANDWIDTH, "Gbps"),
    "disk_throughput": (BANDWIDTH, "MB/s"),
    "disk_size": (SIZE, "GB"),
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The machine types to show, and which of their prices counts.

    Attributes:
        own: the names of those that come from a user's file; their prices are in the currency of the topology.
    """

    machines: tuple[Machine, ...]
    pricing: Pricing = Pricing.ON_DEMAND
    own: frozenset[str] = frozenset()

    def currency(self, machine: Machine) -> str | None:
        """The currency of a machine's prices; None for that of the topology."""
        return None if machine.name in self.own else CURRENCY


class Column(NamedTuple):
    """A column of figures for people: its heading, and what it says of a machine."""

    heading: str
    text: Callable[[Machine], str]
    figure: bool = True


def columns_of(listed: Listed) -> list[Column]:
    """The columns for people; of disks only where one is known."""
    disk = [Column("disk", _disk)] if any(machine.disk is not None for machine in listed.machines) else []
    return [
        Column("machine", lambda machine: machine.name or words.NONE, figure=False),
        Column("arch", lambda machine: machine.arch or words.NONE, figure=False),
        Column("vCPU", lambda machine: f"{machine.cores:g}{'*' if machine.sustained is not None else ''}"),
        Column("cores", lambda machine: _plain(machine.physical_cores)),
        Column("memory", lambda machine: _in_unit(machine.memory, SIZE, "GiB", " ")),
        Column("network", lambda machine: _in_unit(machine.network, BANDWIDTH, "Gbps", " ")),
        *disk,
        Column("speed", lambda machine: f"{machine.speed:g}{'' if machine.speed_is_known else '?'}"),
        Column("an hour", lambda machine: _plain(machine.price)),
        Column("a month", lambda machine: words.written("money", _monthly(machine.price))),
        Column("committed", lambda machine: _plain(machine.committed_price)),
    ]


def remarks(listed: Listed) -> list[str]:
    """What the marks mean, where prices hold and as of when: the sentences below a table."""
    return [*_prices(listed), *_origins(listed.machines), *_marks(listed.machines)]


def _prices(listed: Listed) -> Iterator[str]:
    for currency in dict.fromkeys(listed.currency(machine) for machine in listed.machines):
        whose = "prices" if currency or len(listed.own) == len(listed.machines) else "prices of your own types"
        yield f"{whose} in {currency or 'the currency of the topology'}, {listed.pricing}"
    mixed = [m.name or "" for m in listed.machines if m.committed_price is None and m.price is not None]
    if listed.pricing is Pricing.COMMITTED and mixed:
        yield f"no committed price is known, the on-demand price stands in: {', '.join(mixed)}"


def _origins(machines: Iterable[Machine]) -> Iterator[str]:
    origins = {(m.provider, m.region or m.source, m.as_of): None for m in machines if m.provider and m.as_of}
    for provider, origin, as_of in origins:
        yield ", ".join(filter(None, (f"{provider}: {origin}" if origin else provider, f"as of {as_of}")))


def _marks(machines: Sequence[Machine]) -> Iterator[str]:
    bursting: dict[float, list[str]] = {}
    for machine in machines:
        if machine.sustained is not None:
            bursting.setdefault(float(machine.sustained), []).append(machine.name or "")
    for share, names in bursting.items():
        yield f"* burstable, sustains {words.fraction(share)} of its vCPUs: {', '.join(names)}"
    if any(not machine.speed_is_known for machine in machines):
        yield "? speed not known: 1 is taken, that of an m5"


def to_dict(listed: Listed) -> dict[str, Any]:
    """The list as plain dictionaries, in SI units; null where a thing is not known."""
    machines = [_machine(machine) | {"currency": listed.currency(machine)} for machine in listed.machines]
    return {"schema": SCHEMA, "pricing": str(listed.pricing), "machines": machines}


def to_json(listed: Listed) -> str:
    """The list as JSON."""
    return json.dumps(to_dict(listed), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(listed: Listed) -> str:
    """The list in the columns of the catalogue, ready to be changed and given to `--catalog`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(machine, column) for column in COLUMNS] for machine in listed.machines)
    return text.getvalue()


def to_markdown(listed: Listed) -> str:
    """The list as a GitHub table, with its remarks."""
    shown = columns_of(listed)
    rows = [[escaped(column.text(machine)) for column in shown] for machine in listed.machines]
    figures = [column.heading for column in shown if column.figure]
    below = "\n".join(f"- {escaped(remark)}" for remark in remarks(listed))
    return f"{table([column.heading for column in shown], rows, right=figures)}\n\n{below}\n"


def _table(listed: Listed) -> str:
    from capplan.report.machines_table import to_table

    return to_table(listed)


MACHINE_FORMATS: dict[str, Callable[[Listed], str]] = {
    "table": _table,
    "json": to_json,
    "markdown": to_markdown,
    "csv": to_csv,
}


def _machine(machine: Machine) -> dict[str, Any]:
    disk = machine.disk
    return {
        "name": machine.name,
        "provider": machine.provider,
        "family": machine.family,
        "arch": machine.arch,
        "cores": number(machine.cores),
        "physical_cores": number(machine.physical_cores),
        "memory": number(machine.memory),
        "network": number(machine.network),
        "disk": None
        if disk is None
        else {"iops": number(disk.iops), "throughput": number(disk.throughput), "size": number(disk.size)},
        "speed": number(machine.speed) if machine.speed_is_known else None,
        "sustained": number(machine.sustained),
        "price": number(machine.price),
        "price_month": number(_monthly(machine.price)),
        "committed_price": number(machine.committed_price),
        "region": machine.region,
        "as_of": machine.as_of,
        "source": machine.source,
    }


def _monthly(price: float | None) -> float | None:
    return None if price is None else float(price) * MONTH / HOUR


def _cell(machine: Machine, column: str) -> str:
    """What stands in a column of the CSV form."""
    value: Any = machine
    for key in COLUMNS[column]:
        value = None if value is None else getattr(value, key)
    if value is None or (column == "speed" and not machine.speed_is_known):
        return ""
    if column in _CELL_UNITS:
        return _in_unit(value, *_CELL_UNITS[column])
    return value if isinstance(value, str) else f"{value:.12g}"


def _disk(machine: Machine) -> str:
    disk = machine.disk
    if disk is None:
        return words.NONE
    known = [] if disk.iops is None else [f"{disk.iops:g}/s"]
    known += [] if disk.throughput is None else [_in_unit(disk.throughput, BANDWIDTH, "MB/s", " ")]
    known += [] if disk.size is None else [_in_unit(disk.size, SIZE, "GB", " ")]
    return ", ".join(known)


def _plain(value: float | None) -> str:
    """A figure with all its digits: prices differ in the last ones."""
    return words.NONE if value is None else f"{value:.12g}"


def _in_unit(value: float | None, unit: Unit, suffix: str, space: str = "") -> str:
    """A quantity in the unit that providers list it in."""
    return words.NONE if value is None else f"{value / unit.factors[suffix]:.12g}{space}{suffix}"
