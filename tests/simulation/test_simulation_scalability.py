"""Servers that slow each other down, played out: what theory says of them, and what the chain says exactly."""

import pytest

import capplan

TEXT = """
version: 1
workload: {{rate: 1500/s}}
components:
  lb: {{kind: balancer, forwards_to: app, policy: {policy}}}
  app:
    kind: server
    machine: {{cores: 16}}
    replicas: 2
    time: 12ms
    discipline: {discipline}
    scalability: {{contention: 3%, coherency: 0.0004, across_replicas: {{contention: 1%}}}}
"""


@pytest.mark.parametrize("discipline", ["fifo", "ps"])
@pytest.mark.parametrize("policy", ["random", "least_connections"])
def test_simulation_and_theory_agree(policy: str, discipline: str) -> None:
    topology = capplan.parse(TEXT.format(policy=policy, discipline=discipline))
    theory = capplan.analyze(topology).to_dict()
    played = capplan.simulate(topology, requests=100_000, seed=1).to_dict()
    for key, within in (("mean", 0.02), ("p50", 0.03), ("p99", 0.05)):
        assert played["total"]["latency"][key] == pytest.approx(theory["total"]["latency"][key], rel=within)
    cpu = theory["components"]["app"]["utilisation"]["cpu"]
    assert played["components"]["app"]["utilisation"]["cpu"] == pytest.approx(cpu, rel=0.02)
