"""What the user runs: frozen records in the user's words, SI units inside, no input or output.

This room knows nothing of queueing theory, of files, or of how results look.
"""

from capplan.topology.autoscale import Autoscale, ScalingMetric
from capplan.topology.calls import Call, Parallel, Step
from capplan.topology.components import Component, Discipline
from capplan.topology.events import (
    Deployment,
    Down,
    Errors,
    Event,
    Flush,
    LoadChange,
    Slowness,
    ZoneDown,
)
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
from capplan.topology.replication import DEFAULT_DEPLOY, MANAGED, disturbed, is_ours
from capplan.topology.rules_of_scenarios import parse_event
from capplan.topology.scenarios import Scenario
from capplan.topology.times import Family, RandomTime
from capplan.topology.topology import DEFAULT_REQUEST, Topology, calls_of
from capplan.topology.workload import Request, Workload

__all__ = [
    "DEFAULT_DEPLOY",
    "DEFAULT_REQUEST",
    "KINDS",
    "MANAGED",
    "Alert",
    "Alerting",
    "Autoscale",
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
    "Deployment",
    "Discipline",
    "Disk",
    "Down",
    "Endpoint",
    "Errors",
    "Event",
    "External",
    "Family",
    "Flush",
    "LoadChange",
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
    "ScalingMetric",
    "Scenario",
    "Server",
    "Slo",
    "Slowness",
    "Step",
    "Storage",
    "Strategy",
    "Topology",
    "VolumeGrowth",
    "Workload",
    "ZoneDown",
    "calls_of",
    "disturbed",
    "is_ours",
    "parse_comparison",
    "parse_event",
    "parse_metric",
]
