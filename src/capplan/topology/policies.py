"""Balancing policies, and the names that common balancers give them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Policy(StrEnum):
    """How a balancer chooses a replica."""

    RANDOM = "random"
    ROUND_ROBIN = "round_robin"
    LEAST_CONNECTIONS = "least_connections"
    POWER_OF_TWO = "power_of_two"
    IP_HASH = "ip_hash"


POLICIES: Final[Mapping[str, Policy]] = {
    **{str(policy): policy for policy in Policy},
    # nginx
    "least_conn": Policy.LEAST_CONNECTIONS,
    "random two": Policy.POWER_OF_TWO,
    "random two least_conn": Policy.POWER_OF_TWO,
    "hash": Policy.IP_HASH,
    # HAProxy
    "roundrobin": Policy.ROUND_ROBIN,
    "static-rr": Policy.ROUND_ROBIN,
    "leastconn": Policy.LEAST_CONNECTIONS,
    "source": Policy.IP_HASH,
    "random(1)": Policy.RANDOM,
    "random(2)": Policy.POWER_OF_TWO,
    # Envoy
    "RANDOM": Policy.RANDOM,
    "ROUND_ROBIN": Policy.ROUND_ROBIN,
    "LEAST_REQUEST": Policy.POWER_OF_TWO,
    "RING_HASH": Policy.IP_HASH,
    "MAGLEV": Policy.IP_HASH,
    # AWS
    "least_outstanding_requests": Policy.LEAST_CONNECTIONS,
    "weighted_random": Policy.RANDOM,
    # Google Cloud
    "LEAST_CONNECTIONS": Policy.LEAST_CONNECTIONS,
    "WEIGHTED_ROUND_ROBIN": Policy.ROUND_ROBIN,
    "WEIGHTED_MAGLEV": Policy.IP_HASH,
    "ORIGINAL_DESTINATION": Policy.IP_HASH,
    # Traefik, Kubernetes (IPVS)
    "p2c": Policy.POWER_OF_TWO,
    "rr": Policy.ROUND_ROBIN,
    "wrr": Policy.ROUND_ROBIN,
    "lc": Policy.LEAST_CONNECTIONS,
    "sh": Policy.IP_HASH,
}
