"""Gauges: what an autoscaler looks at, measured since it last looked."""

from capplan.simulation.engine import Replication
from capplan.simulation.stories.fleet import Fleet, State
from capplan.simulation.stories.scaling import Autoscaler, Sight
from capplan.simulation.stories.staged import Staged
from capplan.simulation.stories.story import Gauge, Scaler


class Meter:
    """Reads the gauge of an autoscaler."""

    def __init__(self, scaler: Scaler, fleet: Fleet, staged: Staged, replication: Replication) -> None:
        self._scaler, self._fleet, self._staged, self._replication = scaler, fleet, staged, replication
        self._total, self._spans = self._totals(), fleet.spans()

    def sight(self) -> Sight:
        """What there is to see now, on average over the replicas that were there since it was asked before."""
        fleet, total, spans = self._fleet, self._totals(), self._fleet.spans()
        passed, measured = spans.since(self._spans), total - self._total
        self._total, self._spans = total, spans
        ready, lost = len(fleet.ready), len(fleet.places(State.LOST))
        starting = max(min(len(fleet.places(State.STARTING)), fleet.wanted - ready - lost), 0)
        if self._scaler.gauge is Gauge.QUEUE:
            return Sight(fleet.premises.waiting() / max(ready, 1), ready, starting, lost)
        span = passed.ready if self._scaler.gauge is Gauge.ARRIVALS else passed.working
        return Sight(measured / span if span > 0.0 else 0.0, ready, starting, lost)

    def _totals(self) -> float:
        """What the gauge counts, from the beginning until now; in replica-seconds where it is a part."""
        scaler, network = self._scaler, self._staged.network
        if scaler.gauge is Gauge.BUSY:
            return self._replication.done(scaler.watched) / network.stations[scaler.watched].group.capacity
        if scaler.gauge is Gauge.HELD:
            return self._staged.gates[scaler.watched].held() / network.gates[scaler.watched].group.servers
        return float(sum(self._staged.begun.get(task, 0) for task in scaler.tasks))


class Looks:
    """An autoscaler that looks at its gauge now and then, and says how many replicas its fleet wants."""

    def __init__(self, scaler: Scaler, fleet: Fleet, meter: Meter) -> None:
        self._scaler, self._fleet, self._meter = scaler, fleet, meter
        self._autoscaler = Autoscaler(scaler, fleet.wanted, fleet.calendar.now)

    def begin(self) -> None:
        """Look after an interval, and again and again."""
        self._fleet.calendar.after(self._scaler.interval, self._look)

    def _look(self) -> None:
        fleet = self._fleet
        wanted = self._autoscaler.decide(fleet.wanted, self._meter.sight(), fleet.calendar.now)
        if wanted != fleet.wanted:
            fleet.want(wanted)
        self.begin()
