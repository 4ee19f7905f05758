"""capplan: capacity planning for production web applications.

The Python API. Each function imports its rooms when it is called, so that `import capplan` costs next to nothing:

    import capplan
    topology = capplan.read("topology.yaml")
    analysis = capplan.analyze(topology, rate=1500.0)
    analysis.to_dict()
    capplan.recommend(topology, target_rate=5000.0).to_dict()
    capplan.simulate(topology, requests=200_000, seed=1).to_dict()
    capplan.compare_simulated(topology, capplan.read("tomorrow.yaml")).to_dict()
    capplan.verify(topology, requests=200_000, seed=1).refuted
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capplan.playing import compare_simulated, simulate, verify

if TYPE_CHECKING:
    from os import PathLike

    from capplan.errors import BadTopology, CapplanError
    from capplan.report.comparison_result import ComparisonResult
    from capplan.report.result import AnalysisResult, RecommendationResult, UncertainResult
    from capplan.report.simulation_result import SimulationResult
    from capplan.report.verification_result import VerificationResult
    from capplan.topology import Machine, Topology
    from capplan.topology.catalogue import Catalogue

__version__ = "0.1.0"

__all__ = [
    "AnalysisResult",
    "BadTopology",
    "CapplanError",
    "Catalogue",
    "ComparisonResult",
    "RecommendationResult",
    "SimulationResult",
    "Topology",
    "UncertainResult",
    "VerificationResult",
    "__version__",
    "analyze",
    "analyze_uncertain",
    "compare_simulated",
    "parse",
    "read",
    "read_catalogue",
    "recommend",
    "simulate",
    "verify",
]

_HOMES = {
    "AnalysisResult": "capplan.report.result",
    "BadTopology": "capplan.errors",
    "CapplanError": "capplan.errors",
    "Catalogue": "capplan.topology.catalogue",
    "ComparisonResult": "capplan.report.comparison_result",
    "RecommendationResult": "capplan.report.result",
    "SimulationResult": "capplan.report.simulation_result",
    "Topology": "capplan.topology",
    "UncertainResult": "capplan.report.result",
    "VerificationResult": "capplan.report.verification_result",
}


def read(
    path: "str | PathLike[str]",
    *,
    settings: Sequence[str] = (),
    catalogue: "Mapping[str, Machine] | None" = None,
    pricing: str | None = None,
) -> "Topology":
    """The topology in a file; `settings` such as `components.app.replicas=8` are laid over it.

    Args:
        catalogue: the machine types that it may name, from `read_catalogue`; the built-in ones where left out.
        pricing: `on-demand` (unless said), or `committed`: the committed price of each machine that has one.

    Raises:
        BadTopology: the file has faults; `.problems` holds all of them.
        OSError: the file cannot be read.
    """
    from pathlib import Path

    from capplan.reading import read_topology
    from capplan.topology.catalogue import catalogue_of

    file = Path(path)

    def beside(name: str) -> str:
        return (file.parent / name).read_text(encoding="utf-8-sig")

    return read_topology(file.read_bytes(), str(path), settings, beside, catalogue_of(catalogue, pricing))


def parse(
    text: str | bytes,
    file: str = "<string>",
    *,
    settings: Sequence[str] = (),
    catalogue: "Mapping[str, Machine] | None" = None,
    pricing: str | None = None,
) -> "Topology":
    """The topology that a text describes; `file` is how faults name it, the other arguments are those of `read`.

    Raises:
        BadTopology: the text has faults; `.problems` holds all of them.
    """
    from capplan.reading import read_topology
    from capplan.topology.catalogue import catalogue_of

    return read_topology(text, file, settings, catalogue=catalogue_of(catalogue, pricing))


def read_catalogue(path: "str | PathLike[str]", *, only: bool = False) -> "Catalogue":
    """The machine types in a file, a CSV table or YAML, laid over the built-in ones; without those where `only` is set.

    Raises:
        BadTopology: the file has faults; `.problems` holds all of them.
        OSError: the file cannot be read.
    """
    from pathlib import Path

    from capplan.reading import read_machines
    from capplan.topology.catalogue import Catalogue, load_catalogue

    types = read_machines(Path(path).read_bytes(), str(path))
    return Catalogue(types) if only else load_catalogue().under(types)


def analyze(topology: "Topology", rate: float | None = None) -> "AnalysisResult":
    """What the topology can take: throughput, utilisation, latency, capacity, objectives, alerts and cost.

    Args:
        topology: from `read` or `parse`.
        rate: the workload's rate per second; the topology's own where left out.

    Raises:
        CapplanError: the rate is not a load.
    """
    from capplan.checks.analysis import analyze as check
    from capplan.errors import BadOption
    from capplan.report.result import AnalysisResult

    if rate is not None and not 0.0 < rate < float("inf"):
        raise BadOption(f"rate: {rate} is not a load; a number per second, above zero")
    return AnalysisResult.of(check(topology, rate))


def analyze_uncertain(
    topology: "Topology", rate: float | None = None, *, points: int = 256, seed: int = 1
) -> "UncertainResult":
    """The same where inputs were written as intervals: results as 90 % intervals, objectives as probabilities.

    Args:
        topology: from `read` or `parse`.
        rate: the workload's rate per second; the topology's own where left out.
        points: values of the inputs to try, best a power of two.
        seed: of their choice; the same seed gives the same result.

    Raises:
        CapplanError: no input is uncertain, or the rate is not a load.
    """
    from capplan.errors import BadOption
    from capplan.report.result import UncertainResult
    from capplan.uncertainty.study import Study, doubted

    if rate is not None and not 0.0 < rate < float("inf"):
        raise BadOption(f"rate: {rate} is not a load; a number per second, above zero")
    if points < 2:
        raise BadOption(f"points: {points} are too few; at least 2")
    return UncertainResult(*doubted(Study(topology, rate, points, seed)))


def recommend(
    topology: "Topology",
    target_rate: float,
    *,
    headroom: float = 0.0,
    percentile_margin: float = 0.0,
    time_limit: float = 10.0,
    confidence: float | None = None,
) -> "RecommendationResult":
    """The cheapest machines that carry a load and hold every objective: a plan of each strategy, and the one to choose.

    Args:
        topology: from `read` or `parse`.
        target_rate: the workload's rate per second to plan for.
        headroom: the plan holds at target_rate / (1 - headroom), 0 <= headroom < 1.
        percentile_margin: times stay below their objectives by this part, 0 <= percentile_margin < 1.
        time_limit: seconds that the search may take; a plan found without proof says so.
        confidence: the probability with which everything shall hold under uncertain inputs, 0 <= confidence < 1; at
            the middle of the inputs where left out.

    Raises:
        CapplanError: the rate is not a load, or a part is not one.
    """
    from time import monotonic

    from capplan.errors import BadOption
    from capplan.planning.recommend import recommend as plans_for
    from capplan.planning.wishes import Wishes
    from capplan.report.result import RecommendationResult

    if not 0.0 < target_rate < float("inf"):
        raise BadOption(f"target_rate: {target_rate} is not a load; a number per second, above zero")
    parts = (("headroom", headroom), ("percentile_margin", percentile_margin), ("confidence", confidence or 0.0))
    for name, part in parts:
        if not 0.0 <= part < 1.0:
            raise BadOption(f"{name}: {part} is not a part below the whole; a number from 0 to below 1")
    if not time_limit > 0.0:
        raise BadOption(f"time_limit: {time_limit} is no time; seconds, above zero")
    wishes = Wishes(
        headroom=headroom,
        percentile_margin=percentile_margin,
        time_limit=time_limit,
        confidence=confidence,
        clock=monotonic,
    )
    if confidence is not None:
        from capplan.planning.confidence import recommend_for_sure

        return RecommendationResult.of(recommend_for_sure(topology, target_rate, wishes))
    return RecommendationResult.of(plans_for(topology, target_rate, wishes))


if not TYPE_CHECKING:  # a type checker sees the imports above, and reports every other name

    def __getattr__(name: str) -> Any:
        """The classes of the API, imported when they are first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
