"""Why predictions are off where they are: of refuted numbers of the tour, and of the worst case of each family."""

from collections.abc import Mapping
from typing import NamedTuple


class Family(NamedTuple):
    """What the simulated cases of a family are, why the worst of them is off, and in which figure that is sought."""

    title: str
    reason: str
    figure: str = "p99"


REASONS: Mapping[tuple[str, str], str] = {}
"""By topology and number, or subject, or "" for all of the topology."""

FAMILIES: Mapping[str, Family] = {
    "mmc": Family("one queue, exponential", "noise: the method is exact"),
    "ggc": Family(
        "one queue, other laws and bursty arrivals",
        "95 % in use and bursty arrivals on one server, where the ratio of Whitt's is on the low side",
    ),
    "ps": Family("shared processors", "90 % in use, constant service: visits that began together end together"),
    "ps_lb": Family(
        "shared processors behind a balancer", "power of two choices: the law of the crowd is that of queues in order"
    ),
    "lb": Family(
        "balanced replicas",
        "power of two choices between 5 single servers, 90 % in use, cv 2: a long job is avoided more than v says",
    ),
    "lb_holdout": Family(
        "balanced replicas, never tuned on", "least connections, 93 % in use, cv 1.4; within the noise"
    ),
    "lb_skew": Family("unequal replicas", "weighted random, cv 2, 90 % in use; within the noise"),
    "usl": Family("cores that slow each other down", "near the peak, cv 2: half of the variance that a service keeps"),
    "usl_lb": Family("the same behind a balancer", "power of two choices, cv 2: both approximations add up"),
    "usl_ps": Family("the same with shared processors", "contention and coherency at their highest, cv 2"),
    "path": Family(
        "several queues in a row", "constant services: the second queue gets what the first has already smoothed"
    ),
    "visits": Family(
        "one queue several times", "services of cv 0.5 at 90 %: visits resemble each other less than is taken"
    ),
    "e2e": Family("whole systems", "least connections and cv 2 at 92 %; little more than the noise"),
    "closed": Family("closed users", "three equally full queues share one population, and are taken as independent"),
    "pool": Family("threads and connections, one replica", "90 % of the threads in use, cv 2; within the noise"),
    "hold": Family(
        "threads of four replicas before a database", "92 % of the threads in use, cv 2: see `slots-shared`"
    ),
    "threads": Family("the same, other policies", "within the noise"),
    "pools": Family("connections of four replicas", "who waits for a connection waits less long for the database"),
    "nested": Family("three slots one within another", "within the noise"),
    "finite": Family("queues with little room", "one server, room for 4, cv 2: see `room-rough`"),
    "rooms": Family("queues with little room behind a balancer", "power of two choices: see `room-balanced`", "failed"),
    "retry": Family("timeouts, repeats that cannot overload", "within the noise", "failed"),
    "storm": Family(
        "timeouts, repeats that could overload; the nearer of the two regimes",
        "it goes from one regime into the other in the middle of the simulation",
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
