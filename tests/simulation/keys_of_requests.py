"""What `simulate` does with each key of the format: played, of a period, or worked out for a reason.

Keys of stories are in `keys_of_stories.py`.
"""

from collections.abc import Mapping

BASE = """\
version: 1
workload: {rate: 100/s}
requests:
  page: {share: 60%, to: lb, timeout: 1s, retries: 1, backoff: 50ms, from: eu}
  call: {share: 40%, to: app.call}
locations:
  local: 0.5ms
  eu: {rtt: {us: 20ms}, bandwidth: {us: 100Mbps}}
  us: {}
machines:
  box: {cores: 2, network: 1Gbps, disk: {iops: 4000, throughput: 100MB/s}}
components:
  lb: {kind: balancer, location: eu, policy: ip_hash, skew: 0.5, forwards_to: app}
  app:
    kind: server
    location: eu
    machine: box
    replicas: 2
    concurrency: 4
    backlog: 1
    time: {mean: 12ms, cv: 1.5}
    request: 2kB
    response: 20kB
    io: 2
    logs: {to: log, lines: 2, bytes: 300B}
    calls:
      - {cache: 1}
      - {db: 1.5, pool: 3, timeout: 30ms, retries: 1, backoff: 10ms}
      - parallel:
          - {pay: 1}
          - {files: 1, probability: 50%}
      - {bus: 0.5, async: true}
    endpoints:
      call: {time: 4ms, request: 1kB, response: 9kB, io: 1, calls: {db.read: 1}}
  cache: {kind: cache, machine: {cores: 2}, location: eu, time: 1ms, hit_ratio: 80%, on_miss: [{db: 1}]}
  db:
    kind: database
    location: us
    machine: {cores: 2}
    time: 3ms
    response: 5kB
    error_rate: 1%
    readers: 2
    read_endpoints: [read]
    endpoints: {read: {time: 6ms}}
  pay: {kind: external, latency: {mean: 20ms, cv: 1.2}, rate_limit: 70/s}
  files: {kind: storage, latency: 5ms, bandwidth: 100MB/s, iops: 500}
  bus: {kind: queue, workers: mailer}
  mailer: {kind: server, machine: {cores: 1}, time: 5ms}
  log: {kind: logging, machine: {cores: 1}, time: 0.2ms}
  archive: {kind: logging, machine: {cores: 1}, time: 0.2ms}
  gauges: {kind: metrics, machine: {cores: 1}, time: 0.1ms, series: 3000, scrape_interval: 15s}
  ci: {kind: pipeline, machine: {cores: 1}, time: 20ms, builds: 1M/day, runners: 1, deploys: [app]}
"""

CALLS = "components.app.calls"
USERS = ("workload={users: 40, think_time: 300ms}",)
THINKING = "workload={{users: 40, think_time: {{{}}}}}"
LIMITED = "components.app.scalability={{{}}}"
RTT = "locations.local={{{}}}"

Settings = tuple[str, ...]
PLAYED: Mapping[str, tuple[Settings, Settings]] = {
    # workload
    "workload": ((), ("workload.rate=90/s",)),
    "Workload.rate": ((), ("workload.rate=90/s",)),
    "Workload.users": (USERS, ("workload={users: 50, think_time: 300ms}",)),
    "Workload.think_time": (USERS, ("workload={users: 40, think_time: 400ms}",)),
    "Workload.burstiness": ((), ("workload.burstiness=4",)),
    # requests
    "requests": ((), ("requests.page.share=50%", "requests.call.share=50%")),
    "Request.share": ((), ("requests.page.share=50%", "requests.call.share=50%")),
    "Request.to": ((), ("requests.call.to=db.read",)),
    "Request.timeout": ((), ("requests.page.timeout=60ms",)),
    "Request.retries": ((), ("requests.page.retries=3",)),
    "Request.backoff": ((), ("requests.page.backoff=200ms",)),
    "Request.from": ((), ("requests.page.from=us",)),
    "Retries.max": (("requests.page.retries={max: 1}",), ("requests.page.retries={max: 4}",)),
    "Retries.budget": (("requests.page.retries={max: 4}",), ("requests.page.retries={max: 4, budget: 1%}",)),
    # places
    "locations": ((), ("locations.local=2ms",)),
    "locations.local": ((), ("locations.local=2ms",)),
    "Location.rtt": ((), ("locations.eu.rtt={us: 60ms}",)),
    "Location.bandwidth": ((), ("locations.eu.bandwidth={us: 10Mbps}",)),
    # machines
    "machines": ((), ("machines.box.cores=1",)),
    "Machine.cores": ((), ("machines.box.cores=1",)),
    "Machine.network": ((), ("machines.box.network=50Mbps",)),
    "Machine.disk": ((), ("machines.box.disk={iops: 400, throughput: 100MB/s}",)),
    "Machine.speed": ((), ("machines.box.speed=1.5",)),
    "Disk.iops": ((), ("machines.box.disk.iops=400",)),
    "Disk.throughput": ((), ("machines.box.disk.throughput=5MB/s",)),
    # components of every kind
    "components": ((), ("components.app.time=20ms",)),
    "components.kind": ((), ("components.mailer={kind: external, latency: 5ms}",)),
    "Component.kind": ((), ("components.mailer={kind: external, latency: 5ms}",)),
    "Component.location": ((), ("components.cache.location=us",)),
    "Component.replicas": ((), ("components.app.replicas=3",)),
    "Component.machine": ((), ("components.app.machine={cores: 3}",)),
    "Component.host": ((), ("components.mailer={kind: server, host: app, time: 5ms}",)),
    "Component.time": ((), ("components.app.time=20ms",)),
    "Component.calls": ((), (f"{CALLS}=[{{db: 1}}]",)),
    "Component.request": ((), ("components.app.request=200kB",)),
    "Component.response": ((), ("components.app.response=200kB",)),
    "Component.io": ((), ("components.app.io=6",)),
    "Component.io_size": ((), ("components.app.io_size=400kB",)),
    "Component.endpoints": ((), ("components.app.endpoints.call={time: 9ms}",)),
    "Component.concurrency": ((), ("components.app.concurrency=2",)),
    "Component.backlog": ((), ("components.app.backlog=0",)),
    "Component.discipline": ((), ("components.app.discipline=ps",)),
    "Component.error_rate": ((), ("components.app.error_rate=5%",)),
    "Component.availability": ((), ("components.app.availability=90%",)),
    "Component.mtbf": (
        ("components.app.mtbf=9d", "components.app.mttr=1d"),
        ("components.app.mtbf=4d", "components.app.mttr=1d"),
    ),
    "Component.mttr": (
        ("components.app.mtbf=9d", "components.app.mttr=1d"),
        ("components.app.mtbf=9d", "components.app.mttr=3d"),
    ),
    "Component.logs": ((), ("components.app.logs={to: log, lines: 20, bytes: 300B}",)),
    "Logs.to": ((), ("components.app.logs={to: archive, lines: 2, bytes: 300B}",)),
    "Component.scalability": ((), (LIMITED.format("contention: 0.2"),)),
    "Scalability.contention": ((), (LIMITED.format("contention: 0.2"),)),
    "Scalability.coherency": ((), (LIMITED.format("coherency: 0.1"),)),
    "Scalability.across_replicas": ((), (LIMITED.format("across_replicas: {contention: 0.2}"),)),
    "Contention.contention": (
        (LIMITED.format("across_replicas: {contention: 0.1}"),),
        (LIMITED.format("across_replicas: {contention: 0.2}"),),
    ),
    "Contention.coherency": ((), (LIMITED.format("across_replicas: {coherency: 0.1}"),)),
    "Endpoint.time": ((), ("components.app.endpoints.call.time=9ms",)),
    "Endpoint.calls": ((), ("components.app.endpoints.call.calls={db.read: 2}",)),
    "Endpoint.request": ((), ("components.app.endpoints.call.request=200kB",)),
    "Endpoint.response": ((), ("components.app.endpoints.call.response=200kB",)),
    "Endpoint.io": ((), ("components.app.endpoints.call.io=6",)),
    "Endpoint.io_size": ((), ("components.app.endpoints.call.io_size=400kB",)),
    # random times, wherever they stand
    "time.mean": (("components.app.time={mean: 12ms}",), ("components.app.time={mean: 13ms}",)),
    "time.cv": ((), ("components.app.time={mean: 12ms, cv: 2}",)),
    "time.dist": (
        ("components.app.time={mean: 12ms, dist: exponential}",),
        ("components.app.time={mean: 12ms, dist: deterministic}",),
    ),
    # calls, wherever they stand
    "call.async": ((), (f"{CALLS}.3.async=false",)),
    "call.probability": ((), (f"{CALLS}.0.probability=50%",)),
    "call.timeout": ((), (f"{CALLS}.1.timeout=5ms",)),
    "call.retries": ((), (f"{CALLS}.1.retries=3",)),
    "call.backoff": ((), (f"{CALLS}.1.backoff=40ms",)),
    "call.pool": ((), (f"{CALLS}.1.pool=1",)),
    "call.parallel": ((), (f"{CALLS}=[{{pay: 1}}, {{files: 1, probability: 50%}}]",)),
    # kinds
    "Balancer.forwards_to": ((), ("components.lb.forwards_to=[app, mailer]",)),
    "Balancer.policy": ((), ("components.lb={kind: balancer, location: eu, policy: power_of_two, forwards_to: app}",)),
    "Balancer.weights": ((), ("components.lb={kind: balancer, policy: random, weights: [1, 3], forwards_to: app}",)),
    "Balancer.skew": ((), ("components.lb.skew=2",)),
    "Database.readers": (
        ("components.db.machine={cores: 1}", "workload.rate=150/s"),
        ("components.db.machine={cores: 1}", "workload.rate=150/s", "components.db.readers=1"),
    ),
    "Database.read_endpoints": ((), ("components.db.readers=0", "components.db.read_endpoints=[]")),
    "Cache.hit_ratio": ((), ("components.cache.hit_ratio=20%",)),
    "Cache.on_miss": ((), ("components.cache.on_miss=[{db: 3}]",)),
    "Cdn.hit_ratio": (
        ("components.cache={kind: cdn, hit_ratio: 80%, on_miss: [{db: 1}]}",),
        ("components.cache={kind: cdn, hit_ratio: 20%, on_miss: [{db: 1}]}",),
    ),
    "Cdn.on_miss": (
        ("components.cache={kind: cdn, hit_ratio: 80%, on_miss: [{db: 1}]}",),
        ("components.cache={kind: cdn, hit_ratio: 80%, on_miss: [{db: 3}]}",),
    ),
    "Storage.latency": ((), ("components.files.latency=50ms",)),
    "Storage.bandwidth": ((), ("components.files={kind: storage, latency: 5ms, bandwidth: 1MB/s, response: 90kB}",)),
    "Storage.iops": ((), ("components.files.iops=60",)),
    "External.latency": ((), ("components.pay.latency=50ms",)),
    "External.rate_limit": ((), ("components.pay.rate_limit=30/s",)),
    "Queue.workers": ((), ("components.bus.workers=log",)),
    "Metrics.scrape_interval": ((), ("components.gauges.scrape_interval=5s",)),
    "Metrics.series": ((), ("components.gauges.series=9000",)),
    "Pipeline.builds": ((), ("components.ci.builds=2M/day",)),
    "Pipeline.runners": (("components.ci.builds=3M/day",), ("components.ci.builds=3M/day", "components.ci.runners=2")),
}

PERIODS: Mapping[str, tuple[str, str]] = {
    "Workload.profile": ("workload.profile=[0.2, 1]", "workload.profile=[0.5, 1]"),
}
"""Keys that are met by requests of the period."""

WORKED_OUT: Mapping[str, str] = {
    "version": "of the format",
    "name": "a name",
    "description": "a text",
    "currency": "in which prices are written",
    "slos": "judged on what was measured",
    "alerts": "judged on what was measured",
    "Slo.name": "a name",
    "Slo.objective": "judged on what was measured",
    "Slo.window": "for how long an objective is promised: said with it",
    "Alert.name": "a name",
    "Alert.when": "judged on what was measured",
    "Alert.for": "enters the time to notification, which is worked out",
    "Alert.severity": "said with the alert",
    "Alert.notify": "enters the time to notification, which is worked out",
    "Alerting.evaluation_interval": "enters the time to notification, which is worked out",
    "Alerting.notify": "enters the time to notification, which is worked out",
    "Notify.channel": "said with the alert",
    "Notify.delay": "enters the time to notification, which is worked out",
    "resilience": "other states than the one that is played",
    "Resilience.replicas_lost": "another state than the one that is played",
    "Resilience.zone_lost": "another state than the one that is played",
    "Resilience.during_deploy": "another state than the one that is played",
    "Location.zones": "of a state in which one is lost",
    "Pipeline.deploys": "of a state in which something is deployed",
    "Scenario.description": "a text",
    "Workload.growth": "of forecasts",
    "Component.scaling": "what `recommend` may choose from",
    "Scaling.machines": "what `recommend` may choose from",
    "Scaling.replicas": "what `recommend` may choose from",
    "Scaling.fixed": "what `recommend` may choose from",
    "Machine.price": "costs are worked out",
    "Machine.family": "said with the machine",
    "Machine.memory": "memory is worked out: nothing waits for it",
    "Component.memory": "memory is worked out: nothing waits for it",
    "Memory.base": "memory is worked out: nothing waits for it",
    "Memory.per_visit": "memory is worked out: nothing waits for it",
    "Disk.size": "storage is worked out: nothing waits for it",
    "Database.data": "storage is worked out: nothing waits for it",
    "Storage.data": "storage is worked out: nothing waits for it",
    "Data.size": "storage is worked out: nothing waits for it",
    "Data.growth": "of forecasts",
    "External.price": "costs are worked out",
    "Logging.ingest": "a bandwidth that lines are held against: nothing waits for it",
    "Logging.retention": "storage is worked out: nothing waits for it",
    "Logging.price": "costs are worked out",
    "Logs.lines": "each visit sends one message with all its lines",
    "Logs.bytes": "the volume is held against `ingest`: nothing waits for it",
    "Metrics.price": "costs are worked out",
}
