"""The machine catalogue: its figures against the public ones, and every row sane."""

import csv
import importlib.resources
from collections import Counter
from itertools import pairwise

import pytest

from capplan.topology.catalogue import find, load_catalogue, rows, suggest

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
    ("n2-standard-8", 8, 32, None, 1.0, 0.3885),
    ("Standard_D4s_v5", 4, 16, None, 1.0, 0.192),
]
NAMES = sorted(rows())
SIZES = ("small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge")


@pytest.mark.parametrize(
    ("name", "cores", "memory", "network", "speed", "price"), PUBLIC, ids=[row[0] for row in PUBLIC]
)
def test_figures_are_the_public_ones(
    name: str, cores: int, memory: float, network: float | None, speed: float, price: float
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
    assert all(len(line) == len(header) for line in lines)
    assert [name for name, times in Counter(line[0] for line in lines).items() if times > 1] == []
    assert 40 <= len(lines) == len(load_catalogue())


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_a_sane_machine(name: str) -> None:
    row, machine = rows()[name], load_catalogue()[name]
    assert 2 <= machine.cores <= 64
    assert machine.physical_cores in (machine.cores, machine.cores / 2)
    assert machine.memory is not None
    assert 1 <= machine.memory / GIB / machine.cores <= 16
    assert machine.network is None or 0.1 <= machine.network / GBPS <= 100
    assert 0.5 <= machine.speed <= 3
    assert machine.price is not None
    assert 0.02 <= machine.price / machine.cores <= 0.1
    assert machine.committed_price is None or 0.3 < machine.committed_price / machine.price < 0.7
    assert (machine.name, machine.family, machine.provider) == (name, row["family"], row["provider"])


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_where_its_figures_come_from(name: str) -> None:
    row = rows()[name]
    assert row["provider"] in {"aws", "gcp", "azure", "generic"}
    assert row["arch"] in {"amd64", "arm64"}
    assert row["source"].startswith("assumption" if row["provider"] == "generic" else "public list price")
    assert row["region"]
    assert len(row["as_of"].split("-")) == 3


def test_burstable_types_sustain_a_part_of_their_cores() -> None:
    sustained = {name: machine.sustained for name, machine in load_catalogue().items() if machine.sustained is not None}
    assert {name.partition(".")[0] for name in sustained} == {"t3", "t4g"}
    assert sustained["t3.large"] == 0.3
    assert all(0 < share < 1 for share in sustained.values())


def test_a_larger_size_of_a_family_is_larger_in_everything() -> None:
    families: dict[str, list[str]] = {}
    for name in sorted((name for name in rows() if "." in name), key=lambda name: SIZES.index(name.partition(".")[2])):
        families.setdefault(rows()[name]["family"], []).append(name)
    for names in families.values():
        machines = [load_catalogue()[name] for name in names]
        for smaller, larger in pairwise(machines):
            assert smaller.cores <= larger.cores
            assert smaller.speed == larger.speed
            assert (smaller.memory or 0) < (larger.memory or 0)
            assert (smaller.network or 0) <= (larger.network or 0)
            assert (smaller.price or 0) < (larger.price or 0)


def test_generic_machines_are_there_with_a_disk() -> None:
    small, largest = load_catalogue()["generic.small"], load_catalogue()["generic.4xlarge"]
    assert (small.cores, small.memory) == (2, 4 * GIB)
    assert largest.cores == 32
    assert small.disk is not None
    assert small.disk.iops == 3000


def test_an_unknown_name_finds_nothing_and_near_ones_are_suggested() -> None:
    assert find("m6i.lage") is None
    assert suggest("m6i.lage")[0] == "m6i.large"
    assert suggest("M6I.XLARGE")[0] == "m6i.xlarge"
    assert suggest("standard_d4s_v5")[0] == "Standard_D4s_v5"
    assert suggest("t3") == ["t3.large", "t3.xlarge", "t3.2xlarge"]
    assert suggest("no such machine at all") == []


def test_a_machine_is_built_once() -> None:
    assert find("m6i.large") is find("m6i.large") is load_catalogue()["m6i.large"]
