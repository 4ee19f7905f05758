"""What the Python API hands out: the analysis that can also write itself as the JSON result.

The records of `checks` do not know any form of report, and the package's door shall not know their fields. So the
record that joins the two lives here, in the room that knows both.
"""

from typing import Any, Self

from capplan.checks.records import Analysis
from capplan.report.as_json import to_dict


class AnalysisResult(Analysis):
    """An `Analysis` with the JSON result as a method."""

    @classmethod
    def of(cls, analysis: Analysis) -> Self:
        """The same findings, able to write themselves."""
        return cls(prediction=analysis.prediction, slos=analysis.slos, alerts=analysis.alerts)

    def to_dict(self) -> dict[str, Any]:
        """The JSON result: plain dictionaries, lists and numbers in SI units; None where a thing does not exist."""
        return to_dict(self)
