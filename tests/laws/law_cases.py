"""What the laws are tried on: service laws, groups, loads and small networks, drawn the same way in every run."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import settings

from capplan.queueing import laws
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Law
from capplan.queueing.network import Call, Choice, Fork, Network, Station, Step, Stream, Task, Visit
from capplan.queueing.tails import Tail

TRIED = settings(derandomize=True, deadline=None, database=None, max_examples=40)
"""The same cases in every run; no clock."""
LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)

means = st.floats(1e-3, 10.0)
"""Service times (seconds)."""
smooth_scvs = st.floats(0.1, 4.0)
loads = st.floats(0.05, 0.95)
servers = st.integers(1, 40)


@st.composite
def service_laws(draw: st.DrawFn, mean: float | None = None) -> Law:
    """Any family, SCV up to 4."""
    time = draw(means) if mean is None else mean
    family = draw(st.sampled_from(["deterministic", "exponential", "gamma", "lognormal", "hyperexponential"]))
    if family == "deterministic":
        return laws.Deterministic(time)
    if family == "exponential":
        return laws.Exponential(time)
    if family == "hyperexponential":
        return laws.Hyperexponential(time, draw(st.floats(1.1, 4.0)))
    return (laws.Gamma if family == "gamma" else laws.Lognormal)(time, draw(smooth_scvs))


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """Up to 8 replicas of up to 8 servers, any policy."""
    return Group(
        servers=float(draw(st.integers(1, 8))),
        replicas=draw(st.integers(1, 8)),
        policy=draw(st.sampled_from(list(Policy))),
    )


def single(group: Group, law: Law, scv: float = 1.0) -> Network:
    """One station; the load is the utilisation."""
    return Network(
        stations=(Station(name="queue", group=group),),
        tasks=(Task(name="work", visits=(Visit(law=law, station=0),)),),
        streams=(Stream(name="jobs", task=0, slope=group.servers * group.replicas / law.mean, scv=scv),),
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Three stations called in series, by chance, several times and in parallel; none is full before load 1."""
    stations = tuple(Station(name=f"s{index}", group=draw(groups())) for index in range(3))
    counts = [draw(st.floats(0.2, 3.0)), draw(st.floats(0.1, 1.0)), 1.0]
    calls: list[Step] = [
        Call(task=0, count=counts[0], delays=(laws.Deterministic(draw(means)),)),
        Choice(options=((counts[1], (Call(task=1),)),)),
        Fork(branches=((Call(task=2),), (Call(task=1, count=0.5),))),
    ]
    visits = [counts[0], counts[1] + 0.5, counts[2]]
    tasks = []
    for index, station in enumerate(stations):
        law = draw(service_laws(mean=station.servers / visits[index] * draw(st.floats(0.3, 1.0))))
        tasks.append(Task(name=f"t{index}", visits=(Visit(law=law, station=index),)))
    root = Task(name="root", steps=tuple(draw(st.permutations(calls))))
    return Network(stations=stations, tasks=(*tasks, root), streams=(Stream(name="requests", task=3, slope=1.0),))


def percentiles_agree(one: Tail, other: Tail, unit: float = 1.0) -> bool:
    """Whether each law has the other's percentiles (those of `one` x unit), within 0.5 % and a step of each grid."""
    slack = 1.5 * (one.whole.steps * unit + other.whole.steps)
    for level in LEVELS:
        here, there = one.quantiles([level])[:, 0] * unit, other.quantiles([level])[:, 0]
        crossed = other.above(here * 1.005 + slack) > 1.001 * (1.0 - level)
        missed = other.above(np.maximum(here * 0.995 - slack, 0.0)) < 0.999 * (1.0 - level)
        if np.any(crossed | missed) and not np.allclose(here, there, rtol=5e-3):
            return False
    return True


def at(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Load points."""
    return np.array(values, dtype=float)
