"""Topologies with uncertain inputs, and inputs made uncertain."""

from pathlib import Path

import capplan
from capplan.topology import Topology
from capplan.uncertainty.inputs import Input, inputs
from capplan.units import Uncertain

ROOT = Path(__file__).parents[2]
TOUR = sorted((ROOT / "topologies").glob("*.yaml"))
TICKETS = ROOT / "docs" / "how-to" / "examples" / "uncertain-inputs.yaml"

QUEUE = """\
version: 1
name: Queue
workload: {{rate: {rate}}}
components:
  app: {{kind: server, machine: {{cores: 1}}, time: {time}}}
slos: [total.mean < 100ms]
alerts: [{{name: busy, when: app.cpu > 70%}}]
"""


def queue(rate: str = "50/s", time: str = "10ms ±20%") -> Topology:
    """An M/M/1 queue."""
    return capplan.parse(QUEUE.format(rate=rate, time=time))


def times_and_hits(topology: Topology, part: float = 0.2) -> tuple[Input, ...]:
    """The service times, latencies and hit ratios of a topology, each uncertain by this part."""
    return tuple(
        one._replace(value=Uncertain(one.value, one.value * (1.0 - part), _most(one, part)))
        for one in inputs(topology)
        if one.steps[0] == "components" and one.path.rpartition(".")[2] in ("time", "latency", "hit_ratio")
    )


def _most(one: Input, part: float) -> float:
    return min(one.value * (1.0 + part), 0.5 * (1.0 + one.value)) if one.fraction else one.value * (1.0 + part)
