"""Each method of the solver with its formula, source, domain and measured error: the one list that results and docs
cite."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A formula as the reader of a report needs it.

    Attributes:
        title: the method's name in the field.
        formula: the formula in the paper's symbols.
        symbols: what each symbol means, with its unit.
        source: where it is from; "own" where it was derived for this solver.
        domain: where it holds.
        error: what was measured against simulation.
    """

    title: str
    formula: str
    symbols: str
    source: str
    domain: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Caveat:
    """A region where a method is outside its measured range: the sentence the reader sees, and what to do."""

    message: str
    advice: str


METHODS: dict[str, Method] = {}
CAVEATS: dict[str, Caveat] = {
    "near-saturation": Caveat(
        message="Utilisation above 98 %: waits grow without bound, and the least error of the inputs decides them.",
        advice="Take the percentiles as an order of magnitude, and the headroom as the result.",
    ),
    "rough-service": Caveat(
        message="Service times vary strongly (cv above 2.8) on a few servers: p99 was up to 23 % off, p50 up to 47 %.",
        advice="Measure the long requests apart, or simulate.",
    ),
    "rough-arrivals": Caveat(
        message="Arrivals are far burstier than the service times: p99 was up to 26 % too low in this region.",
        advice="Simulate, or keep a quarter of headroom on the percentile.",
    ),
    "many-visits": Caveat(
        message="A request visits this queue more than 8 times; the correlation of its waits was measured up to 8.",
        advice="Batch the calls, or simulate.",
    ),
    "round-robin-smooth": Caveat(
        message="Round robin over 10 or more replicas with even service times near saturation: p99 was 12 % too low.",
        advice="Keep utilisation below 85 %, or add 12 % to the percentile.",
    ),
    "power-of-two-smooth": Caveat(
        message="Power of two choices with even service times above 95 % utilisation: p99 was up to 14 % too high.",
        advice="The prediction is on the safe side.",
    ),
    "even-rough": Caveat(
        message="Few replicas, strongly varying service times, 90 % utilisation: p99 was up to 19 % too high.",
        advice="The prediction is on the safe side; p99.9 more so (up to 42 %).",
    ),
    "weights-evened": Caveat(
        message="Least connections and power of two even out the load of identical replicas: the weights are left out.",
        advice="Use round_robin or random if the weights are meant to shift load.",
    ),
    "even-bursty": Caveat(
        message="Least connections and power of two were measured for Poisson arrivals; these are not.",
        advice="The wait is scaled as that of one pooled queue; simulate where it decides.",
    ),
    "balancer-range": Caveat(
        message="More than 1,000 replicas or 64 servers a replica behind a balancer: beyond what was measured.",
        advice="Waits are short at this size below 95 % utilisation; simulate above.",
    ),
    "fork-join": Caveat(
        message="Calls made in parallel share their arrivals: p95 and above were within 7 %, the mean up to 10 % high.",
        advice="The mean of wide fan-outs (50 calls) was up to 18 % high; percentiles above p95 hold.",
    ),
}
