"""The models of the reference cases as networks: inputs in, (network, load) out. Times are in mean service times."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import pi, sin
from typing import Any, TypeAlias

from capplan.queueing.balancing import Group, Policy
from capplan.queueing.laws import Deterministic, Exponential, Gamma, Hyperexponential, Law, Lognormal
from capplan.queueing.network import Call, Fork, Gate, Network, Patience, Station, Step, Stream, Task, Visit
from capplan.simulation.loads import Load, Steps, Users

Inputs: TypeAlias = Mapping[str, Any]

STEPS = 100
"""Of one swing of a load."""

POLICIES = {
    "rr": Policy.ROUND_ROBIN,
    "p2c": Policy.POWER_OF_TWO,
    "lc": Policy.LEAST_CONNECTIONS,
    "random": Policy.RANDOM,
}


def law(mean: float, scv: float, family: str = "auto") -> Law:
    """A law by its moments: constant, gamma below 1, exponential, lognormal above, or two phases where said."""
    if scv == 0.0:
        return Deterministic(mean)
    if scv == 1.0:
        return Exponential(mean)
    if family == "h2":
        return Hyperexponential(mean, scv)
    return Gamma(mean, scv) if scv < 1.0 else Lognormal(mean, scv)


def single(group: Group, service: Law, room: int | None = None, patience: Patience | None = None) -> Network:
    """One station that every request visits once; a load of 1 is one request per second."""
    stream = Stream("requests", 0, slope=1.0, patience=patience or Patience())
    return Network(
        stations=(Station("station", group, room),), tasks=(Task("task", (Visit(service, 0),)),), streams=(stream,)
    )


def queue(servers: int, rho: float, service: Law | None = None, **group: Any) -> tuple[Network, float]:
    """A single station at a utilisation; exponential services with mean 1 unless said otherwise."""
    law = service or Exponential(1.0)
    replicas = group.get("replicas", 1)
    return single(Group(servers=servers, **group), law), rho * servers * replicas / law.mean


def _finite(inputs: Inputs) -> tuple[Network, Load]:
    servers, most = inputs["c"], inputs["K"]
    patience = None
    if "attempts" in inputs:
        patience = Patience(inputs["tau"], inputs["attempts"] - 1, inputs["backoff"])
    room = most - servers if most < 1e6 else None
    return single(Group(servers=servers), law(1.0, inputs["scv_s"]), room, patience), inputs["rho"] * servers


def _ggc(inputs: Inputs) -> tuple[Network, Load]:
    service = law(1.0, inputs["scv_s"], inputs.get("service", "auto"))
    network, load = queue(inputs["c"], inputs["rho"], service)
    return replace(network, streams=(network.streams[0]._replace(scv=inputs["scv_a"]),)), load


def _skewed(inputs: Inputs) -> tuple[Network, Load]:
    """Clients whose addresses do not come equally often, or weights at random, before equal replicas."""
    shares = tuple(inputs["weights"])
    policy = Policy.IP_HASH if inputs["policy"].startswith("iphash") else Policy.RANDOM
    group = Group(servers=inputs["c"], replicas=len(shares), policy=policy, shares=shares)
    return single(group, law(1.0, inputs["scv_s"])), inputs["lam"]


def _sinus(inputs: Inputs) -> tuple[Network, Load]:
    """A load that swings, in steps so short that hardly anything comes in one."""
    mean, swing, period = inputs["rho"] * inputs["c"], inputs["A"], inputs["period"]
    middles = [(k + 0.5) / STEPS for k in range(STEPS)]
    parts = tuple((period / STEPS, mean * (1.0 + swing * sin(2.0 * pi * middle))) for middle in middles)
    return single(Group(servers=inputs["c"]), law(1.0, inputs["scv_s"])), Steps(parts)


def _path(inputs: Inputs) -> tuple[Network, Load]:
    """Routes through several stations in order of arrival, and constant delays."""
    stations = tuple(Station(f"station {k}", Group(servers=c)) for k, c in enumerate(inputs["stations"]))
    tasks: list[Task] = []
    streams: list[Stream] = []
    for part, steps in inputs["routes"]:
        visits = tuple(
            Visit(Deterministic(step[1])) if step[0] == "rtt" else Visit(law(step[1], step[2]), step[0])
            for step in steps
        )
        tasks.append(Task(f"route {len(tasks)}", visits))
        streams.append(Stream(f"requests {len(streams)}", len(streams), slope=part))
    return Network(stations=stations, tasks=tuple(tasks), streams=tuple(streams)), inputs["lam"]


def _visits(inputs: Inputs) -> tuple[Network, Load]:
    """One station several times, each time after a pause."""
    once = (Visit(Exponential(inputs["gap_exp"])), Visit(law(inputs["S"], inputs["scv_s"]), 0))
    task = Task("task", once * inputs["V"])
    station = Station("station", Group(servers=inputs["c"]))
    return Network(stations=(station,), tasks=(task,), streams=(Stream("requests", 0, slope=1.0),)), inputs["lam"]


def _balanced(inputs: Inputs) -> tuple[Network, Load]:
    service = law(1.0, inputs["scv_s"], inputs.get("service", "auto"))
    policy = POLICIES[inputs.get("policy", "random")]
    sharing = "policy" not in inputs
    return queue(inputs["c"], inputs["rho"], service, replicas=inputs.get("N", 1), policy=policy, sharing=sharing)


def _pool(inputs: Inputs) -> tuple[Network, Load]:
    """A thread held during CPU time and, with a connection, a database's, so many times in turn."""
    times, cores = inputs["visits"], inputs["cores"]
    stations = [Station("db", Group(servers=inputs["db_c"]))]
    stations += [Station("cpu", Group(servers=cores, sharing=True))] if cores else []
    gates = [Gate("threads", Group(servers=inputs["threads"]))]
    gates += [Gate("connections", Group(servers=inputs["pool"]))] if inputs["pool"] else []
    cpu = Task("cpu", (Visit(law(inputs["s1"] / times, inputs["scv1"]), 1 if cores else None),))
    db = Task("db", (Visit(law(inputs["s2"] / times, inputs["scv2"]), 0),))
    steps: tuple[Step, ...] = (Call(0), Call(1, pool=1 if inputs["pool"] else None)) * times
    app = Task("app", (), steps, gate=0)
    streams = (Stream("requests", 2, slope=1.0),)
    network = Network(stations=tuple(stations), tasks=(cpu, db, app), streams=streams, gates=tuple(gates))
    return network, inputs["lam"]


def _closed(inputs: Inputs) -> tuple[Network, Load]:
    stations = tuple(Station(f"s{k}", Group(servers=c)) for k, (c, _) in enumerate(inputs["stations"]))
    visits = tuple(Visit(law(mean, inputs["scv_s"]), k) for k, (_, mean) in enumerate(inputs["stations"]))
    streams = (Stream("requests", 0, slope=1.0),)
    network = Network(stations=stations, tasks=(Task("task", visits),), streams=streams)
    return network, Users(inputs["N"], Exponential(inputs["Z"]))


def _fork_join(inputs: Inputs) -> tuple[Network, Load]:
    branches, servers = range(inputs["k"]), inputs["c"]
    tasks = [Task(f"branch {k}", (Visit(law(1.0, inputs["scv_s"]), k),)) for k in branches]
    tasks.append(Task("whole", (), (Fork(tuple((Call(k),) for k in branches)),)))
    network = Network(
        stations=tuple(Station(f"s{k}", Group(servers=servers)) for k in branches),
        tasks=tuple(tasks),
        streams=(Stream("requests", len(branches), slope=1.0),),
    )
    return network, inputs["rho"] * servers


def _composite(inputs: Inputs) -> tuple[Network, Load]:
    """Groups of replicas behind balancers, visited or held, shared processors and delays, in routes."""
    topology = inputs["topology"]
    groups = [Group(servers=c, replicas=n, policy=POLICIES[policy]) for _, n, c, policy in topology["groups"]]
    shared = [Group(servers=cores, sharing=True) for cores in topology.get("ps", ())]
    tasks: list[Task] = []

    def single_task(step: list[Any]) -> Task:
        name, kind = f"step {len(tasks)}", step[0]
        if kind == "rtt":
            return Task(name, (Visit(Deterministic(step[1])),))
        if kind == "cpu":
            return Task(name, (Visit(law(step[1], step[2])),))
        station = step[1] if kind == "lb" else len(groups) + step[1]
        return Task(name, (Visit(law(step[2], step[3]), station),))

    def build(steps: list[list[Any]], gate: int | None = None) -> int:
        calls = []
        for step in steps:
            if step[0] == "hold":
                calls.append(Call(build(step[2], step[1])))
            else:
                tasks.append(single_task(step))
                calls.append(Call(len(tasks) - 1))
        tasks.append(Task(f"route {len(tasks)}", (), tuple(calls), gate=gate))
        return len(tasks) - 1

    streams = tuple(
        Stream(f"requests {k}", build(steps), slope=part) for k, (part, steps) in enumerate(topology["routes"])
    )
    network = Network(
        stations=tuple(Station(f"station {k}", group) for k, group in enumerate([*groups, *shared])),
        tasks=tuple(tasks),
        streams=streams,
        gates=tuple(Gate(f"gate {k}", group) for k, group in enumerate(groups)),
    )
    return network, inputs["lam"]


MODELS: Mapping[str, Callable[[Inputs], tuple[Network, Load]]] = {
    "mmc": _ggc,
    "ggc": _ggc,
    "lb_skew": _skewed,
    "sinus": _sinus,
    "path": _path,
    "visits": _visits,
    "finite": _finite,
    "retry": _finite,
    "lb": _balanced,
    "ps": _balanced,
    "pool": _pool,
    "closed": _closed,
    "forkjoin": _fork_join,
    "e2e": _composite,
}
