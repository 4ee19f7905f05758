"""Clients: the streams of a network as arrivals, or users who think between requests."""

from bisect import bisect_right
from heapq import heappush
from itertools import accumulate

from capplan.queueing.balancing import Policy
from capplan.queueing.network import ENDLESS, Call, Network
from capplan.simulation.agenda import Agenda, Step, Timer, Token, vanish
from capplan.simulation.calls import NOBODY, Onward
from capplan.simulation.loads import Load, Users, gaps
from capplan.simulation.programs import Origin, Programs, distinct
from capplan.simulation.runs import SERVED, Run, begun
from capplan.simulation.servers import Tally
from capplan.simulation.streams import Draw, Sources


class StreamCount:
    """What became of the requests of a stream since counting began.

    Attributes:
        times: latencies, by how the request ended.
        begun: requests that arrived.
        repeats: of the requests that ended.
    """

    __slots__ = ("begun", "repeats", "times")

    def __init__(self) -> None:
        self.times: tuple[list[float], ...] = ([], [], [], [])
        self.begun = self.repeats = 0

    def clear(self) -> None:
        """Begin anew."""
        self.begun = self.repeats = 0
        for times in self.times:
            times.clear()

    @property
    def ended(self) -> int:
        """Requests that ended, in whatever way."""
        return sum(len(times) for times in self.times)


class Population:
    """Closed users: more of them may come, and some may leave.

    Attributes:
        leaving: so many leave instead of thinking again.
    """

    __slots__ = ("_agenda", "_settle", "leaving", "number")

    def __init__(self, settle: Step, agenda: Agenda) -> None:
        self._settle = settle
        self._agenda = agenda
        self.number = self.leaving = 0

    def become(self, number: int) -> None:
        """Be so many: who comes begins to think, who leaves does when it would think again."""
        more, self.number = number - self.number, number
        staying = min(max(more, 0), self.leaving)
        self.leaving += max(-more, 0) - staying
        for _ in range(more - staying):
            self._settle(begun(vanish, NOBODY, 0.0), self._agenda.now)


class Clients:
    """Makes requests come to the tasks of a network.

    Attributes:
        counts: of each stream.
        population: closed users, where the load is some.
    """

    def __init__(self, programs: Programs, load: Load) -> None:
        network = programs.network
        self.programs, self.agenda, self.sources = programs, programs.agenda, programs.sources
        self.counts = [StreamCount() for _ in network.streams]
        address, fates = _addresses(network, self.sources), programs.fates
        self._address = address if fates is None else fates.addresses(address or _anywhere)
        names = [f"stream {name}" for name in distinct([stream.name for stream in network.streams])]
        self.population: Population | None = None
        if isinstance(load, Users):
            self.population = self._live(load, names)
        open_load = 0.0 if isinstance(load, Users) else load
        for index, stream in enumerate(network.streams):
            gap = gaps(stream, open_load, self.sources, f"{names[index]}/arrivals")
            if gap is None:
                continue
            if stream.patience == ENDLESS and not any(law.mean > 0.0 for law in stream.delays):
                self._begin(index, gap)
            else:
                self._arrive(index, gap, self._ask(index, names[index], vanish))

    def _ask(self, index: int, name: str, after: Step) -> Step:
        """The step with which a client makes a request of a stream; when it is over it is counted."""
        stream, count = self.programs.network.streams[index], self.counts[index]
        times = count.times

        def done(client: Run, now: float) -> Token | None:
            times[client.ending].append(now - client.arrived)
            count.repeats += client.tries
            return after(client, now)

        call = Call(stream.task, delays=stream.delays, patience=stream.patience)
        return self.programs.call(call, Onward(done, done), name, Origin(1, Tally()))

    def _arrive(self, index: int, gap: Draw, ask: Step) -> None:
        """Open arrivals: one after the other, each a client of its own."""
        heap, push, count, address = self.agenda.heap, heappush, self.counts[index], self._address or _anywhere

        def arrive(clock: Token, now: float) -> Run:
            push(heap, (now + gap(), clock))
            count.begun += 1
            client = begun(ask, NOBODY, address())
            client.arrived = now
            client.tries = 0
            return client

        self.agenda.push(gap(), Timer(arrive))

    def _begin(self, index: int, gap: Draw) -> None:
        """Open arrivals of requests that take no way and wait for ever: each run is its own client."""
        heap, push, count, address = self.agenda.heap, heappush, self.counts[index], self._address
        entry, times = self.programs.entries[self.programs.network.streams[index].task], self.counts[index].times

        def done(run: Run, now: float) -> None:
            times[run.ending].append(now - run.since)

        def arrive(clock: Token, now: float) -> Token | None:
            push(heap, (now + gap(), clock))
            count.begun += 1
            run = Run()
            run.parent, run.back = NOBODY, done
            run.key = 0.0 if address is None else address()
            run.home = -1
            run.ending = 0
            run.own = run.served = 0.0
            run.since = now
            return entry(run, now)

        self.agenda.push(gap(), Timer(arrive))

    def _live(self, users: Users, names: list[str]) -> Population:
        """Closed users: each thinks, makes a request of one of the classes by their shares, and thinks again."""
        heap, push, address, counts = self.agenda.heap, heappush, self._address or _anywhere, self.counts
        think = self.sources.times("thinking", users.think)
        asking = [index for index, stream in enumerate(self.programs.network.streams) if stream.slope > 0.0]

        def rest(client: Run, now: float) -> None:
            if population.leaving:
                population.leaving -= 1
                return
            settle(client, now)

        def settle(client: Run, now: float) -> None:
            client.step = ask
            push(heap, (now + think(), client))

        asks = [self._ask(index, names[index], rest) for index in asking]
        bounds = list(accumulate(self.programs.network.streams[index].slope for index in asking))
        which = self.sources.uniform("what users ask for")

        def ask(client: Run, now: float) -> Run:
            chosen = min(bisect_right(bounds, which() * bounds[-1]), len(asks) - 1)
            counts[asking[chosen]].begun += 1
            client.arrived = now
            client.ending = SERVED
            client.tries = 0
            client.key = address()
            client.step = asks[chosen]
            return client

        population = Population(settle, self.agenda)
        population.become(users.number)
        return population


def _anywhere() -> float:
    return 0.0


def _addresses(network: Network, sources: Sources) -> Draw | None:
    """Where the address of each next client falls among all, 0..1; None where no balancer looks at it."""
    groups = [*(station.group for station in network.stations), *(gate.group for gate in network.gates)]
    if any(group.policy is Policy.IP_HASH for group in groups):
        return sources.uniform("addresses of clients")
    return None
