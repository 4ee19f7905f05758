"""What is asked of each resource as the workload rate grows, where nothing bends it: a constant and a slope."""

from typing import NamedTuple

from capplan.prediction.model import Model


class Usage(NamedTuple):
    """A resource whose use grows linearly with the workload rate: utilisation = base + slope x rate."""

    component: str
    resource: str
    slope: float
    base: float

    def at(self, rate: float) -> float:
        """Offered work over capacity."""
        return self.base + self.slope * rate

    def reaches(self, utilisation: float) -> float | None:
        """The rate at which it is used so far; 0 where it always is, None where no rate does that."""
        if self.base >= utilisation:
            return 0.0
        return (utilisation - self.base) / self.slope if self.slope > 0.0 else None


def usages(model: Model, *, hottest: bool = True) -> list[Usage]:
    """Every station and every limit; of the busiest replica, or of the average one."""
    traffic = model.traffic
    slope, base = traffic.slope @ traffic.demand, traffic.base @ traffic.demand
    found = []
    for index, (station, place) in enumerate(zip(model.network.stations, model.places, strict=True)):
        factor = (station.group.hottest if hottest else 1.0) / station.capacity
        found.append(Usage(place.component, place.resource, float(slope[index]) * factor, float(base[index]) * factor))
    for limit in model.limits:
        tasks = list(model.tasks_of.get(limit.component, ()))
        grows, stays = float(traffic.slope[tasks].sum()), float(traffic.base[tasks].sum())
        found.append(Usage(limit.component, "rate_limit", grows / limit.rate, stays / limit.rate))
    return found
