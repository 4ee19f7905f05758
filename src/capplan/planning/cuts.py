"""Cuts: what a plan that misses something says about all plans that are no faster.

A plan that misses an objective is made as fast as it can be while it still misses it: each component on the best that
its options have together, where even that does not help, else on the fastest option that does not. Every plan whose
components are each no faster misses the objective too, so the plan sought has at least one component that is faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from capplan.checks.metrics import classes_of
from capplan.checks.records import Miss
from capplan.checks.states import State
from capplan.planning.best import best_of
from capplan.planning.menus import Menu
from capplan.planning.options import Plan, applied
from capplan.planning.slowness import Aspect, Slowness
from capplan.planning.trials import Trials
from capplan.queueing.arrays import Array, Mask
from capplan.topology import Component, Topology, calls_of


class Top(NamedTuple):
    """The option of a component that does not help yet (its index on the menu), and by what options are compared."""

    aspect: Aspect
    option: int


@dataclass(frozen=True)
class Cut:
    """At least one of these components must be faster than here.

    Attributes:
        miss: what is missed otherwise.
        state: the state in which it is.
        tops: each component that can help.
    """

    miss: Miss
    state: State
    tops: Mapping[str, Top]

    def helps(self, name: str, order: Slowness, among: int) -> Mask:
        """(options,) whether an option of a component satisfies the cut."""
        if name not in self.tops:
            return np.zeros(len(order.menu), dtype=bool)
        aspect, option = self.tops[name]
        return ~order.no_faster(self.state, aspect, option, max(among, option + 1))


@dataclass
class Lifter:
    """Makes cuts.

    Attributes:
        trials: holds plans against everything.
        orders: the order of the options of each component.
        busy: (options,) utilisation of each option by component.
    """

    trials: Trials
    orders: Mapping[str, Slowness]
    busy: Mapping[str, Array]

    def cut(self, plan: Plan, miss: Miss, among: Mapping[str, int]) -> Cut:
        """The cut that a plan which misses something allows.

        Args:
            plan: the plan.
            miss: what it misses.
            among: how many options of each menu are looked at.
        """
        state = next(state for state in self.trials.states if state.name == miss.state)
        aspect = _aspect(miss) if self.trials.ordered or not self.trials.bent else Aspect.SAME
        if aspect in (Aspect.MORE, Aspect.SAME):
            return Cut(miss, state, self._unlifted(plan, miss, aspect))
        concerned = self._concerned(miss, aspect)
        lifted = applied(self.trials.topology, self.trials.units, plan)
        if self.trials.scv and self.trials.still(lifted, miss) is None:
            return Cut(miss, state, self._unlifted(plan, miss, Aspect.SAME))
        helping: list[str] = []
        for name in self._by_use(concerned, plan):
            best = _with(lifted, best_of(self._menu(name)))
            if self.trials.still(best, miss) is not None:
                lifted = best
            else:
                helping.append(name)
        tops = {}
        for name in helping:
            chain = [own := self._menu(name).index[plan[name]]]
            chain += self.orders[name].no_slower(state, aspect, own, max(among[name], own + 1))
            last = self._last_missing(lifted, name, chain, miss)
            lifted = _with(lifted, self.trials.units[name].applied(self._menu(name).option(last)))
            tops[name] = Top(aspect, last)
        return Cut(miss, state, tops)

    def hopeless(self, miss: Miss) -> bool:
        """Whether something is missed even with the best of everything."""
        best = {name: best_of(order.menu) for name, order in self.orders.items()}
        whole = self.trials.topology.model_copy(update={"components": {**self.trials.topology.components, **best}})
        return self.trials.still(whole, miss) is not None

    def _menu(self, name: str) -> Menu:
        return self.orders[name].menu

    def _concerned(self, miss: Miss, aspect: Aspect) -> list[str]:
        """The components that what is missed depends on: with arrivals as they are given, those that are waited for."""
        if aspect is not Aspect.TIME or not self.orders:
            return list(self.orders)
        topology = self.trials.topology
        if miss.subject in topology.components:
            return [name for name in self.orders if name == topology.host(miss.subject).name]
        model = next(iter(self.orders.values())).models[0]
        classes = classes_of(tuple(topology.request_classes), miss.subject)
        streams = [index for name in classes for index, _ in model.streams_of(name)]
        tasks = np.flatnonzero(model.traffic.awaited[streams].sum(axis=0) > 0.0).tolist()
        hosts = {topology.host(model.jobs[task].component).name for task in tasks}
        return [name for name in self.orders if name in hosts]

    def _by_use(self, names: Sequence[str], plan: Plan) -> list[str]:
        """Those first that are least busy: they are the likeliest not to help."""
        return sorted(names, key=lambda name: float(self.busy[name][self._menu(name).index[plan[name]]]))

    def _last_missing(self, lifted: Topology, name: str, chain: list[int], miss: Miss) -> int:
        """The last option of a chain, slowest first, with which the objective is still missed, by halving."""
        low, high = 0, len(chain)
        while high - low > 1:
            middle = (low + high) // 2
            component = self.trials.units[name].applied(self._menu(name).option(chain[middle]))
            if self.trials.still(_with(lifted, component), miss) is not None:
                low = middle
            else:
                high = middle
        return chain[low]

    def _unlifted(self, plan: Plan, miss: Miss, aspect: Aspect) -> dict[str, Top]:
        """The plan's own options: for connections, whoever holds them needs fewer machines, who takes them more."""
        topology = self.trials.topology
        own = {name: self._menu(name).index[option] for name, option in plan.items()}
        if aspect is Aspect.SAME:
            return {name: Top(aspect, option) for name, option in own.items()}
        holders = {
            topology.host(name).name
            for name, component in topology.components.items()
            if any(call.component == miss.subject and call.pool is not None for call in calls_of(component))
        }
        tops = {name: Top(Aspect.FEWER, own[name]) for name in holders if name in own}
        taker = topology.host(miss.subject).name
        return tops | ({taker: Top(Aspect.MORE, own[taker])} if taker in own else {})


def _with(topology: Topology, component: Component) -> Topology:
    return topology.model_copy(update={"components": {**topology.components, component.name: component}})


def _aspect(miss: Miss) -> Aspect:
    """By what options are compared where this is missed."""
    metric = miss.metric.split(".", 1)[1]
    if metric == "connections":
        return Aspect.MORE
    if metric in ("success_rate", "error_rate"):
        return Aspect.UP
    if not miss.operator.startswith("<") and metric != "replicas":
        return Aspect.SAME
    time = metric == "mean" or (metric[0] == "p" and metric[1:2].isdigit())
    return Aspect.TIME if time else Aspect.PARTS
