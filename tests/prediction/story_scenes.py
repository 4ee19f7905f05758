"""A shop with everything that a story concerns, and its stories."""

from capplan.prediction.story import Scene, story_of
from capplan.reading import read_topology
from capplan.topology import Scenario, Topology, parse_event

SHOP = """
workload: {rate: 100/s}
requests: {home: {to: lb}}
locations: {eu: {zones: 2}, us: {}}
components:
  lb: {kind: balancer, policy: least_connections, forwards_to: api}
  api:
    kind: server
    replicas: 3
    location: eu
    machine: {cores: 2, network: 1Gbps}
    concurrency: 20
    time: 5ms
    response: 10kB
    calls: [{sessions: 1, pool: 5}, {payments: 10%}, {files: 1}]
    deploy: {max_unavailable: 1, max_surge: 1, warmup: 20s, drain: 5s}
  guest: {kind: server, host: api, time: 1ms}
  sessions: {kind: cache, location: us, time: 1ms, hit_ratio: 80%, on_miss: {db.read: 1, db.write: 0.1}}
  db:
    kind: database
    location: eu
    readers: 2
    read_endpoints: [read]
    mtbf: 30d
    mttr: 10m
    endpoints: {read: {time: 2ms}, write: {time: 3ms}}
  payments: {kind: external, latency: 50ms}
  files: {kind: storage, latency: 1ms, iops: 3000}
"""


def read(text: str = SHOP) -> Topology:
    return read_topology(text, "shop.yaml")


def scene(*events: str, text: str = SHOP, rate: float | None = None, duration: float | None = None) -> Scene:
    topology = read(text)
    scenario = Scenario.of([parse_event(event, topology) for event in events], duration)
    return story_of(topology, scenario, rate, 60.0)
