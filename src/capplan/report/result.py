"""What the Python API hands out: records that can also write themselves as the JSON result.

The records of `checks` and `planning` do not know any form of report, and the package's door shall not know their
fields. So the records that join the two live here, in the room that knows both.
"""

from dataclasses import fields
from typing import Any, Self

from capplan.checks.records import Analysis
from capplan.planning.records import Recommendation
from capplan.report.as_json import to_dict
from capplan.report.recommendation_json import recommendation_dict
from capplan.report.uncertainty import doubted_dict
from capplan.uncertainty.records import Doubted


class AnalysisResult(Analysis):
    """An `Analysis` with the JSON result as a method."""

    @classmethod
    def of(cls, analysis: Analysis) -> Self:
        """The same findings, able to write themselves."""
        return cls(**_parts(analysis))

    def to_dict(self) -> dict[str, Any]:
        """The JSON result: plain dictionaries, lists and numbers in SI units; None where a thing does not exist."""
        return to_dict(self)


class RecommendationResult(Recommendation):
    """A `Recommendation` with the JSON result as a method."""

    @classmethod
    def of(cls, recommendation: Recommendation) -> Self:
        """The same plans, able to write themselves."""
        return cls(**_parts(recommendation))

    def to_dict(self) -> dict[str, Any]:
        """The JSON result: plain dictionaries, lists and numbers in SI units; None where a thing does not exist."""
        return recommendation_dict(self)


class UncertainResult(Doubted):
    """An analysis with what its uncertain inputs leave open, and the JSON result as a method."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON result, with an interval beside each number and the probability of each objective."""
        return doubted_dict(self)


def _parts(record: Analysis | Recommendation) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
