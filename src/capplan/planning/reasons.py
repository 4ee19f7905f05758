"""Why a plan is as it is: what each component's next smaller size misses, and the dearest of the cheaper plans."""

from collections.abc import Iterator

from capplan.checks.holding import Situation, shown
from capplan.checks.records import Concern, Miss
from capplan.planning.options import Option, Plan, Price, Unit, applied, summed
from capplan.planning.records import Change, Refused
from capplan.planning.strategies import Solution
from capplan.topology import Topology
from capplan.units import HOUR, MONTH, format_money


class Reasons:
    """Explains the plan of a solution."""

    def __init__(self, solution: Solution, plan: Plan, topology: Topology) -> None:
        self.solution = solution
        self.plan = plan
        self.topology = topology
        self._smaller = dict(self._neighbours())

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every component that differs from what runs today, in the topology's order."""
        units = self.solution.units
        changed = [
            name for name in self.topology.components if name in units and self.plan[name] != units[name].current
        ]
        return tuple(self._change(units[name], self.plan[name]) for name in changed)

    def refused(self, hour: float | None) -> Refused | None:
        """The dearest plan among the cheaper ones that were looked at; `hour` is what the plan that was taken costs."""
        price, found = self._price(self.plan), self.solution.found
        looked: list[tuple[Price, Plan, Miss]] = []
        if found is not None:
            looked += [(seen.price, seen.plan, seen.miss) for seen in found.seen]
        for name, (option, miss) in self._smaller.items():
            if miss is not None:
                smaller = {**self.plan, name: option}
                looked.append((self._price(smaller), smaller, miss))
        looked = [one for one in looked if one[0] < price]
        if not looked:
            return None
        cost, plan, miss = max(looked, key=lambda one: one[0])
        units = self.solution.units
        sizes = tuple((name, units[name].size(option)) for name, option in plan.items() if option != self.plan[name])
        return Refused(sizes=sizes, cost=None if hour is None else hour - (price.cost - cost.cost), missed=miss)

    def _price(self, plan: Plan) -> Price:
        return summed(self.solution.units[name].price(option) for name, option in plan.items())

    def _neighbours(self) -> Iterator[tuple[str, tuple[Option, Miss | None]]]:
        """The next smaller size of each component, and what it misses."""
        for name, unit in self.solution.units.items():
            smaller = _smaller(unit, self.plan[name])
            if smaller is not None:
                yield name, (smaller, self.solution.trials.miss({**self.plan, name: smaller}))

    def _change(self, unit: Unit, option: Option) -> Change:
        before, after = unit.price(unit.current), unit.price(option)
        priced = not before.unpriced and not after.unpriced
        return Change(
            component=unit.name,
            before=unit.size(unit.current),
            after=unit.size(option),
            because=self._because(unit, option),
            cost_change=after.cost - before.cost if priced else None,
        )

    def _because(self, unit: Unit, option: Option) -> str:
        smaller, miss = self._smaller.get(unit.name, (None, None))
        if smaller is None or miss is None:
            return self._saving(unit, option)
        metric, state = miss.metric, "" if miss.state == self.solution.trials.states[0].name else f" ({miss.state})"
        if miss.concern is Concern.LIMIT and miss.metric.split(".", 1)[1] not in ("cpu", "disk", "network", "memory"):
            return f"{miss.message} at {_named(unit, smaller, option)}{state}"
        now = self._now(miss)
        subject, name = metric.split(".", 1)
        was = shown(self.topology, metric, miss.value)
        is_now = shown(self.topology, metric, now)
        at, then = _named(unit, smaller, option), _named(unit, option, smaller)
        return f"{name} of {subject} is {was} at {at}, {is_now} at {then}{state}"

    def _now(self, miss: Miss) -> float | None:
        """The metric that the smaller size misses, as the plan has it."""
        trials = self.solution.trials
        state = next(state for state in trials.states if state.name == miss.state)
        planned = applied(self.topology, self.solution.units, self.plan)
        return Situation(planned, state, trials.rate, trials.margin).value(miss.metric)

    def _saving(self, unit: Unit, option: Option) -> str:
        """What a component that could be even smaller is changed for."""
        saved = unit.price(unit.current).cost - unit.price(option).cost
        if saved > 0.0:
            amount = format_money(saved * MONTH / HOUR, self.topology.currency)
            return f"everything holds with less: saves {amount} a month"
        return "the smallest that holds everything together with the other changes"


def _smaller(unit: Unit, option: Option) -> Option | None:
    """One machine fewer, where that may be; else the next cheaper machine."""
    freedom = unit.freedom
    if option.readers > freedom.readers.low:
        return option._replace(readers=option.readers - 1)
    if option.replicas > freedom.replicas.low:
        return option._replace(replicas=option.replicas - 1)
    others = [option._replace(kind=kind) for kind in range(len(freedom.machines)) if kind != option.kind]
    cheaper = [other for other in others if _worth(unit, other) < _worth(unit, option)]
    return max(cheaper, key=lambda other: _worth(unit, other), default=None)


def _worth(unit: Unit, option: Option) -> tuple[float, float]:
    price = unit.price(option)
    return price.cost, price.unpriced


def _named(unit: Unit, option: Option, other: Option) -> str:
    """An option by what tells it from another: how many, or which machine."""
    if option.kind != other.kind:
        machine = unit.machine(option)
        name = "its own machine" if machine is None or machine.name is None else machine.name
        return name if option.machines == other.machines else f"{option.machines} × {name}"
    return f"{option.machines}"
