"""Rules about single components and what they name, but for calls: hosts, logs, keys that demand other keys."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from capplan.errors import Problem
from capplan.topology.components import Component
from capplan.topology.kinds import Balancer, Cache, Database, Pipeline
from capplan.topology.policies import Policy
from capplan.topology.scope import COMPONENTS, Scope, problem, unknown


def hosts_are_machines_of_others(scope: Scope) -> Iterator[Problem]:
    """A host is another component that has machines itself; whoever shares them has its replicas and its location."""
    components = scope.topology.components
    for name, component in components.items():
        if component.host is None:
            continue
        route = COMPONENTS / name / "host"
        if component.host not in scope.names("components"):
            yield unknown(route, component.host, "component", set(components) - {name})
        elif component.host == name:
            yield problem(route, "a component cannot be its own host", "another component, or `machine`")
        elif component.host in components:
            yield from _host_fits(component, components[component.host], scope)


def _host_fits(component: Component, host: Component, scope: Scope) -> Iterator[Problem]:
    route = COMPONENTS / component.name
    if host.host is not None:
        chain = _chain(component, scope)
        circle = chain[chain.index(chain[-1]) : -1]
        if circle:
            if component.name != next(name for name in scope.topology.components if name in circle):
                return  # it is said of the first one
            hint = "give one of them a `machine` instead of a `host`"
            yield problem(route / "host", f"the hosts go in a circle: {' -> '.join(chain)}", hint)
        else:
            yield problem(
                route / "host", f"`{host.name}` has no machines: it has a host itself", f"`host: {chain[-1]}`"
            )
        return
    if component.machine is not None:
        yield problem(
            route / "machine", f"it runs on the machines of `{host.name}`", "either `machine` or `host`", at_key=True
        )
    if "replicas" in component.model_fields_set and component.replicas != host.replicas:
        what = f"`{host.name}`, whose machines it shares, has {host.replicas} replicas"
        yield problem(route / "replicas", what, f"leave `replicas` out (it is {host.replicas})")
    if component.location not in (None, host.location):
        yield problem(
            route / "location", f"`{host.name}`, whose machines it shares, runs elsewhere", "leave `location` out"
        )


def _chain(component: Component, scope: Scope) -> list[str]:
    """The component, its host, the host of that, and so on, up to one without a host or one that was there before."""
    chain = [component.name]
    current: Component | None = component
    while current is not None and current.host is not None:
        chain.append(current.host)
        if current.host in chain[:-1]:
            break
        current = scope.topology.components.get(current.host)
    return chain


def logs_go_to_logging(scope: Scope) -> Iterator[Problem]:
    """`logs.to` names a component of kind logging."""
    for name, component in scope.topology.components.items():
        to = component.logs.to if component.logs is not None else None
        if to is None:
            continue
        route = COMPONENTS / name / "logs" / "to"
        if to not in scope.names("components"):
            yield unknown(route, to, "component", scope.of_kind("logging") or scope.names("components"))
        elif to in scope.topology.components and scope.topology.components[to].kind != "logging":
            kind = scope.topology.components[to].kind
            yield problem(route, f"`{to}` is a {kind}, not a logging service", "a component of kind logging")


def availability_is_said_once(scope: Scope) -> Iterator[Problem]:
    """Either `availability`, or both `mtbf` and `mttr`."""
    for name, component in scope.topology.components.items():
        route = COMPONENTS / name
        times = [key for key in ("mtbf", "mttr") if getattr(component, key) is not None]
        if times and component.availability is not None:
            what = f"`{times[0]}` says the same as `availability`"
            yield problem(route / times[0], what, "either `availability`, or `mtbf` and `mttr`", at_key=True)
        elif len(times) == 1 and scope.sound(*route):
            other = "mttr" if times == ["mtbf"] else "mtbf"
            yield problem(
                route / times[0], f"`{times[0]}` alone does not fix the availability", f"`{other}` as well", at_key=True
            )


def balancers_have_targets(scope: Scope) -> Iterator[Problem]:
    """A balancer forwards to components that take visits, has no endpoints of its own, and one weight a replica."""
    for component in scope.topology.components.values():
        if isinstance(component, Balancer):
            yield from _targets_are_known(component, scope)
            yield from _balancing_fits(component, scope)


def _targets_are_known(balancer: Balancer, scope: Scope) -> Iterator[Problem]:
    route = COMPONENTS / balancer.name / "forwards_to"
    others = [other for other in scope.names("components") if other != balancer.name]
    for index, target in enumerate(balancer.forwards_to or ()):
        if target not in others:
            yield unknown(route / index, target, "other component", others)
    if balancer.forwards_to == ():
        yield problem(route, "the balancer has no target", f"one of {', '.join(others[:10])}", at_key=True)


def _balancing_fits(balancer: Balancer, scope: Scope) -> Iterator[Problem]:
    route, topology = COMPONENTS / balancer.name, scope.topology
    if balancer.endpoints:
        yield problem(
            route / "endpoints", "a balancer has the endpoints of its targets", "leave `endpoints` out", at_key=True
        )
    if balancer.skew is not None and balancer.policy is not Policy.IP_HASH:
        yield problem(
            route / "skew",
            f"keys play no part in the policy {balancer.policy}",
            "`policy: ip_hash`, or no `skew`",
            at_key=True,
        )
    targets = [
        target
        for target in balancer.forwards_to or ()
        if target in topology.components and scope.sound("components", target)
    ]
    replicas = sum(topology.replicas(target) for target in targets)
    if balancer.weights and len(targets) == len(balancer.forwards_to or ()) and len(balancer.weights) != replicas:
        what = f"{len(balancer.weights)} weights for {replicas} replicas"
        yield problem(route / "weights", what, f"one weight for each replica of {', '.join(targets)}")


def read_endpoints_are_served(scope: Scope) -> Iterator[Problem]:
    """Read replicas and the endpoints that they serve come together; those are endpoints of the database."""
    for name, component in scope.topology.components.items():
        if not isinstance(component, Database) or not scope.sound("components", name):
            continue
        route = COMPONENTS / name
        for index, endpoint in enumerate(component.read_endpoints):
            if endpoint not in component.endpoints:
                yield unknown(route / "read_endpoints" / index, endpoint, "endpoint", component.endpoints)
        if component.readers and not component.read_endpoints:
            yield problem(
                route / "readers", "nothing says what the readers serve", "`read_endpoints: [...]`", at_key=True
            )
        if component.read_endpoints and not component.readers:
            yield problem(
                route / "read_endpoints", "there are no readers to serve these", "`readers: 1` or more", at_key=True
            )


def misses_need_a_hit_ratio(scope: Scope) -> Iterator[Problem]:
    """`on_miss` is of no use without a `hit_ratio`."""
    for name, component in scope.topology.components.items():
        if (
            isinstance(component, Cache)
            and component.on_miss
            and component.hit_ratio is None
            and scope.sound("components", name)
        ):
            yield problem(
                COMPONENTS / name / "on_miss",
                "nothing says how many visits miss",
                "`hit_ratio: 90%` beside it",
                at_key=True,
            )


def deployed_components_exist(scope: Scope) -> Iterator[Problem]:
    """A pipeline deploys components of the topology."""
    for name, component in scope.topology.components.items():
        for index, deployed in enumerate(component.deploys if isinstance(component, Pipeline) else ()):
            if deployed not in scope.names("components"):
                yield unknown(COMPONENTS / name / "deploys" / index, deployed, "component", scope.names("components"))


def scalability_is_of_machines(scope: Scope) -> Iterator[Problem]:
    """`scalability` is written where the machines are, and leaves something that can be shared out."""
    for name, component in scope.topology.components.items():
        declared = component.scalability
        if declared is None or not scope.sound("components", name):
            continue
        route = COMPONENTS / name / "scalability"
        if component.host is not None:
            what = f"it runs on the machines of `{component.host}`"
            yield problem(route, what, f"`scalability` of `{component.host}`", at_key=True)
        for part, at in ((declared, route), (declared.across_replicas, route / "across_replicas")):
            if part is not None and part.contention >= 1.0:
                what = "nothing is left that could be shared out"
                yield problem(at / "contention", what, "less than 100%")


RULES: Final[tuple[Callable[[Scope], Iterable[Problem]], ...]] = (
    hosts_are_machines_of_others,
    logs_go_to_logging,
    availability_is_said_once,
    balancers_have_targets,
    read_endpoints_are_served,
    misses_need_a_hit_ratio,
    deployed_components_exist,
    scalability_is_of_machines,
)
