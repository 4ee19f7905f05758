"""One strategy: its options, its search, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from capplan.checks.states import State
from capplan.planning.freedom import Freedom
from capplan.planning.menus import Menu, busiest, choices, menu, offered
from capplan.planning.needs import asked, translations
from capplan.planning.options import Plan, Price, Unit
from capplan.planning.records import Strategy
from capplan.planning.search import FEW, Found, Search
from capplan.planning.slowness import Slowness
from capplan.planning.smoothness import least_scv
from capplan.planning.trials import Trials
from capplan.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a strategy is to solve.

    Attributes:
        topology: as it is.
        freedoms: what may change.
        states: in which everything must hold.
        rate: the workload rate that is planned for (per second).
        margin: the part by which times stay below their objectives.
    """

    topology: Topology
    freedoms: Mapping[str, Freedom]
    states: Sequence[State]
    rate: float
    margin: float


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The time of a strategy.

    Attributes:
        left: seconds that are left.
        tell: is told the bound, the best price so far, and the situations that were solved.
    """

    left: Callable[[], float]
    tell: Callable[[Price | None, Price | None, int], None]

    def told(self, trials: Trials) -> Callable[[Price | None, Price | None], None]:
        """Who is told the bound and the best."""
        return lambda bound, best: self.tell(bound, best, trials.count)


@dataclass(frozen=True, kw_only=True)
class Solution:
    """What came of a strategy.

    Attributes:
        strategy: which.
        units: what could change.
        menus: the options of each that its machines can carry; empty ones tell where it ends.
        trials: what was looked at.
        found: the search; None where a menu is empty.
    """

    strategy: Strategy
    units: Mapping[str, Unit]
    menus: Mapping[str, Menu]
    trials: Trials
    found: Found | None


def solve(
    task: Task,
    strategy: Strategy,
    time: Timing,
    seeds: Sequence[Plan] = (),
) -> Solution:
    """Search the cheapest plan of a strategy.

    Args:
        task: what is to be solved.
        strategy: what may change.
        time: how long it may take, and who is told.
        seeds: plans of other strategies.
    """
    narrowed = {name: freedom.under(strategy) for name, freedom in task.freedoms.items()}
    units = {name: Unit(freedom) for name, freedom in narrowed.items() if not freedom.fixed}
    models = translations(task.topology, units, task.rate)
    needs = {name: asked(models, unit, task.rate) for name, unit in units.items()}
    trials = Trials(task.topology, units, task.states, task.rate, task.margin, left=time.left)
    menus = {name: offered(task.topology, unit) for name, unit in units.items()}
    if not trials.curtailed or choices(menus.values()) > FEW:  # else full queues may spare those behind them
        trials.whole = not trials.curtailed
        menus = {name: menu(unit, task.topology, needs[name], task.states) for name, unit in units.items()}
    found = None
    if all(len(one) for one in menus.values()):
        scv = trials.scv = least_scv(models, menus, needs, task.states, task.rate)
        orders = {name: Slowness(menus[name], needs[name].needs, models, task.rate, scv) for name in units}
        busy = {name: busiest(menus[name], needs[name]) for name in units}
        found = Search(trials, orders, busy, time.left, seeds, time.told(trials)).run()
    return Solution(strategy=strategy, units=units, menus=menus, trials=trials, found=found)
