"""Catalogues of one's own: CSV and YAML give the same machines, and every fault with its place."""

import pytest

from capplan.errors import BadTopology, Problem
from capplan.reading import read_machines

TABLE = """\
name,provider,family,arch,vcpu,physical_cores,memory,network,disk_iops,disk_throughput,speed,price,committed_price,as_of
box,rack,boxes,amd64,4,2,16GiB,1Gbps,3000,125MB/s,1.5,0.2,0.1,2026-01-31
"big-box",rack,boxes,amd64,8,,32GiB,,,,,0.4,,
"""
YAML = """\
box:
  provider: rack
  family: boxes
  arch: amd64
  cores: 4
  physical_cores: 2
  memory: 16GiB
  network: 1Gbps
  disk: {iops: 3000, throughput: 125MB/s}
  speed: 1.5
  price: 0.2
  committed_price: 0.1
  as_of: 2026-01-31
big-box: {provider: rack, family: boxes, arch: amd64, cores: 8, memory: 32GiB, price: 0.4}
"""


def faults(text: str | bytes, file: str) -> list[str]:
    with pytest.raises(BadTopology) as raised:
        read_machines(text, file)
    return [_first_line(problem) for problem in raised.value.problems]


def _first_line(problem: Problem) -> str:
    assert problem.hint
    assert problem.source is not None
    return str(problem).splitlines()[0]


def test_both_forms_give_the_same_machines() -> None:
    machines = read_machines(TABLE, "own.csv")
    assert machines == read_machines(YAML, "own.yaml")
    box = machines["box"]
    assert (box.name, box.cores, box.speed, box.committed_price) == ("box", 4.0, 1.5, 0.1)
    assert box.disk is not None
    assert (box.disk.iops, box.disk.throughput, box.disk.size) == (3000.0, 125e6, None)
    assert (machines["big-box"].speed_is_known, box.speed_is_known) == (False, True)


def test_a_table_is_known_by_its_first_line_too() -> None:
    assert read_machines(TABLE, "/dev/fd/63").keys() == {"box", "big-box"}


def test_the_columns_may_stand_in_any_order_and_have_the_names_of_the_keys() -> None:
    assert read_machines("cores,name\n4,box\n", "own.csv")["box"].cores == 4.0


def test_machines_may_stand_under_their_key() -> None:
    assert read_machines(f"machines:\n  {YAML.splitlines()[-1]}\n", "own.yaml").keys() == {"big-box"}


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_understood() -> None:
    assert read_machines("\ufeffname,vcpu\r\n\r\nbox,4\r\n".encode(), "own.csv").keys() == {"box"}


def test_all_faults_of_a_table_come_at_once_with_their_places() -> None:
    text = (
        "name,vcpu,memory,disk_iops,price,commited_price,family\n"
        "box,4,16GiB,3000,0.2,0.1,x\n"
        "big.box,8,32,,0.4,,x\n"
        "box,8,32GiB,,0.4,,x\n"
        "short,8,32GiB\n"
        'ok,,32GiB,-3,cheap,,"a, ""b"""\n'
        "no name!,2,,,,,\n"
    )
    assert faults(text, "own.csv") == [
        "own.csv:1:34: catalogue: `commited_price` is not a column of this table; did you mean `committed_price`?",
        'own.csv:3:11: catalogue["big.box"].memory: `32` has no unit; a size, e.g. 20kB (units: B, kB, MB, GB, TB, '
        "KiB, MiB, GiB)",
        "own.csv:4:1: catalogue.box: `box` stands here for the second time (first in line 2); each name once",
        "own.csv:5:1: catalogue: this row has 3 cells, and the table has 7 columns; a comma between two cells, also "
        "beside an empty one",
        "own.csv:6:1: catalogue.ok: `cores` is missing; a machine of a catalogue needs `cores`: processors that work "
        "at a time (vCPUs)",
        "own.csv:6:11: catalogue.ok.disk.iops: `-3` is too small; a number of operations per second that is above 0",
        "own.csv:6:14: catalogue.ok.price: `cheap` is not a price per hour; a price per hour, e.g. 0.192 or 140/month",
        'own.csv:7:1: catalogue["no name!"]: `no name!` is not a name; letters, digits, `-` and `_`',
    ]


@pytest.mark.parametrize(
    ("text", "file", "said"),
    [
        ("", "own.csv", "own.csv:1:1: catalogue: there is nothing here; a line with the names of the columns"),
        ("vcpu,price\n4,0.2\n", "own.csv", "own.csv:1:1: catalogue: there is no column `name`"),
        ("name,vcpu,vcpu\nbox,4,4\n", "own.csv", "own.csv:1:11: catalogue: `vcpu` stands here for the second time"),
        ("name,vcpu,cores\nbox,4,4\n", "own.csv", "own.csv:1:11: catalogue: `cores` stands here for the second time"),
        ('name,vcpu\n"box,4\n', "own.csv", "own.csv:2:1: catalogue: a quotation is not closed"),
        ('name,vcpu\nbox,4"\n', "own.csv", "own.csv:2:5: catalogue: a quotation is not closed"),
        ("", "own.yaml", "own.yaml:1:1: catalogue: there is nothing here; machines by name: `box: {cores: 4"),
        ("box\n", "own.yaml", "own.yaml:1:1: catalogue: `box` stands here; a mapping: a name"),
        ("box: {cores: 4\n", "own.yaml", "own.yaml:1:15: catalogue: a bracket is not closed"),
        ("box: {cores: 4, pric: 1}\n", "own.yaml", "own.yaml:1:17: catalogue.box.pric: `pric` is not a key"),
        (
            "box: {cores: 4}\nbox: {cores: 4}\n",
            "own.yaml",
            "own.yaml:2:1: catalogue.box: `box` stands here for the sec",
        ),
        (
            "box: {cores: 4, sustained: 30}\n",
            "own.yaml",
            "own.yaml:1:28: catalogue.box.sustained: `30` is outside of 0",
        ),
        (b"b\xe9x: {cores: 4}\n", "own.yaml", "own.yaml:1:2: catalogue: the byte 0xe9 is not UTF-8"),
    ],
)
def test_a_fault_has_its_place(text: str | bytes, file: str, said: str) -> None:
    (found,) = faults(text, file)
    assert found.startswith(said)
