"""Which closed networks are of product form, and their exact solution as far as their size allows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capplan.queueing.balancing import Policy
from capplan.queueing.laws import Exponential
from capplan.queueing.product_form import Place, ProductForm, product_form

if TYPE_CHECKING:
    from capplan.queueing.closed import ClosedNetwork

SIZE = 100_000
"""Kinds of queues times users up to which a network is solved exactly."""
BLIND = (Policy.RANDOM, Policy.IP_HASH)


@dataclass(frozen=True)
class Form:
    """A network of product form.

    Attributes:
        places: one a queue of the network.
        think: mean time of a round spent at none of them.
    """

    places: tuple[Place, ...]
    think: float

    def small(self, users: float) -> bool:
        """Whether so many users are solved exactly."""
        return len(self.places) * users <= SIZE and abs(users - round(users)) < 1e-9 and users >= 1.0

    def solve(self, users: int) -> ProductForm:
        """The network with so many users."""
        return product_form(list(self.places), self.think, users)


def product_form_of(closed: "ClosedNetwork") -> Form | None:
    """The network as one of product form: nobody else comes, no branches, queues that are exponential or shared."""
    outcome = closed.open.at([0.5 * closed.most])
    demand = closed.rounds @ closed.open.traffic.demand
    places = []
    for queue in closed.queues:
        group, law = closed.open.network.stations[queue.station].group, outcome.services[queue.station]
        blind = group.replicas == 1 or group.policy in BLIND
        plain = group.sharing or isinstance(law, Exponential)
        if queue.closed < 1.0 - 1e-12 or not (blind and plain) or group.servers != round(group.servers):
            return None
        part = queue.slope * closed.most / _use(closed, queue.station) / group.replicas
        places.append(Place(round(group.servers), float(demand[queue.station]) * part, queue.copies))
    think = closed.think + closed.fixed - float(np.sum(demand))
    return None if closed.forks else Form(tuple(places), max(think, 0.0))


def _use(closed: "ClosedNetwork", station: int) -> float:
    """Utilisation of the average replica at the highest load."""
    traffic = closed.open.traffic
    work = float((traffic.slope @ traffic.demand)[station]) * closed.most
    return work / closed.open.network.stations[station].servers
