"""What checking says of a day or a week: one finding per objective, and what its fleets cost."""

from dataclasses import dataclass

from capplan.prediction.period_records import Fleets, Period


@dataclass(frozen=True, kw_only=True)
class PeriodObjective:
    """An SLO over a period.

    Attributes:
        value: of a request's percentile, mean, success or error rate over all that come in the period; of a cost on
            average; of anything else in the worst step. None where it has no bound or does not exist.
        met: whether that holds.
        steps_missed: the steps in which it does not hold, each by itself.
    """

    name: str
    metric: str
    operator: str
    objective: float
    value: float | None
    met: bool
    steps_missed: int


@dataclass(frozen=True, kw_only=True)
class PeriodCheck:
    """A period with its objectives and its costs."""

    period: Period
    slos: tuple[PeriodObjective, ...]
    fleets: Fleets
