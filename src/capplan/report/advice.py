"""What a recommendation's forms are given: the plans, and the budget that they were sought for, if one was."""

from dataclasses import dataclass
from typing import Self

from capplan.planning.records import Affordable, Plan, Recommendation
from capplan.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is told.

    Attributes:
        name, file: of the topology.
        currency: of all prices.
        recommendation: None where the budget does not carry even the least load.
        affordable: None where a rate was asked for.
    """

    name: str
    file: str
    currency: str
    recommendation: Recommendation | None
    affordable: Affordable | None = None

    @classmethod
    def of(cls, recommendation: Recommendation) -> Self:
        """What is told of plans for a rate."""
        return cls(
            name=recommendation.topology,
            file=recommendation.file,
            currency=recommendation.current.prediction.cost.currency,
            recommendation=recommendation,
        )

    @classmethod
    def within(cls, topology: Topology, affordable: Affordable) -> Self:
        """What is told of a budget."""
        return cls(
            name=topology.name or "",
            file=topology.file,
            currency=topology.currency,
            recommendation=affordable.recommendation,
            affordable=affordable,
        )

    @property
    def plan(self) -> Plan | None:
        """The chosen plan."""
        return None if self.recommendation is None else self.recommendation.plan
