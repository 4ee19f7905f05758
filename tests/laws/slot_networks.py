"""Networks with slots that are held, room that runs out and callers without endless patience, to try laws on."""

from typing import NamedTuple

import hypothesis.strategies as st
import numpy as np

from capplan.queueing import laws
from capplan.queueing.balancing import Group, Policy
from capplan.queueing.fates import Caller, Losses
from capplan.queueing.laws import Law
from capplan.queueing.network import ENDLESS, Call, Fork, Gate, Network, Patience, Station, Stream, Task, Visit


class Shop(NamedTuple):
    """An application on replicas before one database; times in mean services of the database.

    Attributes:
        threads: slots of one replica; None: no gate.
        pool: connections of one replica; None: no gate.
        replicas: of the application.
        policy: of the balancer before it.
        servers: of the database.
        compute: mean time of the application, without a queue.
        law: service law of the database.
        backlog: room before the threads.
        room: room before the database.
        patience: of the application, for the database.
        client: patience of the client.
    """

    threads: int | None = None
    pool: int | None = None
    replicas: int = 1
    policy: Policy = Policy.RANDOM
    servers: int = 4
    compute: float = 1.0
    law: Law = laws.Exponential(1.0)
    backlog: int | None = None
    room: int | None = None
    patience: Patience = ENDLESS
    client: Patience = ENDLESS

    def _slots(self, count: int) -> Group:
        return Group(servers=float(count), replicas=self.replicas, policy=self.policy)

    @property
    def network(self) -> Network:
        """Task 0 is the database, 1 the application; a load of 1 is as much as the database serves."""
        gates: list[Gate] = []
        if self.threads is not None:
            gates.append(Gate("threads", self._slots(self.threads), self.backlog))
        if self.pool is not None:
            gates.append(Gate("pool", self._slots(self.pool)))
        database = Station("database", Group(servers=float(self.servers)), self.room)
        call = Call(0, pool=None if self.pool is None else len(gates) - 1, patience=self.patience)
        compute = (Visit(laws.Exponential(self.compute)),)
        app = Task("app", compute, (call,), gate=None if self.threads is None else 0)
        stream = Stream("requests", 1, slope=self.servers / self.law.mean, patience=self.client)
        work = Task("database", (Visit(self.law, 0),))
        return Network(stations=(database,), tasks=(work, app), streams=(stream,), gates=tuple(gates))


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Shops without slots: up to 4 replicas, up to 8 servers, exponential services."""
    return Shop(
        replicas=draw(st.integers(1, 4)),
        policy=draw(st.sampled_from([Policy.RANDOM, Policy.ROUND_ROBIN, Policy.LEAST_CONNECTIONS])),
        servers=draw(st.integers(1, 8)),
        compute=draw(st.floats(0.1, 4.0)),
    )


parts = st.floats(0.0, 0.9)


@st.composite
def losing(draw: st.DrawFn) -> tuple[Network, Losses]:
    """A network of all kinds of steps, and what is refused, late and wrong in it: at one load, at random."""
    again = st.builds(Patience, st.just(5.0), st.integers(0, 4), st.just(0.1), st.sampled_from([0.05, 0.3, np.inf]))
    patient = [draw(again) for _ in range(3)]
    count = draw(st.floats(0.3, 3.5))
    stations = tuple(Station(f"s{k}", Group(servers=2.0), room=1) for k in range(3))
    tasks = [Task(f"t{k}", (Visit(laws.Exponential(1.0), k),)) for k in range(3)]
    calls = (Call(0, count, patience=patient[0]), Call(1, patience=patient[1]), Call(2))
    steps = (calls[0], Fork(((calls[1],), (calls[2],))))
    tasks.append(Task("root", (), steps, gate=0))
    network = Network(
        stations=stations,
        tasks=tuple(tasks),
        streams=(Stream("requests", 3, slope=1.0, patience=patient[2]),),
        gates=(Gate("slots", Group(servers=4.0), room=2),),
    )
    callers: list[Caller] = [*calls, network.streams[0]]
    late = {caller: np.array([draw(parts)]) for caller in callers if caller.patience != ENDLESS}
    stations_lost = np.array([[draw(parts) for _ in range(3)]])
    errors = np.array([[draw(parts) for _ in range(4)]])
    return network, Losses(stations_lost, np.array([[draw(parts)]]), late, errors)
