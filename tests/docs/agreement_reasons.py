"""Why predictions are off where they are: of refuted numbers of the tour, and of the worst case of each family."""

from collections.abc import Mapping
from typing import NamedTuple


class Family(NamedTuple):
    """What the simulated cases of a family are, why the worst of them is off, and in which figure that is sought."""

    title: str
    reason: str
    figure: str = "p99"


LINES = "the lines of a visit are sent at once, as a batch, and taken to come one by one. Nobody waits for them"
ONE_BOX = (
    "one box: the further visits of a request follow as soon as it has been served, and short visits meet them in a "
    "row; they are taken to come one by one"
)
TRANSFERS = (
    "a request comes several times, and each transfer takes the same time: what `repeat-visits` adds to the "
    "variability of services was measured from a cv of 0.5 on, and is too much for constants on a card that is not busy"
)

REASONS: Mapping[tuple[str, str], str] = {
    ("01-one-server", "image"): ONE_BOX,
    ("01-one-server", "web"): ONE_BOX,
    ("02-bigger-server", "image"): ONE_BOX,
    ("03-load-balanced", "files"): (
        "about half of the visits wait (0.47 are predicted to), the others take a constant time: the median lies on "
        "the step between the two"
    ),
    ("05-operations", "logs"): LINES,
    ("06-caches-and-replicas", "logs"): LINES,
    ("06-caches-and-replicas", "cache"): TRANSFERS,
    ("08-microservice-shop", "logs"): LINES,
    ("08-microservice-shop", "catalogue-cache"): TRANSFERS,
    ("09-media-site", "cache"): TRANSFERS,
    ("13-diurnal-week", "articles"): TRANSFERS,
    ("14-ticket-sale", "app.concurrency"): (
        "the slots of one replica are worked out as if it were alone: a visit is quicker there behind least connections"
    ),
}
"""By topology and subject."""

FAMILIES: Mapping[str, Family] = {
    "mmc": Family("one queue, exponential", "noise: the method is exact"),
    "ggc": Family(
        "one queue, other laws and bursty arrivals",
        "noise: the method is exact here (GI/M/1); `simulate` with 6 million requests gives 134.6 ± 8.0",
    ),
    "ps": Family("shared processors", "constant service on 4 cores, 90 % in use"),
    "ps_lb": Family(
        "shared processors behind a balancer", "power of two choices; the crowd at a replica is that of queues in order"
    ),
    "lb": Family(
        "balanced replicas",
        "power of two choices, 5 single servers, 90 % in use, cv 2: see `even-rough`",
    ),
    "lb_holdout": Family("balanced replicas, never tuned on", "least connections, 93 % in use; within the noise"),
    "lb_skew": Family("unequal replicas", "weighted random, cv 2, 90 % in use; within the noise"),
    "usl": Family("cores that slow each other down", "constant service on 8 cores, 90 % in use"),
    "usl_lb": Family(
        "the same behind a balancer", "power of two choices, 4 replicas of 4 cores, cv 2: both approximations add up"
    ),
    "usl_ps": Family(
        "the same with shared processors", "power of two choices, 4 replicas of 4 cores: both approximations add up"
    ),
    "path": Family(
        "several queues in a row", "constant services: the second queue gets what the first has already smoothed"
    ),
    "visits": Family(
        "one queue several times",
        "4 visits, cv 0.5, 90 % in use: the variability ce2 is taken as too high, as for constant transfers above",
    ),
    "e2e": Family("whole systems", "least connections and cv 2 at 92 %; little more than the noise"),
    "closed": Family("closed users", "three equally full queues share one population, and are taken as independent"),
    "pool": Family("threads and connections, one replica", "90 % of the threads in use, cv 2; within the noise"),
    "hold": Family("threads of four replicas before a database", "92 % of threads in use: see `slots-shared`"),
    "threads": Family("the same, other policies", "within the noise"),
    "pools": Family(
        "connections of four replicas", "how replicas share the database's queue, an approximation of its own"
    ),
    "nested": Family("three slots one within another", "within the noise"),
    "finite": Family("queues with little room", "one server, room for 4, cv 2: see `room-rough`"),
    "rooms": Family("queues with little room behind a balancer", "power of two choices: see `room-balanced`", "failed"),
    "retry": Family("timeouts, repeats that cannot overload", "within the noise", "failed"),
    "storm": Family(
        "timeouts, repeats that could overload; the nearer of the two regimes",
        "the simulation goes from one regime into the other in its course",
        "failed",
    ),
    "budgets": Family(
        "repeats within a budget, in overload", "the budget is spent in bursts, and is taken as spent evenly", "failed"
    ),
    "timeouts": Family(
        "a call with a timeout in a request with one",
        "all repeats together take 0.95 of the capacity: they come in bursts, see `retries-bursts`",
        "failed",
    ),
    "forkjoin": Family("calls in parallel", "50 branches share their arrivals, and are taken as independent"),
}
