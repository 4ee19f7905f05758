"""Where the time of a request goes, component by component, from what each task's own visits take."""

import numpy as np

from capplan.prediction.model import Model
from capplan.prediction.records import Share
from capplan.queueing.arrays import Array


def breakdown(model: Model, waits: Array, services: Array, request: str) -> tuple[Share, ...]:
    """The shares of a request's time in the order in which its components are reached.

    Args:
        model: the translated topology.
        waits, services: (tasks,) mean time that one run waits and is served at its own component.
        request: the request class.
    """
    rows: dict[str, np.ndarray] = {}
    for stream, part in model.streams_of(request):
        awaited = model.traffic.awaited[stream]
        for task in np.flatnonzero(awaited)[::-1].tolist():
            row = rows.setdefault(model.jobs[task].component, np.zeros(4))
            row += part * awaited[task] * np.array([1.0, waits[task], services[task], 0.0])
        entry = model.network.streams[stream]
        rows[model.jobs[entry.task].component][3] += part * sum(delay.mean for delay in entry.delays)
        for caller, callee, time in model.ways:
            if awaited[caller] * time > 0.0:
                rows[model.jobs[callee].component][3] += part * awaited[caller] * time
    whole = sum(float(row[1:].sum()) for row in rows.values())
    return tuple(
        Share(
            component=name,
            visits=float(row[0]),
            wait=float(row[1]),
            service=float(row[2]),
            network=float(row[3]),
            share=float(row[1:].sum()) / whole if whole > 0.0 else 0.0,
        )
        for name, row in rows.items()
    )
