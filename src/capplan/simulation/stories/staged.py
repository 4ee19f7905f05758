"""The steps of tasks on a stage: choosers that follow the fleets, runs that have a home there, varying conditions."""

from collections.abc import Sequence

from capplan.queueing.network import Choice, Network, Task, Visit
from capplan.simulation.agenda import Step, Token
from capplan.simulation.homes import Place, places
from capplan.simulation.outages import Fates
from capplan.simulation.programs import Programs, distinct
from capplan.simulation.runs import ERROR, Run
from capplan.simulation.slots import SlotBook
from capplan.simulation.spread import Chooser
from capplan.simulation.stories.calendar import Calendar
from capplan.simulation.stories.conditions import Conditions
from capplan.simulation.stories.fleet import Fleet
from capplan.simulation.stories.log import Log
from capplan.simulation.stories.premises import Equipment, Stay, told
from capplan.simulation.stories.rotation import FULL, rotating
from capplan.simulation.stories.story import Deployed, Gauge, Lost, Site, Story
from capplan.simulation.streams import Draw, Sources


def moving(story: Story) -> list[int]:
    """The sites whose replicas come and go, or that have spare ones."""
    concerned = {one.effect.site for one in story.happenings if isinstance(one.effect, Lost | Deployed)}
    concerned |= {one.site for one in story.scalers} | {one.site for one in story.frailties}
    return [index for index, site in enumerate(story.sites) if index in concerned or site.ready < site.replicas]


class Staged(Programs):
    """The steps of all tasks of a story's network.

    Attributes:
        calendar: what is done to it.
        fleets: of the sites, by number, whose replicas come and go.
        conditions: as they are.
        begun: how many runs of tasks that a scaler counts have begun.
    """

    def __init__(self, story: Story, calendar: Calendar, sources: Sources, log: Log) -> None:
        self.calendar = calendar
        self.conditions = Conditions([one.effect for one in story.happenings], calendar)
        self.fleets = {index: Fleet(story.sites[index], calendar, log.of(index)) for index in moving(story)}
        self._stationed = {station: fleet for fleet in self.fleets.values() for station in fleet.site.stations}
        self._gated = {gate: fleet for fleet in self.fleets.values() for gate in fleet.site.gates}
        self.begun = {task: 0 for one in story.scalers if one.gauge is Gauge.ARRIVALS for task in one.tasks}
        self._names = distinct([task.name for task in story.network.tasks])
        self._present = 0
        fates = Fates(story.downs, sources) if story.downs else None
        super().__init__(story.network, calendar.agenda, sources, fates)
        for fleet in self.fleets.values():
            fleet.premises.equipment = self._equipment(fleet.site)

    def _equipment(self, site: Site) -> Equipment:
        threads = {task.gate for task in self.network.tasks}
        return Equipment(
            stations=tuple(self.queues[index] for index in site.stations),
            threads=tuple(self.gates[index] for index in site.gates if index in threads),
            pools=tuple(self.gates[index] for index in site.gates if index not in threads),
            elsewhere=tuple(queue for index, queue in enumerate(self.queues) if index not in site.stations),
        )

    # who goes where

    def at_station(self, index: int) -> Chooser:
        """How visits are spread over the replicas of a station, or over those that are ready."""
        fleet, station, queue = self._stationed.get(index), self.network.stations[index], self.queues[index]
        if fleet is None:
            return super().at_station(index)
        queue.number.append(FULL)
        queue.most = min(queue.most, FULL)
        return rotating(station.group, queue.number, fleet.ready, self.sources.uniform(f"{station.name}/replica"))

    def at_gate(self, index: int) -> Chooser:
        """How runs are spread over the replicas of a gate, or over those that are ready."""
        fleet, gate, book = self._gated.get(index), self.network.gates[index], self.gates[index]
        if fleet is None:
            return super().at_gate(index)
        book.number.append(FULL)
        book.most = min(book.most, FULL)
        return rotating(gate.group, book.number, fleet.ready, self.sources.uniform(f"{gate.name}/replica"))

    def homing(self, task: int, gate: int) -> Chooser:
        """How a run of a task finds its home at a gate; with that it is lost."""
        choose, fleet = super().homing(task, gate), self._gated.get(gate)
        return choose if fleet is None else fleet.premises.hosting(choose, self._gone(task))

    def finding(self, task: int, visit: Visit, place: Place) -> Chooser:
        """How a visit of a task finds its replica; where a run without a gate first comes to a site is its home."""
        choose = super().finding(task, visit, place)
        home = _home_station(self.network, self.network.tasks[task])
        fleet = None if visit.station is None else self._stationed.get(visit.station)
        if fleet is None or visit.station != home or place is Place.HOME:
            return choose
        return fleet.premises.hosting(choose, self._gone(task))

    def _gone(self, task: int) -> Step:
        """The step that ends a run whose home is gone: it has no slot to give back."""
        return told(super().end(task, self._names[task], None, served=False))

    # what runs do

    def task(self, index: int, name: str) -> Step:
        """The step that begins a run of a task."""
        self._present = index
        step, begun = super().task(index, name), self.begun
        if index not in begun:
            return step

        def begin(run: Run, now: float) -> Token | None:
            begun[index] += 1
            return step(run, now)

        return begin

    def end(self, index: int, name: str, gate: SlotBook | None, *, served: bool) -> Step:
        """The step that ends a run: it has no home any more, and may fail by the conditions."""
        step = super().end(index, name, gate, served=served)
        home = self._home(self.network.tasks[index])
        if home is not None:
            step = _leaving(home.premises.stays, step)
        dial = self.conditions.fail.get(index)
        if dial is None or not served:
            return step
        chance, end = self.sources.uniform(f"{name}/failing"), step

        def failing(run: Run, now: float) -> Token | None:
            if dial.value > 0.0 and chance() < dial.value and run.ending < ERROR:
                run.ending = ERROR
            return end(run, now)

        return failing

    def _home(self, task: Task) -> Fleet | None:
        """The fleet at which runs of a task are at home, if it is at one."""
        if task.gate is not None:
            return self._gated.get(task.gate)
        station = _home_station(self.network, task)
        return None if station is None else self._stationed.get(station)

    def times(self, task: int, number: int, name: str) -> Draw:
        """How long the services of a visit of a task are."""
        draw, dial = super().times(task, number, name), self.conditions.slow.get((task, number))
        return draw if dial is None else lambda: draw() * dial.value

    def chosen(self, name: str, ways: Sequence[Step], choose: Step) -> Step:
        """The step that takes one of several ways: that of a miss, while a cache is empty."""
        chill = self.conditions.cold.get(self._present)
        if chill is None or name != self._missing(self._present):
            return choose
        miss, chance = ways[-2], self.sources.uniform(f"{name}/missing")

        def cold(run: Run, now: float) -> Token | None:
            going = choose(run, now)
            if chill.flushes and chance() < chill.missing(now):
                run.step = miss
            return going

        return cold

    def _missing(self, index: int) -> str:
        """The name of the choice between a hit and a miss: the last one among a task's own steps."""
        steps = enumerate(self.network.tasks[index].steps)
        last = max((number for number, step in steps if isinstance(step, Choice)), default=0)
        return f"{self._names[index]}/{last}"


def _leaving(stays: dict[Run, Stay], step: Step) -> Step:
    def leave(run: Run, now: float) -> Token | None:
        stays.pop(run, None)
        return step(run, now)

    return leave


def _home_station(network: Network, task: Task) -> int | None:
    """The station where a run of a task without a gate is at home: that where it settles, or its first one."""
    if task.gate is not None:
        return None
    _, found = places(network, task)
    for visit, place in zip(task.visits, found, strict=True):
        if place is Place.SETTLES:
            return visit.station
    return next((visit.station for visit in task.visits if visit.station is not None), None)
