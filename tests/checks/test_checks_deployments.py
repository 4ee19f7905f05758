"""How long deployments take, and what analyze says of crowded connections."""

import pytest

import capplan

DEPLOYED = """
workload: {{rate: 10/s}}
components:
  app: {{kind: server, replicas: {replicas}, machine: {{cores: 8}}, time: 1ms, deploy: {{{deploy}}}}}
resilience: {{during_deploy: true}}
"""


def said(text: str, code: str) -> list[str]:
    return [note.message for note in capplan.analyze(capplan.parse(text)).prediction.notes if note.code == code]


@pytest.mark.parametrize(
    ("replicas", "deploy", "duration"),
    [
        (8, "warmup: 40s, drain: 20s", "2 min, 2 times"),
        (8, "max_unavailable: 0, max_surge: 1, warmup: 1m", "8 min, 8 times"),
        (3, "max_unavailable: 0, max_surge: 0, warmup: 1m", "3 min, 3 times"),
        (8, "strategy: blue_green, warmup: 40s", "40 s, 1 times"),
    ],
)
def test_a_deployment_takes_as_many_steps_as_replicas_may_go(replicas: int, deploy: str, duration: str) -> None:
    (message,) = said(DEPLOYED.format(replicas=replicas, deploy=deploy), "deploy-duration")
    assert f"about {duration}" in message


def test_nothing_is_said_of_a_deployment_without_times() -> None:
    assert said(DEPLOYED.format(replicas=4, deploy="strategy: rolling"), "deploy-duration") == []


def test_pools_that_hold_more_connections_than_are_taken_are_noted() -> None:
    text = """
workload: {{rate: 10/s}}
components:
  app: {{kind: server, replicas: 4, machine: {{cores: 8}}, time: 1ms, calls: [{{db: 1, pool: {pool}}}]}}
  db: {{kind: database, machine: {{cores: 8}}, time: 1ms, concurrency: 100}}
"""
    assert said(text.format(pool=25), "connections") == []
    (message,) = said(text.format(pool=26), "connections")
    assert "104" in message
    assert "100" in message
