"""Rules about who calls whom: callees and endpoints exist, no call comes back to its caller, requests have a way in."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from capplan.errors import Problem, Route
from capplan.topology.calls import Call
from capplan.topology.components import Component
from capplan.topology.kinds import Balancer, Cache, Queue
from capplan.topology.scope import COMPONENTS, Scope, located, problem, targets, unknown, written_calls
from capplan.topology.topology import Topology, calls_of

_UNCALLED = ("alerting", "metrics", "pipeline")
Node = tuple[str, str | None]


def callees_exist(scope: Scope) -> Iterator[Problem]:
    """Every call goes to an endpoint of a component that takes calls."""
    for component in scope.topology.components.values():
        for route, call in written_calls(component):
            if call.component in scope.names("components") and "workers" in route and call.endpoint is None:
                continue  # whoever sends to the queue says which endpoint
            yield from _arrives(scope, route, call.component, call.endpoint, at_key=True)


def requests_arrive(scope: Scope) -> Iterator[Problem]:
    """Every request goes to an endpoint of a component that takes calls."""
    for name, request in scope.topology.requests.items():
        if request.to is not None:
            yield from _arrives(
                scope, Route(("requests", name, "to")), request.component, request.endpoint, request=name
            )


def _arrives(
    scope: Scope, route: Route, name: str, endpoint: str | None, *, request: str | None = None, at_key: bool = False
) -> Iterator[Problem]:
    topology = scope.topology
    if name not in scope.names("components"):
        yield unknown(route, name, "component", scope.names("components"), at_key=at_key)
        return
    component = topology.components.get(name)
    if component is None or not _sound_below(scope, name):
        return
    if component.kind in _UNCALLED:
        yield problem(route, f"`{name}` is {component.title}, which takes no calls", "another component", at_key=at_key)
    elif topology.endpoint(name, endpoint, request) is None:
        known = endpoints_of(topology, name)
        if endpoint is None and known:
            yield problem(route, f"`{name}` has no default endpoint", f"one of {_listed(name, known)}", at_key=at_key)
        elif endpoint is not None:
            yield unknown(
                route, f"{name}.{endpoint}", "endpoint", [f"{name}.{known_one}" for known_one in known], at_key=at_key
            )


def _listed(component: str, endpoints: list[str]) -> str:
    return ", ".join(f"`{component}.{endpoint}`" for endpoint in endpoints)


def _sound_below(scope: Scope, name: str) -> bool:
    """Whether this component and all that it hands visits on to are free of faults and known."""
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        component = scope.topology.components.get(current)
        if component is None or not scope.sound("components", current):
            return False
        if current not in seen:
            seen.add(current)
            waiting += [*targets(component), *(call.component for call in consumers(component))]
    return True


def consumers(component: Component) -> tuple[Call, ...]:
    """The workers of a queue."""
    return component.consumers if isinstance(component, Queue) else ()


def endpoints_of(topology: Topology, name: str) -> list[str]:
    """The names of a component's endpoints; a balancer and a queue have those of the components behind them."""
    found: dict[str, None] = {}
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop(0)
        component = topology.components.get(current)
        if component is None or current in seen:
            continue
        seen.add(current)
        found |= dict.fromkeys(component.endpoints)
        waiting += [*targets(component), *(call.component for call in consumers(component))]
    return list(found)


def requests_have_an_entry(scope: Scope) -> Iterator[Problem]:
    """Without `requests`, exactly one component is called by no other; the requests go there."""
    topology = scope.topology
    if topology.requests or not topology.components or not scope.sound("components") or not scope.sound("requests"):
        return
    called = {call.component for component in topology.components.values() for call in calls_of(component)}
    if not called <= topology.components.keys():
        return
    route, entries = Route(("components",)), topology.entries
    if len(entries) == 1:
        yield from _arrives(scope, COMPONENTS / entries[0], entries[0], None, at_key=True)
    elif entries:
        listed = ", ".join(f"`{entry}`" for entry in entries)
        yield problem(
            route,
            f"several components are called by none: {listed}",
            "`requests` that say where each enters",
            at_key=True,
        )
    elif not list(calls_do_not_go_in_circles(scope)):
        yield problem(
            route,
            "there is no component for requests to enter at",
            "`requests` that say where each enters",
            at_key=True,
        )


def calls_do_not_go_in_circles(scope: Scope) -> Iterator[Problem]:
    """No endpoint calls itself, directly or through others."""
    state: dict[Node, bool] = {}
    for name, component in scope.topology.components.items():
        for endpoint in (None, *component.endpoints):
            yield from _circles(scope.topology, (name, endpoint), state)


def _circles(topology: Topology, start: Node, done: dict[Node, bool]) -> Iterator[Problem]:
    """Depth first from a node, without recursion; `done` is False for nodes on the way and True for finished ones."""
    start = _canonical(topology, start)
    if start in done:
        return
    path = [start]
    branches = [iter(_edges(topology, start))]
    done[start] = False
    while path:
        route, node = next(branches[-1], (None, start))
        if route is None:
            done[path.pop()] = True
            branches.pop()
        elif node not in done:
            done[node] = False
            path.append(node)
            branches.append(iter(_edges(topology, node)))
        elif not done[node]:
            circle = [*path[path.index(node) :], node]
            shown = " -> ".join(_shown(node) for node in circle)
            yield problem(
                route,
                f"the calls go in a circle: {shown}",
                "calls that end somewhere: take one of these out",
                at_key=True,
            )


def _shown(node: Node) -> str:
    return node[0] if node[1] is None else f"{node[0]}.{node[1]}"


def _canonical(topology: Topology, node: Node) -> Node:
    """The node under the name that its endpoint really has (a default endpoint may be a named one)."""
    name, endpoint = node
    component = topology.components.get(name)
    if component is None or isinstance(component, Balancer | Queue) or endpoint is not None:
        return node
    default = component.default_endpoint
    return (name, default.name if default is not None else None)


def _edges(topology: Topology, node: Node) -> list[tuple[Route, Node]]:
    name, endpoint = node
    component = topology.components.get(name)
    if component is None:
        return []
    route = COMPONENTS / name
    own = endpoint is None or endpoint not in component.endpoints
    steps = component.calls if own else component.endpoints[endpoint or ""].calls
    calls = list(located(steps, route / "calls" if own else route / "endpoints" / (endpoint or "") / "calls"))
    if isinstance(component, Cache):
        calls += located(component.on_miss, route / "on_miss")
    edges = [(at, (call.component, call.endpoint)) for at, call in calls]
    edges += [(route / "forwards_to" / i, (target, endpoint)) for i, target in enumerate(targets(component))]
    if isinstance(component, Queue):
        places = {call.component: at for at, call in located(component.workers, route / "workers")}
        resolved = topology.endpoint(*node)
        sent = resolved.calls[len(steps) :] if resolved is not None else ()
        edges += [(places[call.component], (call.component, call.endpoint)) for call in sent if isinstance(call, Call)]
    return [
        (at, _canonical(topology, to))
        for at, to in edges
        if topology.endpoint(*to) is not None or _is_circle(topology, to)
    ]


def _is_circle(topology: Topology, node: Node) -> bool:
    """Whether a node has no endpoint only because balancers or queues hand visits round and round."""
    component = topology.components.get(node[0])
    return component is not None and isinstance(component, Balancer | Queue)


RULES: Final[tuple[Callable[[Scope], Iterable[Problem]], ...]] = (
    callees_exist,
    requests_arrive,
    requests_have_an_entry,
    calls_do_not_go_in_circles,
)
