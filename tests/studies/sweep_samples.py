"""A small topology to sweep, as text with settings laid over it."""

from collections.abc import Sequence

from capplan.reading import read_topology
from capplan.studies.spans import parameter
from capplan.studies.sweep import sweep
from capplan.studies.sweep_records import Sweep
from capplan.topology import Topology

SHOP = """\
version: 1
name: Shop
workload: {rate: 100/s}
requests:
  browse: {to: app, share: 80%}
  order: {to: app.order, share: 20%}
machines: {box: {cores: 2, memory: 8GB, price: 0.1}}
components:
  app:
    kind: server
    machine: box
    replicas: 2
    time: 10ms
    error_rate: 0.1%
    memory: {base: 1GB, per_visit: 10MB}
    endpoints: {order: {time: 20ms, calls: {cache: 1}}}
  cache: {kind: cache, machine: box, time: 1ms, hit_ratio: 80%, on_miss: {db: 2}}
  db: {kind: database, machine: box, time: 5ms}
slos: [total.p99 < 100ms, order.p99.5 < 200ms, app.p99 < 90ms, order.success_rate > 99%, cost.month < 400]
alerts:
  - {when: app.cpu > 70%}
  - {when: app.memory > 30%}
  - {when: total.mean > 15ms}
  - {when: db.rate > 12/s}
  - {when: app.queue_length > 2}
  - {when: db.error_rate > 1%}
"""

ALONE = """\
version: 1
workload: {rate: 10/s}
components: {app: {kind: server, machine: {cores: 1}, time: 10ms}}
"""


def built(text: str, settings: Sequence[str]) -> Topology:
    return read_topology(text, "test.yaml", settings)


def swept(text: str, *settings: str, points: int = 5, rate: float | None = None) -> Sweep:
    """The sweep of a text over ranges or lists."""
    return sweep(lambda more: built(text, more), [parameter(setting, points) for setting in settings], rate=rate)
