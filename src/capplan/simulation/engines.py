"""What plays a network event by event: the closures, or the same compiled where it is worth the while.

Compiled needs numba (`capplan[fast]`). The first run on a machine compiles for about ten seconds; later each process
reads the compiled code in a third of a second. Both give the same result to the last digit.
"""

from importlib.util import find_spec
from typing import Protocol

from capplan.queueing.network import Network, made
from capplan.simulation.engine import Replication
from capplan.simulation.loads import Load, Steps, Users
from capplan.simulation.streams import Sources
from capplan.simulation.windows import Window

WORTH = 100_000
"""So many runs and visits in one replication are worth it."""
SOON = 1e-9
"""Users think at least so long (s)."""


class Engine(Protocol):
    """A network being played out."""

    def play(self, seconds: float) -> None:
        """Let everything happen that does in the next seconds."""

    def clear(self) -> None:
        """Count anew from here."""

    def window(self) -> Window:
        """What was counted since it was cleared."""


def engine(network: Network, load: Load, sources: Sources, seconds: float) -> Engine:
    """What plays a network for so many seconds, warm-up included."""
    worth = seconds * steps(network, load) >= WORTH
    if not worth or find_spec("numba") is None:
        return Replication(network, load, sources)
    from capplan.simulation.fast.replication import TableReplication

    return TableReplication(network, load, sources)


def steps(network: Network, load: Load) -> float:
    """Runs and visits that begin per second, about; of users as if they never waited."""
    level = _level(network, load)
    runs = [0.0] * len(network.tasks)
    for stream in network.streams:
        runs[stream.task] += stream.slope * level + stream.base
    for index in range(len(network.tasks) - 1, -1, -1):
        for call, count in made(network.tasks[index].steps):
            runs[call.task] += runs[index] * count
    return sum(count * (1 + len(task.visits)) for count, task in zip(runs, network.tasks, strict=True))


def _level(network: Network, load: Load) -> float:
    if isinstance(load, Steps):
        return load.mean
    if not isinstance(load, Users):
        return load
    total = sum(stream.slope for stream in network.streams)
    return load.number / (max(load.think.mean, SOON) * max(total, SOON))
