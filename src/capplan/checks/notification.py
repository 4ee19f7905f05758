"""From breach to notification: the sample, the evaluation, the time it must last, and the way to somebody's pocket."""

from capplan.checks.records import NotifyDelay
from capplan.topology import Alert, Alerting, Metrics, Topology


def notify_delay(topology: Topology, alert: Alert) -> NotifyDelay | None:
    """How long after a breach begins somebody is told; None where nothing evaluates alerts.

    A breach begins anywhere between two samples and between two evaluations: half an interval of each on average, a
    whole one at worst. Then the alert's `for` runs and the channel takes its delay.
    """
    service = _service(topology)
    if service is None:
        return None
    scrapes = [float(c.scrape_interval) for c in topology.components.values() if isinstance(c, Metrics)]
    interval = (min(scrapes) if scrapes else 0.0) + float(service.evaluation_interval)
    told = float(alert.hold) + _delay(service, alert)
    return NotifyDelay(mean=0.5 * interval + told, worst=interval + told)


def channel_delay(topology: Topology, alert: Alert) -> float | None:
    """From the moment that an alert fires until somebody is told; None where nothing evaluates alerts."""
    service = _service(topology)
    return None if service is None else _delay(service, alert)


def _service(topology: Topology) -> Alerting | None:
    return next((component for component in topology.components.values() if isinstance(component, Alerting)), None)


def _delay(service: Alerting, alert: Alert) -> float:
    """That of the alert's channel, or of the first one."""
    channels = {channel.channel: float(channel.delay) for channel in service.notify}
    first = next(iter(channels.values()), 0.0)
    return channels.get(alert.notify, first) if alert.notify is not None else first
