"""What verifying says: each predicted number beside the simulated one, and whether the simulation refutes it."""

from dataclasses import dataclass
from enum import StrEnum

from capplan.checks.records import Analysis
from capplan.prediction.measured import Interval
from capplan.prediction.simulated import Run

CONFIDENCE = 0.95
"""With which all intervals of one verification together cover the true numbers."""


class Verdict(StrEnum):
    """What a simulation says of a predicted number."""

    AGREES = "agrees"
    DIFFERS = "differs"
    REFUTED = "refuted"
    TOO_FEW = "too_few"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A predicted number and the same simulated.

    Attributes:
        metric: `subject.metric`.
        predicted, simulated: the number (SI).
        interval: covers the true number; all intervals of a verification together do with 95 % confidence.
        claim: what is said of the true number: the predicted one, give or take the stated error of its methods.
        caveats: the codes of the notes that cast doubt on it.
        verdict: `agrees` where the predicted number lies in the interval, `refuted` where nothing of the claim does,
            `differs` where only the claim reaches into it, `too_few` where too little was seen to tell.
    """

    metric: str
    predicted: float
    simulated: float
    interval: Interval
    claim: Interval
    caveats: tuple[str, ...]
    verdict: Verdict

    @property
    def difference(self) -> float:
        """How far the prediction is above the simulation."""
        return self.predicted - self.simulated

    @property
    def relative_difference(self) -> float | None:
        """The same as a part of the simulated number; None of 0."""
        return self.difference / self.simulated if self.simulated else None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The result of `analyze --verify`.

    Attributes:
        analysis: what was worked out.
        run: how it was simulated.
        numbers: request by request, then component by component.
        remarks: what was not compared, or is not as the topology has it.
    """

    analysis: Analysis
    run: Run
    numbers: tuple[Number, ...]
    remarks: tuple[str, ...] = ()

    def judged(self, verdict: Verdict) -> tuple[Number, ...]:
        """The numbers of which the simulation says so."""
        return tuple(number for number in self.numbers if number.verdict is verdict)

    @property
    def refuted(self) -> tuple[Number, ...]:
        """The numbers that are further off than their methods' stated error."""
        return self.judged(Verdict.REFUTED)

    @property
    def compared(self) -> tuple[Number, ...]:
        """The numbers of which enough was seen."""
        return tuple(number for number in self.numbers if number.verdict is not Verdict.TOO_FEW)

    @property
    def healthy(self) -> bool:
        """Whether every SLO holds, no alert fires, and no number is refuted."""
        return self.analysis.healthy and not self.refuted
