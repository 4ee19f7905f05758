"""capplan: capacity planning for production web applications.

The Python API. Each function imports its rooms when it is called, so that `import capplan` costs next to nothing:

    import capplan
    topology = capplan.read("topology.yaml")
    analysis = capplan.analyze(topology, rate=1500.0)
    analysis.to_dict()
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from capplan.errors import BadTopology, CapplanError
    from capplan.report.result import AnalysisResult
    from capplan.topology import Topology

__version__ = "0.1.0"

__all__ = ["AnalysisResult", "BadTopology", "CapplanError", "Topology", "__version__", "analyze", "parse", "read"]

_HOMES = {
    "AnalysisResult": "capplan.report.result",
    "BadTopology": "capplan.errors",
    "CapplanError": "capplan.errors",
    "Topology": "capplan.topology",
}


def read(path: "str | PathLike[str]", *, settings: Sequence[str] = ()) -> "Topology":
    """The topology in a file; `settings` such as `components.app.replicas=8` are laid over it.

    Raises:
        BadTopology: the file has faults; `.problems` holds all of them.
        OSError: the file cannot be read.
    """
    from pathlib import Path

    from capplan.reading import read_topology

    file = Path(path)

    def beside(name: str) -> str:
        return (file.parent / name).read_text(encoding="utf-8-sig")

    return read_topology(file.read_bytes(), str(path), settings, beside)


def parse(text: str | bytes, file: str = "<string>", *, settings: Sequence[str] = ()) -> "Topology":
    """The topology that a text describes; `file` is how faults name it.

    Raises:
        BadTopology: the text has faults; `.problems` holds all of them.
    """
    from capplan.reading import read_topology

    return read_topology(text, file, settings)


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


if not TYPE_CHECKING:  # a type checker sees the imports above, and reports every other name

    def __getattr__(name: str) -> Any:
        """The classes of the API, imported when they are first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
