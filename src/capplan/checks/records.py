"""What checking says: one finding per objective and per alert, and the analysis that carries them all."""

from dataclasses import dataclass
from enum import StrEnum

from capplan.checks.period_records import PeriodCheck
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
        holds_until_users: the most closed users with whom it holds; None where the workload is open, or where no number
            of users makes it fall.
        window: seconds over which it is promised; None where nothing is said.
    """

    name: str
    metric: str
    operator: str
    objective: float
    value: float | None
    met: bool
    holds_until_rate: float | None
    holds_until_users: float | None = None
    window: float | None = None


@dataclass(frozen=True, kw_only=True)
class NotifyDelay:
    """Time from the breach to the notification (seconds): on average and at worst."""

    mean: float
    worst: float


@dataclass(frozen=True, kw_only=True)
class AlertState:
    """An alert held against a prediction.

    Attributes:
        fires_at_rate: the workload rate from which on it fires; None where no rate does that.
        fires_at_users: the least closed users with whom it fires; None where the workload is open, or where no number
            of users does that.
    """

    name: str
    metric: str
    operator: str
    threshold: float
    value: float | None
    firing: bool
    fires_at_rate: float | None
    fires_at_users: float | None = None
    severity: str | None = None
    notify: str | None = None
    delay: NotifyDelay | None = None


class Concern(StrEnum):
    """What a miss is about."""

    SLO = "slo"
    ALERT = "alert"
    LIMIT = "limit"


@dataclass(frozen=True, kw_only=True)
class Miss:
    """Something that does not hold in some state of the system.

    Attributes:
        state: the state's name.
        concern: an SLO that is missed, an alert that fires, or a limit that is passed.
        name: the user's name of the objective or alert, or the limit's: "api.cpu", "db.connections".
        metric: `subject.metric`.
        operator: what should hold: the SLO's operator, the opposite of an alert's; "<" or "<=" for limits.
        threshold: the quantity that it should keep (SI).
        value: the quantity that it has; None where it grows without bound or does not exist.
        message: a sentence.
    """

    state: str
    concern: Concern
    name: str
    metric: str
    operator: str
    threshold: float
    value: float | None
    message: str

    @property
    def subject(self) -> str:
        """The component or request that it is about."""
        return self.metric.split(".", 1)[0]


@dataclass(frozen=True, kw_only=True)
class StateCheck:
    """A state that `resilience` names, held against every objective, alert and limit.

    Attributes:
        state: its name.
        misses: what does not hold in it, limits first.
    """

    state: str
    misses: tuple[Miss, ...]

    @property
    def held(self) -> bool:
        """Whether everything holds in it."""
        return not self.misses


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The result of `analyze`: the prediction with its findings.

    Attributes:
        states: what holds in each state that `resilience` names.
        period: what holds over the day or week that `profile` gives; None without one.
    """

    prediction: Prediction
    slos: tuple[Objective, ...]
    alerts: tuple[AlertState, ...]
    states: tuple[StateCheck, ...] = ()
    period: PeriodCheck | None = None

    @property
    def healthy(self) -> bool:
        """Whether every SLO holds and no alert fires, in the states that `resilience` names and over the period as
        well."""
        now = all(slo.met for slo in self.slos) and not any(alert.firing for alert in self.alerts)
        over = self.period is None or all(slo.met for slo in self.period.slos)
        return now and over and all(state.held for state in self.states)
