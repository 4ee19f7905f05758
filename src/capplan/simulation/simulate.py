"""Simulate a network and say what its requests saw: the short way for whoever has a network in hand."""

from capplan.queueing.network import Network
from capplan.simulation.estimates import Estimate
from capplan.simulation.loads import Load
from capplan.simulation.replications import Figures, Plan, Player, replicate
from capplan.simulation.runs import ERROR, REFUSED, SERVED, TIMED_OUT
from capplan.simulation.sketches import Sketch
from capplan.simulation.times import joined, sketched
from capplan.simulation.windows import Window

LEVELS = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


def simulate(
    network: Network, load: Load, requests: float = 200_000, seed: int = 1, replications: int = 10
) -> dict[str, Estimate]:
    """Play a network at a load; every figure of `network_figures` with its interval, by name."""
    player = Player(network, load, requests / replications, seed, network_figures)
    played = replicate(player, Plan(requests, seed, replications))
    found = {name: played.estimate(name) for one in played.figures for name in one.numbers}
    for sample in dict.fromkeys(name for one in played.figures for name in one.samples):
        found |= {f"{sample}{name}": played.percentile(sample, level) for name, level in LEVELS.items()}
    return {name: figure for name, figure in found.items() if figure is not None}


def network_figures(window: Window) -> Figures:
    """Everything about streams, tasks, stations and gates by number.

    Of all streams together and of `stream 0`, …: `throughput`, `success`, `errors`, `refused`, `timed out` (parts of
    those that ended), and of those that were served without an error `mean`, `p50` … Of `task 0`, …: `rate` (runs that
    ended per second), `mean` of its own time, `refused`, `errors`. `busy 0`, … of stations; `held 0`, … of gates.
    """
    figures, samples = dict[str, float](), dict[str, Sketch]()
    every = tuple(joined(one.times[ending] for one in window.streams) for ending in range(4))
    for prefix, times in [("", every), *((f"stream {i} ", one.times) for i, one in enumerate(window.streams))]:
        ended = sum(map(len, times))
        if not ended:
            continue
        parts = {"success": SERVED, "errors": ERROR, "refused": REFUSED, "timed out": TIMED_OUT}
        figures[f"{prefix}throughput"] = ended / window.seconds
        figures |= {f"{prefix}{name}": len(times[ending]) / ended for name, ending in parts.items()}
        if len(times[SERVED]):
            figures[f"{prefix}mean"] = float(times[SERVED].mean())
            samples[prefix] = sketched(times[SERVED])
    for index, task in enumerate(window.tasks):
        ended = sum(task.endings)
        figures[f"task {index} rate"] = ended / window.seconds
        if len(task.own):
            figures[f"task {index} mean"] = float(task.own.mean())
        if ended:
            figures[f"task {index} refused"] = task.endings[REFUSED] / ended
            figures[f"task {index} errors"] = task.endings[ERROR] / ended
    figures |= {f"busy {index}": part for index, part in enumerate(window.busy)}
    figures |= {f"held {index}": gate.held for index, gate in enumerate(window.gates)}
    return Figures(figures, samples)
