"""The times of a window where all of them are there."""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.simulation.times import Times
from capplan.simulation.windows import StreamWindow


def each(times: Times) -> Array:
    """Times that are not packed."""
    assert isinstance(times, np.ndarray)
    return times


def every(streams: tuple[StreamWindow, ...]) -> list[list[list[float]]]:
    """The latencies of each stream, by how its requests ended."""
    return [[each(times).tolist() for times in stream.times] for stream in streams]
