"""What checking says: one finding per objective and per alert, and the analysis that carries them all."""

from dataclasses import dataclass

from capplan.prediction.records import Prediction


@dataclass(frozen=True, kw_only=True)
class Objective:
    """An SLO held against a prediction.

    Attributes:
        name: the user's name of it, or the metric.
        metric: `subject.metric` as written.
        operator: one of <, <=, >, >=.
        objective: the quantity to keep (SI).
        value: the predicted metric; None where it does not exist (unstable system, nothing declared).
        met: whether it holds; a value that does not exist never does.
        holds_until_rate: the workload rate at which it falls, all else equal; None where no rate does that.
        window: seconds over which it is promised; None where nothing is said.
    """

    name: str
    metric: str
    operator: str
    objective: float
    value: float | None
    met: bool
    holds_until_rate: float | None
    window: float | None = None


@dataclass(frozen=True, kw_only=True)
class NotifyDelay:
    """Time from the breach to the notification (seconds): on average and at worst."""

    mean: float
    worst: float


@dataclass(frozen=True, kw_only=True)
class AlertState:
    """An alert held against a prediction; `fires_at_rate` is the workload rate from which on it fires."""

    name: str
    metric: str
    operator: str
    threshold: float
    value: float | None
    firing: bool
    fires_at_rate: float | None
    severity: str | None = None
    notify: str | None = None
    delay: NotifyDelay | None = None


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The result of `analyze`: the prediction with its findings."""

    prediction: Prediction
    slos: tuple[Objective, ...]
    alerts: tuple[AlertState, ...]

    @property
    def healthy(self) -> bool:
        """Whether every SLO holds and no alert fires."""
        return all(slo.met for slo in self.slos) and not any(alert.firing for alert in self.alerts)
