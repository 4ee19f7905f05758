"""The search for the cheapest plan: choose the cheapest, look at it exactly, learn from what it misses, choose again.

The choice is the cheapest that nothing learnt so far speaks against, so the first plan that holds everything is the
cheapest of all (logic-based Benders decomposition, Hooker and Ottosson 2003): what is learnt (`cuts`) never excludes a
plan that holds. Components that an objective does not depend on take no part in its cuts and are never multiplied.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from capplan.checks.records import Miss
from capplan.planning.bounds import Wanted, wanted
from capplan.planning.cuts import Cut, Lifter
from capplan.planning.fronts import NoneHoldsError, TooManyError
from capplan.planning.master import cheapest
from capplan.planning.menus import Menu, choices
from capplan.planning.merging import Merging
from capplan.planning.options import NOTHING, Plan, Price, summed
from capplan.planning.slowness import Slowness
from capplan.planning.trials import Trials
from capplan.queueing.arrays import Array, Mask

FEW = 300
"""Up to so many plans are looked at one by one where components change each other's load."""
WINDOW = 24
"""Options of a menu that are compared at first; more when the choice goes beyond them."""
FIRST_STEP = 0.01
"""How far above the least price plans are joined at first."""
FURTHER = 1.5
"""How much further each time."""
STEPS = 60
GRACE = 1.0
"""Seconds in which the best plan is made cheaper when the time is over."""
TARGETS = (0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05)
"""Utilisations at which a first plan that holds everything is looked for."""


@dataclass(frozen=True)
class Seen:
    """A plan that was looked at, and what it misses."""

    plan: Plan
    price: Price
    miss: Miss


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search came to.

    Attributes:
        plan: the cheapest plan, or the best that there was time for; None where there is none.
        price: what it costs.
        bound: what the cheapest costs at least.
        proven: whether nothing cheaper holds everything; without a plan, whether none holds.
        seen: plans that miss something.
        cuts: what was learnt.
    """

    plan: Plan | None
    price: Price | None
    bound: Price | None
    proven: bool
    seen: tuple[Seen, ...]
    cuts: tuple[Cut, ...]


@dataclass
class Search:
    """One search.

    Attributes:
        trials: holds plans against everything.
        orders: each component's menu, and its options in order.
        busy: (options,) utilisation of each option by component.
        left: seconds that are left.
        seeds: plans that may hold everything, from other strategies.
        tell: is told the bound and the best so far.
    """

    trials: Trials
    orders: Mapping[str, Slowness]
    busy: Mapping[str, Array]
    left: Callable[[], float]
    seeds: Sequence[Plan]
    tell: Callable[[Price | None, Price | None], None]
    _among: dict[str, int] = field(default_factory=dict)
    _cuts: list[Cut] = field(default_factory=list)
    _helps: list[dict[str, Mask]] = field(default_factory=list)
    _seen: list[Seen] = field(default_factory=list)
    _merged: set[str] = field(default_factory=set)
    _bound: Price | None = None
    _best: tuple[Plan, Price] | None = None

    def run(self) -> Found:
        """The cheapest plan, or the best that there is time for."""
        self.trials.heard = self._report
        self.trials.ordered = not self.trials.bent or choices(self._menus.values()) > FEW
        self._among = {name: min(WINDOW, len(menu)) for name, menu in self._menus.items()}
        try:
            plan = self._cheapest_that_holds()
            if plan is None and not self._sure:
                plan = self._one_by_one()
        except TimeoutError:
            with suppress(TimeoutError):
                self._improve()
            plan, price = self._best or (None, None)
            return self._found(plan, price, proven=self._sure and price is not None and price == self._bound)
        return self._found(plan, None if plan is None else self._price(plan), proven=self._sure)

    @property
    def _sure(self) -> bool:
        """Whether what was learnt never excludes a plan that holds."""
        return self.trials.whole and not (self.trials.bent and self.trials.ordered and self._cuts)

    def _one_by_one(self) -> Plan | None:
        """The cheapest plan that holds when each that was looked at speaks for itself alone."""
        self.trials.ordered = False
        self._cuts.clear()
        self._helps.clear()
        return self._cheapest_that_holds()

    @property
    def _menus(self) -> dict[str, Menu]:
        return {name: order.menu for name, order in self.orders.items()}

    def _found(self, plan: Plan | None, price: Price | None, *, proven: bool) -> Found:
        seen, cuts = tuple(self._seen), tuple(self._cuts)
        return Found(plan=plan, price=price, bound=self._bound, proven=proven, seen=seen, cuts=cuts)

    def _cheapest_that_holds(self) -> Plan | None:
        while True:
            chosen = cheapest(self._menus, self._helps, self.left())
            if chosen is None:
                return None
            if self._widen(chosen):
                continue
            plan = {name: self._menus[name].option(index) for name, index in chosen.items()}
            self._bound = max(self._price(plan), self._bound or NOTHING)
            miss = self._look(plan)
            if miss is None:
                return plan
            if not self._cuts:
                self._first_plan()
            done, merged = self._by_merging(plan, miss)
            if done:
                return merged
            self._learn(plan, miss)

    def _by_merging(self, cheapest: Plan, miss: Miss) -> tuple[bool, Plan | None]:
        """(whether that settles it, the cheapest plan) where the time of one kind of request is what is missed.

        All other components keep their cheapest options; where something else is missed with them, it settles nothing.
        """
        known = any(len(cut.tops) > 1 for cut in self._cuts) or self.trials.curtailed
        sought = None if known else self._wanted(miss)
        if sought is None or sought.name in self._merged:
            return False, None
        self._merged.add(sought.name)
        if Lifter(self.trials, self.orders, self.busy).hopeless(miss):
            self._cuts.append(Cut(miss, self.trials.states[0], {}))
            return True, None
        merging = Merging(self.trials, self.orders, sought)
        try:
            for most in self._deepening(merging.floor):
                settled, plan = self._within(merging, cheapest, most, sought)
                if settled is not None:
                    return settled, plan
        except (LookupError, TooManyError):
            pass
        return False, None

    def _deepening(self, floor: Array) -> Iterator[Array]:
        """Ever higher prices, up to that of the best plan known."""
        for step in range(STEPS):
            most = floor * (1.0 + FIRST_STEP * FURTHER**step)
            if self._best is not None and (most[0], most[1]) >= self._best[1][:2]:
                yield np.array(self._best[1][:2])
                return
            yield most

    def _within(self, merging: Merging, cheapest: Plan, most: Array, sought: Wanted) -> tuple[bool | None, Plan | None]:
        """(whether that settles it, the cheapest plan) among those within a price; None where a higher one is next."""
        try:
            for part, _ in merging.plans(most):
                plan = {**cheapest, **part}
                other = self._look(plan)
                if other is None:
                    return True, plan
                missed = self._wanted(other)
                if missed is None or missed.name != sought.name:
                    return False, None
        except NoneHoldsError:
            pass
        if self._best is not None and (most[0], most[1]) >= self._best[1][:2]:
            return True, self._best[0]
        self._bound = max(Price(float(most[0]), float(most[1]), 0, 0), self._bound or NOTHING)
        return None, None

    def _grace(self) -> float:
        return self.left() + GRACE

    def _report(self) -> None:
        self.tell(self._bound, None if self._best is None else self._best[1])

    def _wanted(self, miss: Miss) -> Wanted | None:
        """The objectives on the time of the one kind of request that is too slow; None where it is something else."""
        return wanted(self.trials.topology, miss, self.trials.margin)

    def _look(self, plan: Plan) -> Miss | None:
        """What a plan misses; remembered either way."""
        miss = self.trials.miss(plan)
        price = self._price(plan)
        if miss is not None:
            self._seen.append(Seen(plan, price, miss))
        elif self._best is None or price < self._best[1]:
            self._best = (plan, price)
        return miss

    def _learn(self, plan: Plan, miss: Miss) -> None:
        cut = Lifter(self.trials, self.orders, self.busy).cut(plan, miss, self._among)
        self._compare({name: top.option + 1 for name, top in cut.tops.items() if top.option >= self._among[name]})
        self._cuts.append(cut)
        self._helps.append({name: cut.helps(name, order, self._among[name]) for name, order in self.orders.items()})

    def _widen(self, chosen: Mapping[str, int]) -> bool:
        """Compare more options where the choice lies beyond those compared so far."""
        beyond = [name for name, index in chosen.items() if index >= self._among[name] and self._concerned(name)]
        self._compare({name: max(2 * self._among[name], chosen[name] + 1) for name in beyond})
        return bool(beyond)

    def _compare(self, among: Mapping[str, int]) -> None:
        """Compare so many options of these components."""
        for name, count in among.items():
            self._among[name] = min(count, len(self._menus[name]))
            for cut, helps in zip(self._cuts, self._helps, strict=True):
                helps[name] = cut.helps(name, self.orders[name], self._among[name])

    def _concerned(self, name: str) -> bool:
        return any(name in cut.tops for cut in self._cuts)

    def _price(self, plan: Plan) -> Price:
        return summed(self.trials.units[name].price(option) for name, option in plan.items())

    def _first_plan(self) -> None:
        """A plan that holds everything, not yet a cheap one: all components at the same utilisation, ever lower."""
        for seed in self.seeds:
            whole = {name: seed.get(name, self.trials.units[name].current) for name in self.orders}
            if all(option in self._menus[name].index for name, option in whole.items()):
                self._look(whole)
        for target in TARGETS:
            chosen = {name: self._at_most(name, target) for name in self.orders}
            plan = {name: self._menus[name].option(index) for name, index in chosen.items()}
            if self._best is not None and self._price(plan) >= self._best[1]:
                return
            if self._look(plan) is None:
                return

    def _at_most(self, name: str, target: float) -> int:
        """The cheapest option that is at most so busy; where none is, the least busy."""
        below = np.flatnonzero(self.busy[name] <= target)
        return int(below[0]) if len(below) else int(np.argmin(self.busy[name]))

    def _improve(self) -> None:
        """The best plan made cheaper, one component after the other, the dearest first, for a little while."""
        if self._best is None:
            return
        self.trials.left = self._grace
        prices = {name: self.trials.units[name].price(option) for name, option in self._best[0].items()}
        for name in sorted(prices, key=lambda name: prices[name], reverse=True):
            plan = dict(self._best[0])
            low, high = -1, self._menus[name].index[plan[name]]
            while high - low > 1:
                middle = (low + high) // 2
                if self._look(plan | {name: self._menus[name].option(middle)}) is None:
                    high = middle
                else:
                    low = middle
