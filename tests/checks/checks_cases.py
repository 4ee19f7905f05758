"""Topologies as text into analyses, and how a rate at which something turns is tried on both sides."""

from capplan.checks.analysis import analyze
from capplan.checks.records import AlertState, Analysis, Objective
from capplan.reading import read_topology
from capplan.topology import Topology

STEP = 1e-6
"""Relative distance from a turning rate at which the other side must be reached."""


def topology(text: str) -> Topology:
    return read_topology(f"version: 1\n{text}", "test.yaml")


def analysis(text: str, rate: float | None = None) -> Analysis:
    return analyze(topology(text), rate)


def alert(text: str, when: str, rate: float | None = None) -> AlertState:
    """The one alert of a topology."""
    return analysis(f"{text}\nalerts: [{{when: {when}}}]\n", rate).alerts[0]


def slo(text: str, objective: str, rate: float | None = None) -> Objective:
    """The one objective of a topology."""
    return analysis(f"{text}\nslos: [{objective}]\n", rate).slos[0]


def turning(text: str, when: str) -> tuple[float, list[bool], float]:
    """Where an alert fires; whether it does just below and just above; its value there over its threshold."""
    at = alert(text, when).fires_at_rate
    assert at is not None
    assert at > 0.0
    sides = [alert(text, when, at * part).firing for part in (1 - STEP, 1 + STEP)]
    there = alert(text, when, at)
    assert there.value is not None
    return at, sides, there.value / there.threshold
