"""A topology played out: its load as a simulation takes it, the replications, and their figures by name."""

from collections.abc import Callable
from dataclasses import dataclass

from capplan.prediction.availability import named_outages
from capplan.prediction.laws import law
from capplan.prediction.measures import REQUEST, RUN, TIME, TOTAL, Name, measure_of
from capplan.prediction.model import Model
from capplan.prediction.predict import solve_topology
from capplan.prediction.records import PERCENTILES, Latency
from capplan.prediction.solved import Solved
from capplan.queueing.arrays import Array
from capplan.queueing.laws import Deterministic
from capplan.simulation.estimates import CONFIDENCE, Estimate
from capplan.simulation.loads import Load, Users
from capplan.simulation.outages import Down
from capplan.simulation.replications import Mapper, Outlook, Plan, Played, Player, replicate, unwatched
from capplan.topology import Topology

DECIDING = Name(REQUEST, TOTAL, TIME).key
"""The sample whose p99 decides when a simulation is precise: the latencies of all requests."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a simulation was run.

    Attributes:
        requests: that ended in all windows together.
        warmup: that ended in the warm-ups before them.
        replications: independent repetitions.
        seed: of all random numbers.
        simulated_seconds: all windows together.
        events: that happened in them.
        interrupted: whether someone stopped it early.
    """

    requests: int
    warmup: int
    replications: int
    seed: int
    simulated_seconds: float
    events: int
    interrupted: bool


@dataclass(frozen=True)
class Measured:
    """The figures of all replications of a topology.

    Attributes:
        solved: the topology as theory has it.
        played: the replications.
        run: how they were run.
        closed: whether users take turns to ask, and not a rate is given.
    """

    solved: Solved
    played: Played
    run: Run
    closed: bool

    @property
    def model(self) -> Model:
        """The translated topology."""
        return self.solved.model

    def find(self, scope: str, subject: str, metric: str) -> Estimate | None:
        """A figure with its interval; None where nothing was there to be measured."""
        return self.played.estimate(Name(scope, subject, metric).key)

    def value(self, scope: str, subject: str, metric: str) -> float:
        """A figure; 0 where nothing was there to be measured."""
        found = self.find(scope, subject, metric)
        return 0.0 if found is None else found.value

    def percentile(self, scope: str, subject: str, level: float, confidence: float = CONFIDENCE) -> Estimate | None:
        """A percentile of a sample with its interval; None where nothing was there to be measured."""
        return self.played.percentile(Name(scope, subject, TIME).key, level, confidence)

    def fewest(self, scope: str, subject: str) -> float:
        """How many times a sample has in the replication that saw the fewest."""
        key = Name(scope, subject, TIME).key
        samples = [one.samples.get(key) for one in self.played.figures]
        return min(0.0 if sample is None else float(sample.numbers.sum()) for sample in samples)

    def latency(self, scope: str, subject: str) -> Latency | None:
        """A mean and percentiles; None where nothing was there to be measured."""
        mean = self.find(scope, subject, TIME)
        found = {level: self.percentile(scope, subject, level) for level in PERCENTILES}
        values = {level: one.value for level, one in found.items() if one is not None}
        return None if mean is None else Latency(mean=mean.value, percentiles=values)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What helps a simulation along, and who looks on.

    Attributes:
        mapper: how replications are spread over processors.
        watch: told of each replication that is done.
    """

    mapper: Mapper = map
    watch: Callable[[Outlook], None] = unwatched


def simulate_topology(topology: Topology, rate: float | None, plan: Plan, stage: Stage | None = None) -> Measured:
    """Play a topology out.

    Args:
        topology: a checked topology.
        rate: the workload rate (per second); the topology's own, or its users, where left out.
        plan: how much is played, with which seed.
        stage: how it is played.
    """
    solved, stage = solve_topology(topology, rate), stage or Stage()
    player = player_of(solved, rate, plan)
    played = replicate(player, plan._replace(sample=DECIDING), stage.mapper, stage.watch)
    return measured_of(solved, player, plan, played)


def player_of(solved: Solved, rate: float | None, plan: Plan) -> Player:
    """What plays a topology at a rate; the topology's own, or its users, where it is left out."""
    load = _load(solved.model.topology, float(solved.loads[0])) if rate is None else rate
    each, measure = plan.requests / plan.replications, measure_of(solved.model)
    return Player(solved.model.network, load, each, plan.seed, measure, downs=downs_of(solved.model, solved.loads))


def measured_of(solved: Solved, player: Player, plan: Plan, played: Played) -> Measured:
    """The figures of a topology that was played."""
    return Measured(solved, played, run_of(plan, played), isinstance(player.load, Users))


def downs_of(model: Model, loads: Array) -> tuple[Down, ...]:
    """The states in which too few replicas of something are up, with their probability at each load."""
    found = named_outages(model, loads)
    return tuple(Down(name, tuple(one.down.tolist()), one.tasks) for name, one in found.items())


def _load(topology: Topology, rate: float) -> Load:
    """What the topology says that comes to it."""
    workload = topology.workload
    if workload.users is None:
        return rate
    think = Deterministic(0.0) if workload.think_time is None else law(workload.think_time)
    return Users(round(float(workload.users)), think)


def run_of(plan: Plan, played: Played) -> Run:
    """How replications were run."""

    def total(metric: str) -> float:
        key = Name(RUN, TOTAL, metric).key
        return sum(figures.numbers[key] for figures in played.figures)

    return Run(
        requests=round(total("requests")),
        warmup=round(total("warmup")),
        replications=len(played.figures),
        seed=plan.seed,
        simulated_seconds=total("seconds"),
        events=round(total("events")),
        interrupted=played.interrupted,
    )
