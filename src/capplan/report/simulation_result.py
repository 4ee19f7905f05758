"""What the Python API hands out for a simulation: the record, able to write itself as the JSON result."""

from dataclasses import dataclass, fields
from typing import Any, Self

from capplan.checks.simulation import Simulation
from capplan.report.simulation_json import simulation_dict


@dataclass(frozen=True, kw_only=True)
class SimulationResult(Simulation):
    """A `Simulation` with the JSON result as a method.

    Attributes:
        wall_seconds: how long it took.
    """

    wall_seconds: float

    @classmethod
    def of(cls, simulation: Simulation, wall_seconds: float) -> Self:
        """The same result, able to write itself."""
        parts = {field.name: getattr(simulation, field.name) for field in fields(simulation)}
        return cls(**parts, wall_seconds=wall_seconds)

    def to_dict(self) -> dict[str, Any]:
        """The JSON result: plain dictionaries, lists and numbers in SI units; None where a thing does not exist."""
        return simulation_dict(self, self.wall_seconds)
