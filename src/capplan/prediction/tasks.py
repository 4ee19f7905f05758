"""Endpoints as tasks: what one visit asks of each resource, and the calls that it makes, callees before callers."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from capplan.prediction.laws import core_speed, law
from capplan.prediction.model import Job
from capplan.prediction.scalability import slowdown
from capplan.prediction.stations import StationBook, replica_weights
from capplan.queueing.laws import Deterministic, Law, mixture
from capplan.queueing.network import Call, Choice, Fork, Patience, Step, Task, Visit
from capplan.topology import (
    Balancer,
    Cache,
    Component,
    Database,
    Endpoint,
    External,
    Logging,
    Logs,
    Machine,
    Parallel,
    Pipeline,
    Request,
    Storage,
    Topology,
)
from capplan.topology import Call as UserCall
from capplan.topology import Step as UserStep


class Key(NamedTuple):
    """Which task: an endpoint of a component, or lines of a size at a logging service."""

    component: str
    endpoint: str | None = None
    line: float | None = None


class TaskBook:
    """Translates every endpoint that is reached, each once."""

    def __init__(self, topology: Topology, book: StationBook) -> None:
        self.topology = topology
        self.book = book
        self.tasks: list[Task] = []
        self.jobs: list[Job] = []
        self._index: dict[Key, int] = {}

    def task(self, component: str, endpoint: str | None = None, request: str | None = None) -> int:
        """The index of the task that a call or a request starts; it and all that it calls are added."""
        return self._build(self._key(component, endpoint, request))

    def _build(self, root: Key) -> int:
        """Depth first with a stack of its own: chains of calls may be longer than Python's."""
        stack = [root]
        while stack:
            key = stack[-1]
            missing = [callee for callee in self._callees(key) if callee not in self._index]
            if key in self._index or not missing:
                stack.pop()
                if key not in self._index:
                    self._add(key)
            else:
                stack.extend(missing)
        return self._index[root]

    def _key(self, component: str, endpoint: str | None, request: str | None = None) -> Key:
        found = self.endpoint(component, endpoint, request)
        return Key(component, found.name)

    def endpoint(self, component: str, endpoint: str | None, request: str | None = None) -> Endpoint:
        """The endpoint that a call arrives at; the rules of the topology have seen to it that there is one."""
        found = self.topology.endpoint(component, endpoint, request)
        if found is None:
            raise LookupError(f"{component}.{endpoint or 'default'} has no endpoint; check the topology first")
        return found

    def _steps(self, key: Key) -> tuple[UserStep, ...]:
        if key.line is not None:
            return ()
        own = self.endpoint(key.component, key.endpoint).calls
        component = self.topology.component(key.component)
        return (*own, *component.on_miss) if isinstance(component, Cache) else own

    def _callees(self, key: Key) -> Iterator[Key]:
        for call in _flat(self._steps(key)):
            yield self._key(call.component, call.endpoint)
        logs = None if key.line is not None else self.topology.component(key.component).logs
        if logs is not None and logs.lines > 0.0:
            yield _lines(logs)

    def _add(self, key: Key) -> None:
        component = self.topology.component(key.component)
        endpoint = self.endpoint(key.component, key.endpoint)
        steps = self._translated(key, component, endpoint)
        self._index[key] = len(self.tasks)
        name = key.component if key.endpoint is None else f"{key.component}.{key.endpoint}"
        visits = tuple(self._visits(key, component, endpoint))
        gate = None if key.line is not None else self.book.gate(component, readers=_reads(component, key))
        self.tasks.append(Task(name, visits, steps, float(component.error_rate), gate))
        self.jobs.append(self._job(key, component, endpoint))

    def _translated(self, key: Key, component: Component, endpoint: Endpoint) -> tuple[Step, ...]:
        if key.line is not None:
            return ()
        if isinstance(component, Balancer):
            steps = self._forwarded(component, endpoint)
        else:
            steps = tuple(self._step(component, step) for step in endpoint.calls)
        if isinstance(component, Cache) and component.on_miss and component.hit_ratio is not None:
            missed = tuple(self._step(component, step) for step in component.on_miss)
            steps = (*steps, Choice(options=((1.0 - float(component.hit_ratio), missed),)))
        if component.logs is not None and component.logs.lines > 0.0:
            task = self._index[_lines(component.logs)]
            steps = (*steps, Call(task=task, count=float(component.logs.lines), waits=False))
        return steps

    def _forwarded(self, balancer: Balancer, endpoint: Endpoint) -> tuple[Step, ...]:
        """A balancer's own calls, then one of its targets."""
        own = len(balancer.own_endpoint.calls)
        steps = tuple(self._step(balancer, step) for step in endpoint.calls[:own])
        onward = self._onward(balancer, endpoint)
        if len(onward) == 1:
            return (*steps, self._call(balancer, onward[0][0]))
        return (*steps, Choice(options=tuple((part, (self._call(balancer, call),)) for call, part in onward)))

    def _onward(self, balancer: Balancer, endpoint: Endpoint) -> list[tuple[UserCall, float]]:
        """The calls of a balancer to its targets, each with its part of the visits: by the weights of the replicas."""
        calls = list(_flat(endpoint.calls[len(balancer.own_endpoint.calls) :]))
        weights = replica_weights(self.topology, balancer)
        total = sum(sum(weights[call.component]) for call in calls)
        return [(call, sum(weights[call.component]) / total) for call in calls]

    def _step(self, caller: Component, step: UserStep) -> Step:
        if isinstance(step, Parallel):
            return Fork(branches=tuple((self._step(caller, call),) for call in step.calls))
        call = self._call(caller, step)
        if step.probability >= 1.0:
            return call
        return Choice(options=((float(step.probability), (call,)),))

    def _call(self, caller: Component, call: UserCall) -> Call:
        endpoint = self.endpoint(call.component, call.endpoint)
        callee = self.topology.component(call.component)
        delays = () if self._together(caller, callee) else self.way(self.location(caller), callee, endpoint)
        task = self._index[Key(call.component, endpoint.name)]
        pool = None if isinstance(caller, Balancer) else self.book.pool(caller, call.component)
        waits = not call.asynchronous
        return Call(task, float(call.number), waits, delays, pool, patience(call))

    def way(self, origin: str | None, callee: Component, endpoint: Endpoint) -> tuple[Law, ...]:
        """The round trip and the transfers of a call from a place to a component."""
        locations, place = self.topology.locations, self.location(callee)
        laws: list[Law] = []
        trip = locations.rtt(origin, place)
        if trip is not None and trip.mean > 0.0:
            laws.append(law(trip))
        request, response = self.sizes(callee, endpoint)
        there, back = locations.bandwidth(origin, place), locations.bandwidth(place, origin)
        transfer = (request / there if there else 0.0) + (response / back if back else 0.0)
        if transfer > 0.0:
            laws.append(Deterministic(transfer))
        return tuple(laws)

    def location(self, component: Component) -> str | None:
        """Where a component runs: its own location, else its host's."""
        return component.location or self.topology.host(component.name).location

    def sizes(self, callee: Component, endpoint: Endpoint) -> tuple[float, float]:
        """(bytes of the request, of the response) of a visit; a balancer passes on what its target takes and gives."""
        request, response = float(endpoint.request), float(endpoint.response)
        if isinstance(callee, Balancer) and request == 0.0 and response == 0.0:
            for call, part in self._onward(callee, endpoint):
                there, back = self._moved(call)
                request, response = request + part * there, response + part * back
        return request, response

    def _moved(self, call: UserCall) -> tuple[float, float]:
        """(bytes of the request, of the response) of one call."""
        return self.sizes(self.topology.component(call.component), self.endpoint(call.component, call.endpoint))

    def _together(self, one: Component, other: Component) -> bool:
        """Whether two components share a machine, so that a call between them crosses no network."""
        return self.topology.host(one.name).name == self.topology.host(other.name).name

    def _job(self, key: Key, component: Component, endpoint: Endpoint) -> Job:
        """What a task is, and the bytes that one run of it moves."""
        if key.line is not None:
            return Job(component=key.component, endpoint=key.endpoint, request=key.line)
        received, sent = 0.0, 0.0
        for call, number in self._made(component, endpoint):
            if not self._together(component, self.topology.component(call.component)):
                there, back = self._moved(call)
                received, sent = received + number * back, sent + number * there
        logs = component.logs
        if logs is not None and not self._together(component, self.topology.component(logs.to)):
            sent += float(logs.bytes)
        request, response = self.sizes(component, endpoint)
        return Job(
            component=key.component,
            endpoint=key.endpoint,
            request=request,
            response=response,
            received=received,
            sent=sent,
        )

    def _made(self, component: Component, endpoint: Endpoint) -> list[tuple[UserCall, float]]:
        """The calls of one run, each with its mean number."""
        if isinstance(component, Balancer):
            own = _flat(endpoint.calls[: len(component.own_endpoint.calls)])
            return [*((call, call.mean_number) for call in own), *self._onward(component, endpoint)]
        made = [(call, call.mean_number) for call in _flat(endpoint.calls)]
        if isinstance(component, Cache) and component.hit_ratio is not None:
            missed = 1.0 - float(component.hit_ratio)
            made += [(call, missed * call.mean_number) for call in _flat(component.on_miss)]
        return made

    def _visits(self, key: Key, component: Component, endpoint: Endpoint) -> Iterator[Visit]:
        """What one visit asks of the component's own resources."""
        machine = self.book.machine(component)
        readers = _reads(component, key)
        if endpoint.time is not None and float(endpoint.time.mean) > 0.0:
            if isinstance(component, Pipeline):
                runners = self.book.shared(component, "runners", component.runners)
                yield Visit(law=law(endpoint.time), station=runners)
            elif machine is None:
                yield Visit(law=law(endpoint.time))
            else:
                station = self.book.cpu(component, machine, readers=readers)
                speed = core_speed(machine) / slowdown(self.topology, component)
                yield Visit(law=law(endpoint.time, speed), station=station)
        if isinstance(component, External | Storage) and component.latency is not None:
            yield Visit(law=law(component.latency))
        if isinstance(component, Storage):
            yield from self._stored(component, endpoint)
        if machine is not None and endpoint.io > 0.0 and not (isinstance(component, Storage) and component.iops):
            yield from self._disk(component, endpoint, machine, readers=readers)
        if key.line is not None and isinstance(component, Logging) and component.ingest and key.line > 0.0:
            station = self.book.shared(component, "ingest")
            yield Visit(law=Deterministic(key.line / float(component.ingest)), station=station)

    def _stored(self, store: Storage, endpoint: Endpoint) -> Iterator[Visit]:
        """A store's operations and its bandwidth, shared by all who use it."""
        if store.iops:
            operations = _operations(float(endpoint.io) or 1.0, 1.0 / float(store.iops))
            yield Visit(law=operations, station=self.book.shared(store, "disk"))
        moved = float(endpoint.request) + float(endpoint.response)
        if store.bandwidth and moved > 0.0:
            yield Visit(law=Deterministic(moved / float(store.bandwidth)), station=self.book.shared(store, "network"))

    def _disk(self, component: Component, endpoint: Endpoint, machine: Machine, *, readers: bool) -> Iterator[Visit]:
        """The disk operations of a visit, one after the other at the rate that the disk allows."""
        disk = machine.disk
        if disk is None or not (disk.iops or disk.throughput):
            return
        each = max(
            1.0 / float(disk.iops) if disk.iops else 0.0,
            float(endpoint.io_size) / float(disk.throughput) if disk.throughput else 0.0,
        )
        station = self.book.replicated(component, "disk", readers=readers)
        yield Visit(law=_operations(float(endpoint.io), each), station=station)


def patience(caller: UserCall | Request) -> Patience:
    """What a call or a request does while it waits, and after a failure."""
    timeout = float("inf") if caller.timeout is None else float(caller.timeout)
    return Patience(timeout, caller.retries.max, float(caller.backoff), float(caller.retries.budget))


def _reads(component: Component, key: Key) -> bool:
    """Whether a database's read replicas serve the task."""
    return isinstance(component, Database) and component.readers > 0 and key.endpoint in component.read_endpoints


def _operations(number: float, each: float) -> Law:
    """The time of a number of equal operations, 2.4 of them being 2 or 3."""
    whole = int(number)
    part = number - whole
    if part < 1e-12:
        return Deterministic(number * each)
    return mixture([(1.0 - part, Deterministic(whole * each)), (part, Deterministic((whole + 1) * each))])


def _flat(steps: Sequence[UserStep]) -> Iterator[UserCall]:
    for step in steps:
        yield from step.calls if isinstance(step, Parallel) else (step,)


def _lines(logs: Logs) -> Key:
    """The task of a line of this size at a logging service."""
    return Key(logs.to, None, float(logs.bytes) / float(logs.lines) if logs.lines else 0.0)
