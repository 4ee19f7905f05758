"""From breach to notification: the sample, the evaluation, the time it must last, and the way to somebody's pocket."""

from capplan.checks.records import NotifyDelay
from capplan.topology import Alert, Alerting, Metrics, Topology


def notify_delay(topology: Topology, alert: Alert) -> NotifyDelay | None:
    """How long after a breach begins somebody is told; None where nothing evaluates alerts.

    A breach begins anywhere between two samples and between two evaluations: half an interval of each on average, a
    whole one at worst. Then the alert's `for` runs and the channel takes its delay.
    """
    services = [component for component in topology.components.values() if isinstance(component, Alerting)]
    if not services:
        return None
    service = services[0]
    scrapes = [float(c.scrape_interval) for c in topology.components.values() if isinstance(c, Metrics)]
    interval = (min(scrapes) if scrapes else 0.0) + float(service.evaluation_interval)
    channels = {channel.channel: float(channel.delay) for channel in service.notify}
    first = next(iter(channels.values()), 0.0)
    told = float(alert.hold) + (channels.get(alert.notify, first) if alert.notify is not None else first)
    return NotifyDelay(mean=0.5 * interval + told, worst=interval + told)
