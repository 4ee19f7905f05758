"""The forms of a list of machine types: what each shows, and that CSV is what a catalogue is read from."""

import csv
import io
import json

import pytest

from capplan.reading import read_machines
from capplan.report import FORMATS
from capplan.report.canvas import Page
from capplan.report.machines import MACHINE_FORMATS, Listed
from capplan.report.machines_table import to_table
from capplan.topology import Disk, Machine
from capplan.topology.catalogue import COLUMNS, Pricing, load_catalogue

OWN = Machine(
    name="own_[1]", cores=0.5, memory=2.0**31, disk=Disk(iops=500.0, size=5e10), price=1.0, sustained=0.25, speed=1.0
)
SOME = Listed(
    machines=(load_catalogue()["m6i.large"], load_catalogue()["n2-standard-4"], load_catalogue()["t3.large"], OWN),
    own=frozenset({"own_[1]"}),
)


def test_each_form_of_the_contract_is_there() -> None:
    assert list(MACHINE_FORMATS) == list(FORMATS)


def test_json_is_in_si_units_with_nulls_for_what_is_not_known() -> None:
    result = json.loads(MACHINE_FORMATS["json"](SOME))
    assert (result["schema"], result["pricing"]) == (1, "on-demand")
    first, second, _, own = result["machines"]
    assert first == {
        "name": "m6i.large",
        "provider": "aws",
        "family": "m6i",
        "arch": "amd64",
        "cores": 2.0,
        "physical_cores": 1.0,
        "memory": 8.0 * 2**30,
        "network": 0.781e9 / 8,
        "disk": None,
        "speed": 1.3,
        "sustained": None,
        "price": 0.096,
        "price_month": pytest.approx(70.08),
        "committed_price": 0.0379,
        "region": "us-east-1",
        "as_of": "2026-07-20",
        "source": "public list prices: on demand; 3 years all upfront",
        "currency": "USD",
    }
    assert (second["speed"], second["network"], second["committed_price"]) == (None, None, None)
    assert own["disk"] == {"iops": 500.0, "throughput": None, "size": 5e10}
    assert own["currency"] is None


def test_csv_is_read_again_as_the_same_machines() -> None:
    whole = tuple(load_catalogue().values())
    text = MACHINE_FORMATS["csv"](Listed(machines=whole))
    assert next(csv.reader(io.StringIO(text))) == list(COLUMNS)
    again = read_machines(text, "own.csv")
    assert list(again) == list(load_catalogue())
    for machine in whole:
        assert again[machine.name or ""] == machine
        assert again[machine.name or ""].speed_is_known == machine.speed_is_known


def test_the_table_shows_the_figures_as_providers_write_them() -> None:
    lines = to_table(SOME).splitlines()
    assert [" ".join(line.split()) for line in lines[:5]] == [
        "MACHINE ARCH VCPU CORES MEMORY NETWORK SPEED AN HOUR A MONTH COMMITTED",
        "m6i.large amd64 2 1 8 GiB 0.781 Gbps 1.3 0.096 70.1 0.0379",
        "n2-standard-4 amd64 4 2 16 GiB – 1? 0.1942 142 –",
        "t3.large amd64 2* 1 8 GiB 0.512 Gbps 1? 0.0832 60.7 0.0313",
        "own_[1] – 0.5* – 2 GiB – 1 1 730 –",
    ]


def test_what_is_below_the_table_says_where_prices_hold_and_what_marks_mean() -> None:
    assert to_table(SOME).partition("\n\n")[2].splitlines() == [
        "prices in USD, on-demand",
        "prices of your own types in the currency of the topology, on-demand",
        "aws: us-east-1, as of 2026-07-20",
        "gcp: us-central1, as of 2026-06-22",
        "* burstable, sustains 30% of its vCPUs: t3.large",
        "* burstable, sustains 25% of its vCPUs: own_[1]",
        "? speed not known: 1 is taken, that of an m5",
    ]


def test_committed_prices_that_are_not_known_are_named() -> None:
    said = to_table(Listed(machines=SOME.machines, pricing=Pricing.COMMITTED))
    assert "no committed price is known, the on-demand price stands in: n2-standard-4, own_[1]\n" in said


def test_a_wide_page_shows_disks_and_a_narrow_one_what_matters() -> None:
    assert "500/s, 50 GB" in to_table(SOME, Page(width=140))
    narrow = to_table(SOME, Page(width=72)).partition("\n\n")[0]
    assert "CORES" not in narrow
    assert max(map(len, narrow.splitlines())) <= 72
    assert "n2-standard-4" in narrow


def test_no_name_of_the_catalogue_is_cut_off() -> None:
    for width in (72, 100, 120, 160):
        table = to_table(Listed(machines=tuple(load_catalogue().values())), Page(width=width)).partition("\n\n")[0]
        assert [line.split()[0] for line in table.splitlines()[1:]] == list(load_catalogue())


def test_markdown_escapes_names_and_keeps_its_columns() -> None:
    text = MACHINE_FORMATS["markdown"](SOME)
    assert "| own_\\[1\\] |" in text
    table = text.partition("\n\n")[0].splitlines()
    assert len({line.count("|") for line in table}) == 1
    assert "- aws: us-east-1, as of 2026-07-20\n" in text


def test_generic_machines_say_that_they_are_assumptions() -> None:
    said = to_table(Listed(machines=(load_catalogue()["generic.small"],)))
    assert "generic: assumption: a round figure" in said
