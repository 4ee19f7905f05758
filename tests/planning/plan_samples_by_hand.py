"""Hand-made topologies whose plans are known, and how one plan of a recommendation is found."""

import capplan
from capplan.planning.recommend import recommend
from capplan.planning.records import Plan, Recommendation, Strategy
from capplan.planning.wishes import Wishes

MACHINES = """\
version: 1
machines:
  small: {cores: 1, price: 0.1, memory: 2GB}
  large: {cores: 4, price: 0.41, memory: 8GB}
"""
APP = "app: {kind: server, machine: small, replicas: 2, time: 10ms"
FOUR = APP.replace("replicas: 2", "replicas: 4")


def recommended(text: str, rate: float, wishes: Wishes | None = None) -> Recommendation:
    return recommend(capplan.parse(f"{MACHINES}workload: {{rate: 100/s}}\n{text}"), rate, wishes)


def plan_of(recommendation: Recommendation, strategy: Strategy) -> Plan:
    return next(plan for plan in recommendation.plans if plan.strategy is strategy)
