"""How a topology finds machines: its own first, then those of its catalogue; families, layers and prices."""

import subprocess
import sys

import pytest

from capplan.errors import BadOption, BadTopology
from capplan.reading import read_topology
from capplan.topology import Component, Machine, Server, Topology, Workload
from capplan.topology.catalogue import Catalogue, Pricing, catalogue_of, load_catalogue

TEXT = """
workload: {rate: 100/s}
machines:
  box: {cores: 4, family: boxes, price: 0.3}
  big-box: {cores: 8, family: boxes, price: 0.5}
  slim-box: {cores: 4, family: boxes, price: 0.2}
  free-box: {cores: 4, family: boxes}
  m6i.large: {cores: 2, price: 0.05}
  odd: {cores: 3, family: m6i, price: 0.1}
components:
  web: {kind: server, time: 1ms, machine: m6i.xlarge, calls: {db: 1, inline: 1}}
  db: {kind: database, time: 1ms, machine: box}
  inline: {kind: server, time: 1ms, machine: {cores: 2}}
"""


def parsed(text: str = TEXT, catalogue: Catalogue | None = None) -> Topology:
    return read_topology(text, "topology.yaml", catalogue=catalogue)


def machine(topology: Topology, name: str) -> Machine:
    found = topology.find_machine(name)
    assert found is not None
    return found


def names(machines: tuple[Machine, ...]) -> list[str | None]:
    return [machine.name for machine in machines]


def test_a_topology_finds_its_own_machines_first() -> None:
    topology = parsed()
    assert machine(topology, "m6i.large").price == 0.05
    assert machine(topology, "m6i.xlarge").price == 0.192
    assert topology.find_machine("nothing") is None
    assert topology.machine(topology.component("inline")) == Machine(cores=2.0)


def test_machines_are_found_under_their_names() -> None:
    topology = parsed()
    assert [machine(topology, name).name for name in ("box", "m6i.large", "t3.large")] == [
        "box",
        "m6i.large",
        "t3.large",
    ]
    made = Topology(
        workload=Workload(rate=1.0), machines={"box": Machine(cores=4.0, family="x")}, components={"web": server()}
    )
    assert names(made.family(machine(made, "box"))) == ["box"]
    used = made.machine(made.component("web"))
    assert used is not None
    assert used.name == "box"


def server() -> Component:
    return Server(name="web", kind="server", machine="box")


def test_a_family_is_sorted_by_cores_and_then_by_price() -> None:
    topology = parsed()
    assert names(topology.family(machine(topology, "box"))) == ["slim-box", "box", "free-box", "big-box"]


def test_a_family_is_of_one_provider() -> None:
    topology = parsed()
    assert names(topology.family(machine(topology, "m6i.xlarge"))) == [
        "m6i.xlarge",
        "m6i.2xlarge",
        "m6i.4xlarge",
        "m6i.8xlarge",
    ]  # m6i.large is hidden by a machine of one's own; `odd` has no provider
    assert names(topology.family(machine(topology, "odd"))) == ["odd"]


def test_a_machine_without_a_family_has_no_sizes() -> None:
    assert parsed().family(Machine(cores=2.0)) == ()


def test_committed_prices_take_the_place_of_those_on_demand() -> None:
    topology = parsed(catalogue=catalogue_of(None, "committed"))
    assert machine(topology, "m6i.xlarge").price == machine(topology, "m6i.xlarge").committed_price == 0.0758
    assert machine(topology, "generic.small").price == 0.048
    assert machine(topology, "n2-standard-4").price == 0.1942
    assert machine(topology, "db.r6g.large").price == 0.0905
    assert machine(topology, "box").price == 0.3
    assert {size.price for size in topology.family(machine(topology, "m6i.xlarge"))} == {0.0758, 0.1516, 0.3032, 0.6064}


def test_a_pricing_that_is_none_lists_those_that_are() -> None:
    with pytest.raises(BadOption, match="there is no `free`; on-demand or committed"):
        catalogue_of(None, "free")


def test_types_of_ones_own_lie_over_the_built_in_ones() -> None:
    own = {"m6i.large": Machine(cores=99.0), "mine": Machine(cores=1.0)}
    extended = load_catalogue().under(own)
    assert extended["m6i.large"].cores == 99.0
    assert extended["m6i.large"].name == "m6i.large"
    assert extended["m5.large"].cores == 2.0
    assert len(extended) == len(load_catalogue()) + 1 == len(list(extended))
    assert (extended.built_in(extended["mine"]), extended.built_in(extended["m5.large"])) == (False, True)
    assert not extended.built_in(extended["m6i.large"])


def test_types_of_ones_own_may_take_the_place_of_the_built_in_ones() -> None:
    only = catalogue_of({"mine": Machine(cores=1.0, price=2.0, committed_price=1.0)}, "committed")
    assert list(only) == ["mine"]
    assert only.pricing is Pricing.COMMITTED
    assert only["mine"].price == 1.0
    with pytest.raises(BadTopology, match=r"there is no machine `m6i\.xlarge`; did you mean `m6i\.large`"):
        parsed(catalogue=only)


def test_a_catalogue_keeps_its_pricing_unless_another_is_named() -> None:
    committed = catalogue_of(None, "committed")
    assert catalogue_of(committed, None) is committed
    assert catalogue_of(committed, "on-demand").pricing is Pricing.ON_DEMAND


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("m6i.lage", "did you mean `m6i.large`?"),
        ("M6I.XLARGE", "did you mean `m6i.xlarge`?"),
        ("t3", "a size of this family: `t3.large`, `t3.xlarge`, `t3.2xlarge`"),
        ("dsv6", "a size of this family: `Standard_D4s_v6`"),
        ("bxo", "did you mean `box`?"),
        ("no such machine at all", "a name from `machines`, or one that `capplan machines` lists"),
    ],
)
def test_an_unknown_name_has_a_hint(name: str, hint: str) -> None:
    assert load_catalogue().hint(name, ["box"]) == hint


def test_a_machine_is_made_once() -> None:
    assert load_catalogue().get("m6i.large") is load_catalogue()["m6i.large"]
    assert parsed().catalogue is load_catalogue()


def test_the_table_is_read_only_when_a_name_is_looked_up() -> None:
    program = (
        "from capplan.reading import read_topology\n"
        "from capplan.topology import catalogue\n"
        "text = 'workload: {rate: 1/s}\\ncomponents: {web: {kind: server, time: 1ms, machine: %s}}'\n"
        "read_topology(text % '{cores: 2}', 'x')\n"
        "print(catalogue._rows.cache_info().misses)\n"
        "read_topology(text % 'm6i.large', 'x')\n"
        "print(catalogue._rows.cache_info().misses)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "1"]
