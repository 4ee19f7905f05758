"""What the Python API hands out for a comparison: the record, able to write itself as the JSON result."""

from dataclasses import dataclass
from typing import Any, Self

from capplan.report.comparison import to_dict
from capplan.studies.records import Difference


@dataclass(frozen=True, kw_only=True)
class ComparisonResult(Difference):
    """A `Difference` with the JSON result as a method."""

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """The same result, able to write itself."""
        return cls(**vars(difference))

    def to_dict(self) -> dict[str, Any]:
        """The JSON result: plain dictionaries, lists and numbers in SI units; None where a thing does not exist."""
        return to_dict(self)
