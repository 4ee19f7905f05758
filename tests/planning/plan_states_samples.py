"""A shop in two places, and what is missed in its states."""

import capplan
from capplan.checks.holding import Situation
from capplan.checks.states import State, states_of
from capplan.topology import Topology

SHOP = """
workload: {rate: 100/s}
machines: {s: {cores: 2, price: 0.1}}
locations: {here: {zones: 3, rtt: {there: 1ms}}, there: {rtt: {here: 1ms}}}
components:
  lb: {kind: balancer, location: here, forwards_to: app}
  app: {kind: server, location: here, machine: s, replicas: 4, time: 5ms, calls: {db.read: 1, db.write: 1, side: 1}}
  side: {kind: cache, host: app, time: 1ms}
  db:
    kind: database
    location: here
    machine: s
    readers: 3
    read_endpoints: [read]
    endpoints: {read: {time: 3ms}, write: {time: 2ms}}
  far: {kind: server, location: there, machine: s, replicas: 2, time: 1ms}
requests: {page: {share: 0.9, to: lb}, other: {share: 0.1, to: far}}
"""


def read(text: str) -> Topology:
    return capplan.parse(f"version: 1\n{text}")


def states(topology: Topology) -> dict[str, State]:
    return {state.name: state for state in states_of(topology)}


def misses(topology: Topology, state: str, rate: float) -> dict[str, float | None]:
    """What does not hold in a state, by metric."""
    return {miss.metric: miss.value for miss in Situation(topology, states(topology)[state], rate).misses()}
