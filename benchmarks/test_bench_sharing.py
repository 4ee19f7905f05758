"""An analysis with shared processors beside the same one in order of arrival: a law over sizes beside one law."""

from typing import Any

from side_by_side import alternated

from capplan import parse
from capplan.checks.analysis import analyze

SHOP = """\
version: 1
workload: {{rate: 300/s}}
requests:
  browse: {{to: web, share: 80%}}
  order: {{to: web.order, share: 20%}}
components:
  web:
    kind: server
    replicas: 3
    machine: {{cores: 2}}
    time: {{mean: 12ms, cv: 1.5}}
    discipline: {discipline}
    calls: {{db: 1}}
    endpoints: {{order: {{time: 20ms, calls: {{db: 2}}}}}}
  db: {{kind: server, machine: {{cores: 4}}, time: {{mean: 5ms, cv: 1.2}}, discipline: {discipline}}}
slos: [total.p99 < 200ms, order.p95 < 150ms]
alerts:
  - {{when: web.cpu > 70%}}
"""


def test_shared_stations_beside_the_same_in_order(benchmark: Any, capsys: Any) -> None:
    ordered, shared = (parse(SHOP.format(discipline=discipline)) for discipline in ("fifo", "ps"))
    benchmark.pedantic(analyze, args=(shared,), rounds=5, warmup_rounds=1)
    ratio = alternated(lambda: analyze(ordered), lambda: analyze(shared), rounds=9)
    benchmark.extra_info["ratio"] = ratio
    with capsys.disabled():
        print(f"\n  shared: {ratio:.1f} x in order (aim 8)")
