"""The texts of the methods for call graphs, for what gets through, for resources and for the results read off them."""

from capplan.queueing.method_records import Method

NETWORK_METHODS: dict[str, Method] = {
    "grid": Method(
        title="Laws on a grid, sums by FFT",
        formula=(
            "mass at k h = (e((k-1)h) - 2 e(kh) + e((k+1)h))/h, e(t) = E[(S-t)+]; sums are products of transforms "
            "padded to 2n; percentiles where the tail crosses 1 - q, interpolated in its logarithm; made anew on a "
            "longer grid while 3 x p99.9 > n h, and on damped grids 64 times finer for levels within 8 steps of 0"
        ),
        symbols="h step (s); n = 2048 points; S the law (s); q level of the percentile",
        source="own: the mean-preserving lattice (a linear split of each mass); the FFT of sums is standard",
        domain="any law with a finite mean; times a million times shorter than the longest",
        error=(
            "n = 2048, against exact percentiles: M/M/c 6e-5 (p50), 1.3e-5 (p95 and above); sums of 3..30 exponentials "
            "3e-4; lognormal up to cv 3.2: p50 5e-3, p95 and above 6e-5; a constant: 1e-3, always within one step"
        ),
    ),
    "path": Method(
        title="A path: the sum of its waits and services",
        formula="T = sum of W_k + S_k + delays; transform of T = product; one of several ways: mixture of transforms",
        symbols="W_k wait, S_k service at the k-th visit (s)",
        source=(
            "Independent sojourn times: exact for tandems of M/M/1 (Reich 1957) and M/M/c in overtake-free paths "
            "(Burke)"
        ),
        domain="open networks; exact for exponential tandems, else an approximation by the arrivals of `arrival-scv`",
        error=(
            "18 cases (tandems of 2..10, repeat visits, cache mixture, branches; rho 0.5 and 0.9): p99 1.5 % (max "
            "5.7 %, "
            "constant services), mean 1.3 % (8.7 %), interval 3.0 %. 9 composite web systems: p99 0.6 % (2.6 %), "
            "interval 1.1 %"
        ),
    ),
    "arrival-scv": Method(
        title="Burstiness passed from station to station",
        formula=(
            "departures: cd2 = 1 + (1-rho^2)(ca2-1) + rho^2 (cs2-1) f, f = 1 where cs2 < 1, else 1/c; split by p: "
            "1 + p (cd2-1); after a random delay: the excess over 1 times 1/(1 + lambda sd); merge: "
            "ca2 = 1 + w sum of p_i (c_i - 1), w = 1/(1 + 4(1-rho)^2 (v-1)), 1/v = sum of p_i^2"
        ),
        symbols=(
            "ca2, cs2, cd2 squared coefficients of variation of arrivals, service, departures; rho utilisation of a "
            "server; c servers; p part of a stream; p_i, c_i part and variation of each stream merged; lambda rate "
            "of the "
            "stream (per second); sd standard deviation of the delay (s)"
        ),
        source="Whitt (1983), The Queueing Network Analyzer, BSTJ 62; own: f = 1/c and the factor of a random delay",
        domain="open networks with rho < 1; routing taken at the middle load of a sweep",
        error=(
            "p99 of tandems at rho 0.5 / 0.9: constant services +4.7 % / +5.7 %, lognormal cs2 4 +0.4 % / -3.4 %, "
            "lognormal cs2 10 +0.1 % / +4.3 % (interval 0.2..5.6 %)"
        ),
    ),
    "repeat-visits": Method(
        title="One request at one queue several times: waits that resemble each other",
        formula=(
            "V waits have the law kappa x law(V W) + (1-kappa) x law(sum of V independent W), kappa = q exp(-D/tau), "
            "tau = (1+ce2) E[S]/(c (1-rho)^2), and W is computed with ce2 = 1 + (cs2-1)/V in place of cs2"
        ),
        symbols=(
            "V visits of one request; D mean time between them (s); tau time in which the queue forgets (s); "
            "q probability that two visits meet the same replica's queue; W wait (s); cs2 of service, ce2 effective"
        ),
        source=(
            "own: kappa from the relaxation time of reflected Brownian motion; ce2 is the variation of a geometric "
            "number "
            "of services, as QNA uses for immediate feedback (Whitt 1983)"
        ),
        domain="up to 8 visits measured; c 8 servers, rho 0.5..0.9, cs2 0.25..4",
        error=(
            "24 cases, V 2, 4, 8: p99 1.0 % (max 6.7 %, cs2 0.25), p95 0.9 % (3.6 %), mean 0.5 % (2.0 %), interval "
            "1.7 %"
        ),
    ),
    "fork-join": Method(
        title="Calls in parallel: the slowest counts",
        formula="P(max <= t) = product of P(T_i <= t)",
        symbols="T_i time of the i-th branch, its waits included (s)",
        source=(
            "Independence of the branches; a bound from above, as shared arrivals correlate them (Nelson and Tantawi "
            "1988)"
        ),
        domain="any branches; conservative: the more branches and the busier, the more the mean is too high",
        error=(
            "2..50 equal branches, c 1 and 4, cs2 1 and 4, rho 0.6, 16 cases: p95 2.1 % (max 6.3 %), p99 1.8 % (4.9 "
            "%); "
            "mean too high by up to 5 % (2 branches), 16 % (10), 24 % (50), the median by up to 27 %"
        ),
    ),
    "utilisation": Method(
        title="The utilisation law over forced flow",
        formula="rho = sum over endpoints of lambda V_e E[S_e] / (c N); V_e = mean runs of the endpoint per request",
        symbols="lambda workload rate (per second); V_e visits; E[S_e] service time of a visit (s); c N servers",
        source="Denning and Buzen (1978), The operational analysis of queueing network models, Computing Surveys 10",
        domain="any law of arrivals and service; below saturation",
        error="None: an identity. Per server, 0..1",
    ),
    "saturation": Method(
        title="Overload: the fluid limit",
        formula=(
            "a station passes 1/max(rho, 1) of what comes, unequal replicas each its own; what waits for ever never "
            "reaches the stations behind; the pass fractions are a fixed point over the call graph"
        ),
        symbols="rho work offered over capacity of the station (servers)",
        source=(
            "own: the long-run rates of first come first served queues, each class passing in proportion to its "
            "arrivals"
        ),
        domain="a load that lasts; nobody gives up; latency of whatever passes a saturated station does not exist",
        error=(
            "Throughput of two classes at two stations, four overloads: within 0.6 % of simulation (interval about "
            "0.3 %)"
        ),
    ),
    "capacity": Method(
        title="Capacity: where the first resource is full",
        formula="max_rate = min over resources of (1 - u0)/u1, u = u0 + u1 x rate; headroom = 1 - rate/max_rate",
        symbols="u utilisation of the busiest replica or of a rate limit; u0 its part that the workload does not cause",
        source="Bottleneck analysis: Denning and Buzen (1978)",
        domain="open workload with fixed shares of the requests",
        error="None: linear. Every queue is stable a millionth below it, one is not a millionth above it",
    ),
    "crossings": Method(
        title="Rates at which an objective falls or an alert fires: roots",
        formula="least rate at which 1/metric(rate) = 1/threshold, by bracketed inverse quadratic interpolation",
        symbols=(
            "metric a mean, percentile, queue length or error rate that grows with the rate; utilisations in closed "
            "form"
        ),
        source="Chandrupatla (1997), Advances in Engineering Software 28; own: the search on the inverse",
        domain="metrics that grow with the load, up to the load that saturates what they pass",
        error=(
            "M/M/1 p99: 2e-15 relative of the closed form. Objectives and alerts of the example topologies turn "
            "within a "
            "millionth of the rate found"
        ),
    ),
    "notify-delay": Method(
        title="From breach to notification",
        formula="mean = (scrape + evaluation)/2 + for + channel; worst = scrape + evaluation + for + channel",
        symbols="intervals and delays in seconds; for: how long the alert must hold",
        source="own: a breach begins anywhere in the two intervals, which are not in step",
        domain="`for` a multiple of the evaluation interval, else up to one interval more; a breach that lasts",
        error="200,000 breaches drawn, three settings: mean within 0.1 %, none later than the worst",
    ),
    "closed-users": Method(
        title="Closed users: each queue a finite source, product form exactly",
        formula=(
            "rate (Z + R) = N; P(n at a queue) ~ N!/(N-n)! z^n / (min(n,c)! c^max(n-c,0)), z such that c rho servers "
            "are busy; an arrival finds P of N-1: W = R1 + J x X, M - J Poisson cut off at M = (N-1-c) 2/(1+cs2)"
        ),
        symbols=(
            "N users; Z mean think time, R mean response (s); n users at a queue of c servers; J blocks of work ahead; "
            "R1, X of `wait-law`"
        ),
        source=(
            "Engset (1918); arrivals: Sevcik and Mitrani (1981); product form by convolution: Buzen (1973); own: the "
            "decomposition, blocks, what a policy or cs2 adds to M/M/c kept as a factor"
        ),
        domain=(
            "any number of users, far beyond saturation too; no held slots, full queues, timeouts, retries "
            "(`closed-approximate`); several full queues are taken as independent"
        ),
        error=(
            "13 cases, N 0.5..2 of the saturating population: rate 0.2 % (max 1.9 %), mean 1.6 % (7.5 %), p99 3.7 % "
            "(14 %: three identical bottlenecks). Product form: rate, mean 1e-12"
        ),
    ),
    "disk": Method(
        title="Disk: operations one after the other",
        formula="service of a visit = io x max(1/iops, io_size/throughput); wait of `mgc` with c = 1; store: io/iops",
        symbols=(
            "io operations of a visit; iops per second; io_size bytes of one operation; throughput bytes per second"
        ),
        source="M/G/1: Pollaczek (1930), Khinchine (1932)",
        domain="one queue a machine, or one a store; no reordering, no cache beyond what is declared",
        error="As `mgc` with c = 1: p99 1.5 % (max 5.3 %), 12 cases, interval 5.0 %",
    ),
    "network": Method(
        title="Network: round trips, transfers, and the interface as a queue",
        formula=(
            "each call adds its round trip and request/bandwidth + response/bandwidth; interface: service = bytes of "
            "a visit "
            "in the busier direction / bandwidth, a queue of one server"
        ),
        symbols="bytes of request and response; bandwidth bytes per second; round trip a random time (s)",
        source="Full duplex link as an M/G/1 queue; own: the busier direction stands for the interface",
        domain="links between locations carry each call without waiting; interfaces queue",
        error="As `mgc` with constant service: p99 1.6 % (max 3.6 %), 5 cases, interval 1.8 %",
    ),
    "success-rate": Method(
        title="Success along the call graph",
        formula=(
            "s = (1 - error_rate) x min(1, limit/rate) x product over the calls waited for of s_callee^count; a "
            "choice: sum "
            "of p s; a call with probability p: 1 - p (1 - s); replicas that may be down: see `replicas-up`"
        ),
        symbols="s probability that a run succeeds; limit, rate calls per second of an external service",
        source="own: a product of independent failures",
        domain="failures independent of each other; nothing is retried; a caller fails when a call it waits for fails",
        error="None under its assumption",
    ),
    "replicas-up": Method(
        title="Enough replicas up: k of n",
        formula=(
            "P(up) = sum over i >= k of C(n,i) A^i (1-A)^(n-i); k = the least number with which the machines' queues "
            "are stable at this load; A = mtbf/(mtbf + mttr), times that of the host. A request: s x product over such "
            "groups of 1 - (1 - P(up)) (1 - s'/s)"
        ),
        symbols=(
            "n replicas; A availability of one; s success with everything up, s' with one group down: however often a "
            "request calls it, it is down once"
        ),
        source="k-out-of-n systems: Barlow and Proschan (1975), Statistical Theory of Reliability, ch. 2; product: own",
        domain=(
            "replicas fail independently of each other and of the load, for longer than a request takes; latency is "
            "that of the state with everything up"
        ),
        error="Sum: 1e-12. Product: none where a request needs each group or not at all; else less than d_i d_j of two",
    ),
    "memory": Method(
        title="Memory: idle, and for the visits in progress",
        formula=(
            "utilisation = sum over the machine's components of (base + per_visit x N999) / machine memory; E[N] = "
            "rate x (own waits + own services + calls waited for + their network)"
        ),
        symbols=(
            "bytes; N visits in progress at the busiest replica, N999 its 99.9th percentile: the sum of the numbers at "
            "each queue (in service as in M/M/c; waiting: the arrivals during one wait; others' visits thinned out) "
            "and of a Poisson number in delays; E[N] by Little's law"
        ),
        source="Little (1961); Jackson (1957); Keilson and Servi (1988) for those waiting; own: thinning, even queues",
        domain="queues independent of each other; components that share a machine each at their own percentile",
        error=(
            "M/M/c, M/G/inf: none; M/G/1 0.1 % (max 2.3 %). Two tiers, 18 cases: 3.0 % (12 %), interval 6 %; behind "
            "least connections, 6 cases: 10 % (17 %: one visit of six)"
        ),
    ),
    "cost": Method(
        title="Cost",
        formula="per hour = machines x price + volume per hour x price per volume + calls per hour x price per call",
        symbols="prices in the topology's currency; a month is 730 hours",
        source="Arithmetic on list prices",
        domain="on-demand machines that run all the time; components without a price are left out and named in a note",
        error="None: a sum of the prices given",
    ),
}
