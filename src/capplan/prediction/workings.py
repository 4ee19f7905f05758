"""How each number of a component was obtained: which formula, with which inputs."""

from capplan.prediction.records import Working
from capplan.prediction.solved import Solved
from capplan.queueing.balancing import Policy

_BY_POLICY = {
    Policy.RANDOM: "random",
    Policy.ROUND_ROBIN: "round-robin",
    Policy.LEAST_CONNECTIONS: "least-connections",
    Policy.POWER_OF_TWO: "power-of-two",
    Policy.IP_HASH: "ip-hash",
}


def workings(solved: Solved, component: str) -> tuple[Working, ...]:
    """The queues that visits of a component pass, at the first load."""
    tasks = solved.model.tasks_of.get(component, ())
    network = solved.model.network
    used = {visit.station for task in tasks for visit in network.tasks[task].visits if visit.station is not None}
    return tuple(_working(solved, station) for station in sorted(used))


def _working(solved: Solved, index: int) -> Working:
    station, place = solved.model.network.stations[index], solved.model.places[index]
    law, stay = solved.outcome.services[index], solved.outcome.stays[index]
    arrivals = float(solved.rates[0] @ solved.model.traffic.arrivals[:, index])
    symbols = {
        "lambda": arrivals,
        "E[S]": 0.0 if law is None else law.mean,
        "c": station.group.servers,
        "N": float(station.group.replicas),
        "rho": float(solved.outcome.utilisation[0, index]),
        "ca2": float(solved.outcome.scv[0, index]),
        "cs2": 0.0 if law is None else law.scv,
    }
    if stay.wait is not None and not solved.outcome.saturated[0, index]:
        symbols |= {"P(W>0)": float(stay.wait.chance[0]), "E[W]": float(stay.wait.mean[0])}
    return Working(resource=place.resource, method=_method(solved, index), symbols=symbols)


def _method(solved: Solved, index: int) -> str:
    """The code of the formula that gave the wait."""
    group = solved.model.network.stations[index].group
    law = solved.outcome.services[index]
    if solved.outcome.saturated[0, index]:
        return "saturation"
    if group.replicas > 1:
        return _BY_POLICY[group.policy]
    if law is None or (law.scv == 1.0 and float(solved.outcome.scv[0, index]) == 1.0):
        return "mmc"
    return "mgc" if float(solved.outcome.scv[0, index]) == 1.0 else "ggc"
