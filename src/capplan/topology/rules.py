"""Rules that span several records.

Each is a function from a scope to the problems that it finds; its docstring is its manual page.

A rule says nothing of what rests on a part that is faulty already. Positions are not known here; they are added by
the reader.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from capplan.errors import Problem, Route
from capplan.topology import rules_of_components, rules_of_graph, rules_of_objectives, rules_of_scenarios
from capplan.topology.scope import Scope, problem, unknown
from capplan.topology.topology import Topology

Rule = Callable[[Scope], Iterable[Problem]]
_SUM = 1e-6


def version_is_known(scope: Scope) -> Iterator[Problem]:
    """The format has one version so far."""
    if scope.topology.version not in (1, None):
        yield problem(Route(("version",)), f"version {scope.topology.version} is not known", "version: 1")


def workload_is_open_or_closed(scope: Scope) -> Iterator[Problem]:
    """A workload has either a rate, or users with their think time."""
    workload, route = scope.topology.workload, Route(("workload",))
    if workload is None or not scope.sound("workload"):
        return
    if workload.rate is not None and workload.users is not None:
        yield problem(
            route / "users", "a workload has either a `rate` or `users`", "leave one of them out", at_key=True
        )
    if workload.rate is None and workload.users is None:
        yield problem(
            route, "nothing says how much arrives", "`rate: 200/s`, or `users: 500` with `think_time: 5s`", at_key=True
        )
    if workload.users is None and workload.think_time is not None:
        yield problem(
            route / "think_time",
            "only `users` have a think time",
            "`users` instead of `rate`, or no `think_time`",
            at_key=True,
        )
    if workload.users is not None and "burstiness" in workload.model_fields_set:
        yield problem(
            route / "burstiness",
            "only an open workload is bursty",
            "`rate` instead of `users`, or no `burstiness`",
            at_key=True,
        )


def names_mean_one_thing(scope: Scope) -> Iterator[Problem]:
    """A subject of metrics is a request, a component, `total` or `cost`: no two of these may share a name."""
    for section in ("requests", "components"):
        for name in scope.names(section):
            if name in ("total", "cost"):
                yield problem(Route((section, name)), f"`{name}` is a word of metrics", "another name", at_key=True)
    for name in scope.names("requests"):
        if name in scope.names("components"):
            what = f"`{name}` is both a request and a component"
            yield problem(
                Route(("requests", name)),
                what,
                "another name for one of them, so that metrics name one thing",
                at_key=True,
            )


def shares_sum_to_one(scope: Scope) -> Iterator[Problem]:
    """The shares of all requests sum to 1, and so do the shares of the locations of each."""
    requests = scope.topology.requests
    if requests and scope.sound("requests"):
        yield from _sum_to_one(Route(("requests",)), "the shares of the requests", [r.share for r in requests.values()])
    for name, request in requests.items():
        if request.origin and scope.sound("requests", name):
            yield from _sum_to_one(
                Route(("requests", name, "from")), "the shares of the locations", request.origin.values()
            )


def _sum_to_one(route: Route, what: str, shares: Collection[float]) -> Iterator[Problem]:
    total = sum(shares)
    if abs(total - 1) > _SUM:
        side = "take" if total > 1 else "add"
        yield problem(
            route, f"{what} sum to {total:.6g}", f"shares that sum to 1: {side} {abs(total - 1):.6g}", at_key=True
        )


def locations_are_known(scope: Scope) -> Iterator[Problem]:
    """Whatever names a location names one of `locations`."""
    known, topology = scope.names("locations"), scope.topology
    named: list[tuple[Route, str, bool]] = []
    for name, component in topology.components.items():
        if component.location is not None:
            named.append((Route(("components", name, "location")), component.location, False))
    for name, request in topology.requests.items():
        named += [(Route(("requests", name, "from", place)), place, True) for place in request.origin]
    for name, location in topology.locations.places.items():
        named += [(Route(("locations", name, "rtt", other)), other, True) for other in location.rtt]
        named += [(Route(("locations", name, "bandwidth", other)), other, True) for other in location.bandwidth]
    for route, name, at_key in named:
        if name not in known:
            yield unknown(route, name, "location", known, at_key=at_key)


def machines_are_known(scope: Scope) -> Iterator[Problem]:
    """Whatever names a machine names one of `machines`, or one of the catalogue."""
    named: list[tuple[Route, str]] = []
    for name, component in scope.topology.components.items():
        route = Route(("components", name))
        if isinstance(component.machine, str):
            named.append((route / "machine", component.machine))
        if component.scaling is not None:
            named += [
                (route / "scaling" / "machines" / i, machine) for i, machine in enumerate(component.scaling.machines)
            ]
    own, catalogue = scope.names("machines"), scope.topology.catalogue
    for route, name in named:
        if name not in own and name not in catalogue:
            yield problem(route, f"there is no machine `{name}`", catalogue.hint(name, own))


RULES: Final[tuple[Rule, ...]] = (
    version_is_known,
    workload_is_open_or_closed,
    names_mean_one_thing,
    shares_sum_to_one,
    locations_are_known,
    machines_are_known,
    *rules_of_components.RULES,
    *rules_of_graph.RULES,
    *rules_of_objectives.RULES,
    *rules_of_scenarios.RULES,
)


def check(
    topology: Topology, declared: Mapping[str, Collection[str]] | None = None, faulty: Collection[Route] = ()
) -> list[Problem]:
    """Every problem that the rules find, in their order."""
    scope = Scope(topology, declared or {}, faulty)
    return [found for rule in RULES for found in rule(scope)]
