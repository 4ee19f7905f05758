"""What the Python API hands out for a verification: the record, able to write itself as the JSON result."""

from dataclasses import dataclass
from typing import Any, Self

from capplan.checks.verification_records import Verification
from capplan.report.verification import verification_dict


@dataclass(frozen=True, kw_only=True)
class VerificationResult(Verification):
    """A `Verification` with the JSON result as a method.

    Attributes:
        wall_seconds: how long it took.
    """

    wall_seconds: float

    @classmethod
    def of(cls, found: Verification, wall_seconds: float) -> Self:
        """The same result, able to write itself."""
        return cls(
            analysis=found.analysis,
            run=found.run,
            numbers=found.numbers,
            remarks=found.remarks,
            wall_seconds=wall_seconds,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON result of `analyze` with the object `verification` in it."""
        return verification_dict(self, self.wall_seconds)
