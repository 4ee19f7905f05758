"""A chart made by hand: a load, two percentiles that grow with it, an objective, a knee and a wall."""

from capplan import units
from capplan.report.chart import MARGIN, Chart, Curve, Mark, axis

LOADS = tuple(float(load) for load in range(100, 1000, 50))


def growing(label: str, least: float, lost: tuple[float, ...] = (1000.0,)) -> Curve:
    """A latency that grows without bound towards 1000/s."""
    return Curve(label, tuple((load, least / (1.0 - load / 1000.0)) for load in LOADS), lost)


CURVES = (growing("p99", 0.04), growing("p50", 0.01))
GROWING = Chart(
    x=axis("workload.rate", (100.0, 1000.0), units.format_rate),
    y=axis("latency", (0.01, 0.8), units.format_duration, logarithmic=True, margin=MARGIN),
    curves=CURVES,
    levels=(Mark("total.p99 < 200 ms", 0.2),),
    moments=(Mark("knee 600/s", 600.0, firm=False), Mark("wall 1,000/s", 1000.0)),
    lost="saturated",
)
