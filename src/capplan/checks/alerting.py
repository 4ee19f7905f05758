"""Alerts over time, as an alerting service evaluates them: a sample at each scrape, a look at the latest sample at each
evaluation, pending from the first look that finds the condition true, firing once that has lasted for `for`, and over
at the first look that finds it false. No sample is no breach. These are the rules of Prometheus (Alerting rules).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from capplan.topology import Alert, Alerting, Metrics, Topology

USUAL_SCRAPE = 15.0
"""Seconds between two samples where no metrics system says."""
LOOKED_AT = 4
"""So many scrapes back a value looks: Prometheus' advice for the range of a rate."""
ROUNDING = 1e-9


class Cadence(NamedTuple):
    """How often samples are taken and alerts looked at (s); one of the two may be assumed.

    Attributes:
        scrape: between two samples.
        evaluation: between two looks.
    """

    scrape: float
    evaluation: float


class Episode(NamedTuple):
    """A time that an alert's condition was true, look after look.

    Attributes:
        pending_at: the first look that found it true.
        fired_at: when it had been so for long enough; None where it never was.
        over_at: the first look that found it false again; None where it lasted to the end.
        value: of the metric when it fired, or else at the first look.
    """

    pending_at: float
    fired_at: float | None
    over_at: float | None
    value: float


def cadence_of(topology: Topology) -> Cadence:
    """The shortest scrape interval and the evaluation interval that the topology declares; without an alerting
    component each sample is looked at once."""
    components = topology.components.values()
    scrape = min((float(one.scrape_interval) for one in components if isinstance(one, Metrics)), default=USUAL_SCRAPE)
    looks = (float(one.evaluation_interval) for one in components if isinstance(one, Alerting))
    return Cadence(scrape, next(looks, scrape))


def episodes(alert: Alert, samples: Sequence[float | None], cadence: Cadence, duration: float) -> Iterator[Episode]:
    """Every time that the alert was pending, in order.

    Args:
        alert: what it watches for, and how long that must last.
        samples: of its metric, the first one after the first scrape interval; None where there was nothing.
        cadence: when samples and looks come, both from the beginning on.
        duration: the last look comes no later.
    """
    present: Episode | None = None
    for look in range(1, int(duration / cadence.evaluation + ROUNDING) + 1):
        at = look * cadence.evaluation
        value = _latest(samples, at / cadence.scrape)
        if value is None or not alert.when.holds(value):
            if present is not None:
                yield present._replace(over_at=at)
            present = None
            continue
        present = present or Episode(at, None, None, value)
        if present.fired_at is None and at - present.pending_at >= float(alert.hold) - ROUNDING:
            present = present._replace(fired_at=at, value=value)
    if present is not None:
        yield present


def _latest(samples: Sequence[float | None], scrapes: float) -> float | None:
    """The sample that is there after so many scrape intervals."""
    last = min(int(scrapes + ROUNDING), len(samples))
    return samples[last - 1] if last else None
