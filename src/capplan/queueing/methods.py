"""Each method of the solver with its formula, source, domain and measured error: the one list that results and docs
cite, and the caveats for where a method leaves its measured range. The texts stand in the modules beside this one.
"""

from capplan.queueing.method_records import Caveat, Method
from capplan.queueing.method_texts_networks import NETWORK_METHODS
from capplan.queueing.method_texts_queues import QUEUE_METHODS
from capplan.queueing.method_texts_regimes import REGIME_CAVEATS, REGIME_METHODS
from capplan.queueing.method_texts_scaling import SCALING_METHODS
from capplan.queueing.method_texts_time import TIME_METHODS
from capplan.queueing.method_texts_uncertainty import UNCERTAINTY_METHODS

__all__ = ["CAVEATS", "METHODS", "Caveat", "Method"]

METHODS: dict[str, Method] = (
    QUEUE_METHODS | SCALING_METHODS | NETWORK_METHODS | REGIME_METHODS | TIME_METHODS | UNCERTAINTY_METHODS
)
CAVEATS: dict[str, Caveat] = REGIME_CAVEATS | {
    "near-saturation": Caveat(
        message="Utilisation above 98 %: waits grow without bound, and the least error of the inputs decides them.",
        advice="Take the percentiles as an order of magnitude, and the headroom as the result.",
    ),
    "rough-service": Caveat(
        message="Service times vary strongly (cv above 2.8) on few servers: p99 was up to 24 % off, p50 up to 32 %.",
        advice="Measure the long requests apart, or simulate.",
    ),
    "rough-arrivals": Caveat(
        message="Arrivals are far burstier than the service times: p99 was up to 24 % too low in this region.",
        advice="Simulate, or keep a quarter of headroom on the percentile.",
    ),
    "many-visits": Caveat(
        message="A request visits this queue more than 8 times; the correlation of its waits was measured up to 8.",
        advice="Batch the calls, or simulate.",
    ),
    "many-repeats": Caveat(
        message="One request visits more than 12 queues more than once; waits are joined for the 12 that weigh most.",
        advice="The high percentiles of so deep a mesh come out a little low; simulate where it decides.",
    ),
    "round-robin-smooth": Caveat(
        message="Round robin over 10 or more replicas with even service times: p99 was up to 12 % too low.",
        advice="Add 12 % to the percentile.",
    ),
    "power-of-two-smooth": Caveat(
        message="Power of two choices with even service times above 95 % utilisation: p99.9 was up to 15 % too high.",
        advice="The prediction is on the safe side.",
    ),
    "even-rough": Caveat(
        message="Few replicas, strongly varying service times, 90 % utilisation: p99 was up to 17 % too high.",
        advice="The prediction is on the safe side; p99.9 more so (up to 39 %).",
    ),
    "weights-evened": Caveat(
        message="Least connections and power of two even out the load of identical replicas: the weights are left out.",
        advice="Use round_robin or random if the weights are meant to shift load.",
    ),
    "sharing-range": Caveat(
        message="Processor sharing was measured for Poisson arrivals, cv up to 3.2, one visit of a request.",
        advice="The mean holds; visits of one request are taken as independent: simulate where p99 decides.",
    ),
    "scalability-range": Caveat(
        message="Busy cores that slow each other down (`scalability`) were measured for machines of up to 64 cores, up "
        "to 4 times slower together than alone, cv of service up to 2, arrivals from half to twice as bursty as "
        "Poisson.",
        advice="Capacity and utilisation hold. At four times as bursty the mean was 10 % too low; simulate.",
    ),
    "scalability-visits": Caveat(
        message="One request comes several times to cores that slow each other down; each service is taken to be slowed"
        " by itself: p99 was up to 14 % too low, beyond the peak of the cores 25 %.",
        advice="The mean holds; add 15 % to the percentile, or simulate.",
    ),
    "even-bursty": Caveat(
        message="Least connections and power of two were measured for Poisson arrivals; these are not.",
        advice="The wait is scaled as that of one pooled queue: p99 was within 8 %, the median up to 18 % too low.",
    ),
    "balancer-range": Caveat(
        message="More than 1,000 replicas or 64 servers a replica behind a balancer: beyond what was measured.",
        advice="Waits are short at this size below 95 % utilisation; simulate above.",
    ),
    "parallel-mean": Caveat(
        message="Calls made in parallel share their arrivals: p95 and p99 were within 7 %, the mean 16 % too high.",
        advice="Take the percentiles; the mean of wide fan-outs (50 calls) was up to 24 % too high.",
    ),
}
