"""The machine catalogue: its figures against the public ones, and every row sane."""

import csv
import importlib.resources
from collections import Counter
from itertools import pairwise

import pytest

from capplan.topology.catalogue import COLUMNS, load_catalogue

GIB = 2.0**30
GBPS = 1e9 / 8

# name, vCPUs, GiB, sustained Gbps, speed of a vCPU (m5 = 1), USD per hour on demand: the providers' public pages,
# AWS us-east-1 of 2026-07-20, GCP us-central1 of 2026-06-22, Azure eastus of 2026-06-18
PUBLIC = [
    ("m5.xlarge", 4, 16, 1.25, 1.0, 0.192),
    ("m6i.large", 2, 8, 0.781, 1.3, 0.096),
    ("m6i.8xlarge", 32, 128, 12.5, 1.3, 1.536),
    ("m7a.2xlarge", 8, 32, 3.125, 2.33, 0.46368),
    ("m7g.xlarge", 4, 16, 1.876, 1.0, 0.1632),
    ("c6i.large", 2, 4, 0.781, 1.3, 0.085),
    ("c7i.4xlarge", 16, 32, 6.25, 1.33, 0.714),
    ("r6i.2xlarge", 8, 64, 3.125, 1.3, 0.504),
    ("t3.large", 2, 8, 0.512, 1.0, 0.0832),
    ("c7a.4xlarge", 16, 32, 6.25, 2.33, 0.82112),
    ("m8i.8xlarge", 32, 128, 15.0, 1.79, 1.69344),
    ("r8g.large", 2, 16, 0.937, 1.0, 0.11782),
    ("i7ie.xlarge", 4, 32, 4.166, 1.37, 0.5198),
    ("n2-standard-8", 8, 32, None, 1.0, 0.3885),
    ("c3-standard-22", 22, 88, None, 1.0, 1.14884),
    ("Standard_D4s_v5", 4, 16, None, 1.0, 0.192),
    ("Standard_D4ps_v5", 4, 16, None, 1.0, 0.154),
    ("db.r6g.large", 2, 15.26, 0.75, 1.21, None),
]
NAMES = sorted(load_catalogue())
SIZES = ("small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge")


@pytest.mark.parametrize(
    ("name", "cores", "memory", "network", "speed", "price"), PUBLIC, ids=[row[0] for row in PUBLIC]
)
def test_figures_are_the_public_ones(
    name: str, cores: int, memory: float, network: float | None, speed: float, price: float | None
) -> None:
    machine = load_catalogue()[name]
    assert machine.cores == cores
    assert machine.memory == memory * GIB
    assert machine.network == (None if network is None else pytest.approx(network * GBPS, rel=1e-12))
    assert machine.speed == speed
    assert machine.price == price


def test_names_are_unique_and_rows_complete() -> None:
    text = importlib.resources.files("capplan.topology").joinpath("machines.csv").read_text(encoding="utf-8")
    header, *lines = csv.reader(text.splitlines())
    assert header == list(COLUMNS)
    assert all(len(line) == len(header) for line in lines)
    assert [name for name, times in Counter(line[0] for line in lines).items() if times > 1] == []
    assert 120 <= len(lines) == len(load_catalogue())


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_a_sane_machine(name: str) -> None:
    machine = load_catalogue()[name]
    assert 2 <= machine.cores <= 64
    assert machine.physical_cores in (machine.cores, machine.cores / 2)
    assert machine.memory is not None
    assert 1 <= machine.memory / GIB / machine.cores <= 16
    assert machine.network is None or 0.1 <= machine.network / GBPS <= 100
    assert 0.5 <= machine.speed <= 3
    assert machine.name == name
    assert machine.family
    if machine.price is None:
        assert machine.committed_price is not None
    else:
        assert 0.02 <= machine.price / machine.cores <= 0.15
        assert machine.committed_price is None or 0.3 < machine.committed_price / machine.price < 0.7


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_where_its_figures_come_from(name: str) -> None:
    machine = load_catalogue()[name]
    generic = machine.provider == "generic"
    assert machine.provider in {"aws", "gcp", "azure", "generic"}
    assert machine.arch in {"amd64", "arm64"} or name.startswith("db.")
    assert (machine.source or "").startswith("assumption" if generic else "public list price")
    assert (machine.region is None) is generic
    assert len((machine.as_of or "").split("-")) == 3


def test_only_the_databases_of_a_provider_have_no_price_on_demand() -> None:
    assert {machine.family for machine in load_catalogue().values() if machine.price is None} == {
        "db.r6g",
        "db.r6i",
        "db.r7g",
    }


def test_the_sizes_of_a_series_are_one_family() -> None:
    families: dict[tuple[str | None, str | None], int] = Counter(
        (machine.provider, machine.family) for machine in load_catalogue().values()
    )
    assert families["azure", "Dsv5"] == 4
    assert families["azure", "Esv5"] == families["azure", "Fsv2"] == 2
    assert {family for provider, family in families if provider == "azure"} == {
        "Dsv5",
        "Dasv5",
        "Dpsv5",
        "Dsv6",
        "Fsv2",
        "Esv5",
    }


def test_a_speed_that_is_not_known_is_one_and_says_so() -> None:
    known, unknown = load_catalogue()["m5.large"], load_catalogue()["m7g.large"]
    assert (known.speed, known.speed_is_known) == (1.0, True)
    assert (unknown.speed, unknown.speed_is_known) == (1.0, False)


def test_burstable_types_sustain_a_part_of_their_cores() -> None:
    sustained = {name: machine.sustained for name, machine in load_catalogue().items() if machine.sustained is not None}
    assert {name.partition(".")[0] for name in sustained} == {"t3", "t4g"}
    assert sustained["t3.large"] == 0.3
    assert all(0 < share < 1 for share in sustained.values())


def test_a_larger_size_of_a_family_is_larger_in_everything() -> None:
    families: dict[str, list[str]] = {}
    sized = [name for name in load_catalogue() if name.rpartition(".")[2] in SIZES]
    for name in sorted(sized, key=lambda name: SIZES.index(name.rpartition(".")[2])):
        families.setdefault(load_catalogue()[name].family or "", []).append(name)
    assert len(families) > 20
    for names in families.values():
        machines = [load_catalogue()[name] for name in names]
        for smaller, larger in pairwise(machines):
            assert smaller.cores <= larger.cores
            assert smaller.speed == larger.speed
            assert (smaller.memory or 0) < (larger.memory or 0)
            assert (smaller.network or 0) <= (larger.network or 0)
            for price in ("price", "committed_price"):
                cheaper, dearer = getattr(smaller, price), getattr(larger, price)
                assert (cheaper is None) is (dearer is None)
                assert cheaper is None or cheaper < dearer


def test_generic_machines_are_there_with_a_disk() -> None:
    small, largest = load_catalogue()["generic.small"], load_catalogue()["generic.4xlarge"]
    assert (small.cores, small.memory) == (2, 4 * GIB)
    assert largest.cores == 32
    assert small.disk is not None
    assert small.disk.iops == 3000
