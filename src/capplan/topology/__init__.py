"""What the user runs: frozen records in the user's words, SI units inside, no input or output.

This room knows nothing of queueing theory, of files, or of how results look.
"""

from capplan.topology.calls import Call, Parallel, Step
from capplan.topology.components import Component, Discipline
from capplan.topology.kind_forms import Notify
from capplan.topology.kinds import (
    KINDS,
    Alerting,
    Balancer,
    Cache,
    Cdn,
    Database,
    External,
    Logging,
    Metrics,
    Pipeline,
    Queue,
    Server,
    Storage,
)
from capplan.topology.machines import Disk, Machine
from capplan.topology.network import Location, Locations
from capplan.topology.objectives import (
    Alert,
    Comparison,
    Metric,
    Operator,
    Resilience,
    Slo,
    parse_comparison,
    parse_metric,
)
from capplan.topology.parts import (
    Contention,
    Data,
    Deploy,
    Endpoint,
    Logs,
    Memory,
    Portion,
    Range,
    Scalability,
    Scaling,
    Strategy,
    VolumeGrowth,
)
from capplan.topology.policies import Policy
from capplan.topology.times import Family, RandomTime
from capplan.topology.topology import DEFAULT_REQUEST, Topology, calls_of
from capplan.topology.workload import Request, Workload

__all__ = [
    "DEFAULT_REQUEST",
    "KINDS",
    "Alert",
    "Alerting",
    "Balancer",
    "Cache",
    "Call",
    "Cdn",
    "Comparison",
    "Component",
    "Contention",
    "Data",
    "Database",
    "Deploy",
    "Discipline",
    "Disk",
    "Endpoint",
    "External",
    "Family",
    "Location",
    "Locations",
    "Logging",
    "Logs",
    "Machine",
    "Memory",
    "Metric",
    "Metrics",
    "Notify",
    "Operator",
    "Parallel",
    "Pipeline",
    "Policy",
    "Portion",
    "Queue",
    "RandomTime",
    "Range",
    "Request",
    "Resilience",
    "Scalability",
    "Scaling",
    "Server",
    "Slo",
    "Step",
    "Storage",
    "Strategy",
    "Topology",
    "VolumeGrowth",
    "Workload",
    "calls_of",
    "parse_comparison",
    "parse_metric",
]
