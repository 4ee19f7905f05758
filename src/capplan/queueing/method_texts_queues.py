"""The texts of the methods for one queue and for balanced replicas. Errors are of percentiles of the time in system."""

from capplan.queueing.method_records import Method

_QUEUE = (
    "lambda arrivals per second; E[S] mean service time (s); c servers; rho = lambda E[S]/c utilisation of a server; "
    "ca2, cs2 squared coefficients of variation of interarrival and service times; W wait, T = W + S time in system (s)"
)
_GROUP = (
    "N replicas of c servers; rho utilisation of a server; lambda arrivals at the balancer per second; "
    "C(n) Erlang C of n servers at rho; E[S] mean service time (s); "
    "ca2, cs2 squared coefficients of variation of interarrival and service times; W wait (s); "
    "R1, X see `wait-law`"
)

QUEUE_METHODS: dict[str, Method] = {
    "mmc": Method(
        title="M/M/c, exactly",
        formula=(
            "1/B(k) = 1 + k/(a B(k-1)), B(0) = 1; C = B/(1 - rho (1 - B)); E[W] = C E[S]/(c (1 - rho)); "
            "P(T > t) = (1-C) e^(-mu t) + C (e^(-theta t) + theta t e^(-mu t) (1 - e^(-x))/x), "
            "theta = c mu (1 - rho), x = (theta - mu) t. Beyond 512 servers B = pmf(c; a)/Q(c+1, a)"
        ),
        symbols=f"{_QUEUE}; a = lambda E[S] offered load (Erlang); mu = 1/E[S]; B Erlang B; C = P(W > 0) Erlang C",
        source=(
            "Erlang (1917); Gross and Harris, Fundamentals of Queueing Theory, ch. 2; the pmf by Loader (2000), Fast "
            "and "
            "accurate computation of binomial probabilities"
        ),
        domain="Poisson arrivals, exponential service, first come first served, rho < 1; exact",
        error=(
            "B and C: below 3e-13 relative against the recursion in 50 digits, up to 100,000 servers. Percentiles on "
            "the grid: below 6e-5 of the exact ones. p99 against simulation: mean 0.1 %, max 0.4 % (12 cases, "
            "interval 1.3 %)"
        ),
    ),
    "mgc": Method(
        title="M/G/c, Tijms, van Hoorn and Federgruen",
        formula="E[W] = C (E[R1] + rho/(1-rho) (1+cs2) E[S]/(2c)), E[R1] = integral of (1 - Fe(t))^c dt",
        symbols=(
            f"{_QUEUE}; C = P(W > 0) Erlang C; Fe law of the equilibrium residual service time; "
            "R1 the least of c residuals (s)"
        ),
        source=(
            "Tijms, van Hoorn and Federgruen (1981), Approximations for the steady-state probabilities in the M/G/c "
            "queue, Adv. Appl. Prob. 13"
        ),
        domain="Poisson arrivals, rho < 1; exact for M/M/c and M/G/1; measured for c 1..64, rho 0.5..0.95, cs2 0..10",
        error=(
            "cs2 <= 4: mean 1.3 % (max 8.6 %), p50 1.5 % (11.9 %), p95 1.3 % (6.1 %), p99 1.4 % (8.8 %), p99.9 3.3 % "
            "(39 %, its own interval being wide) over 48 cases, interval of p99 3.3 %. cs2 = 10: p99 5.5 % (24 %) "
            "over 21 cases"
        ),
    ),
    "ggc": Method(
        title="G/G/c: M/G/c carried to other arrivals",
        formula=(
            "E[W] = E[W of M/G/c] x ratio. ca2 < 1: K(ca2, cs2)/K(1, cs2), K of Kimura. ca2 > 1: c = 1 "
            "(ca2+cs2)/(1+cs2) exp(-(1-rho)(ca2-1)/(ca2+4cs2)); c > 1 phi(ca2,cs2)(ca2+cs2)/(phi(1,cs2)(1+cs2)), phi "
            "of Whitt; and where cs2 < 1/4, ratio = whitt^(1-w) max(crowd, whitt)^w, crowd = P(W>0)/C x "
            "(ca2+cs2)/(1+cs2), w = (1-4cs2)/2/max(ca2-1, 1)^2. P(W>0) of Whitt. Exponential service: W | W>0 is "
            "exponential with mean E[S]/(c(1-sigma)), sigma = A*(c mu (1-sigma))"
        ),
        symbols=f"{_QUEUE}; C Erlang C; A* transform of the interarrival law; sigma its root in (0, 1)",
        source=(
            "Kimura (1986), A two-moment approximation for the mean waiting time in the GI/G/s queue; Kraemer and "
            "Langenbach-Belz (1976); Whitt (1993), Approximations for the GI/G/m queue, POM 2(2), eq. 2.24 and the "
            "section on P(W>0); GI/M/c: Gross and Harris, ch. 5; own: the interpolation at cs2 < 1/4"
        ),
        domain="renewal arrivals, rho < 1; measured for c 1..64, rho 0.5..0.95, ca2 0.5, 2, 4, cs2 0..10",
        error=(
            "cs2 <= 4, 32 cases each: ca2 0.5 p99 2.1 % (max 8.7 %), ca2 2 2.2 % (12 %), ca2 4 4.2 % (24 % too low, "
            "constant service on 16 servers); mean time in system 0.9 % (3.9 %), 1.1 % (4.0 %), 2.8 % (9.2 %)"
        ),
    ),
    "wait-law": Method(
        title="The law of the wait: a residual and a geometric number of jobs",
        formula=(
            "W = 0 with probability 1 - P(W>0); else transform R1^ (1-g)/(1 - g X^), R1 with tail (1-Fe)^c, "
            "X = Se/c with weight c^(-1/2), else exponential of the same mean (1+cs2)E[S]/(2c); "
            "g/(1-g) = (E[W]/P(W>0) - E[R1])/E[X]. Where E[W]/P(W>0) < E[R1], g = 0 and R1 gets an atom at 0"
        ),
        symbols=(
            f"{_QUEUE}; Se equilibrium residual service time, Fe its law; R1 the least of c residuals; "
            "X delay by one job queued before (s); g probability of one more of them"
        ),
        source=(
            "Tijms (1994), Stochastic Models, for R1 and Se/c; own: the weight c^(-1/2) of Se/c in X, and g from the "
            "mean"
        ),
        domain="rho < 1; exact for M/M/c, M/G/1 and, given the mean, GI/M/c",
        error=(
            "All 181 simulated G/G/c cases, ca2 0.5..4, cs2 0..10: p50 2.4 %, p95 2.7 %, p99 2.9 % (max 24 %), p99.9 "
            "5.5 %; interval of p99 4.4 %"
        ),
    ),
    "random": Method(
        title="Random replica: thinning",
        formula="each replica is a G/G/c of its own with lambda_i = lambda w_i and ca2_i = 1 + w_i (ca2 - 1)",
        symbols=f"{_GROUP}; w_i part of the arrivals that replica i gets (1/N unless weights are given)",
        source="Thinning of a renewal process: Cox (1962), Renewal Theory; Poisson stays Poisson",
        domain="the choice depends on nothing; every replica below saturation, rho N max w_i < 1",
        error="As `mgc` and `ggc` for one replica. Weights 2:4:4:8, cs2 4, rho 0.9: p99 -3.6 % (interval 15 %)",
    ),
    "ip-hash": Method(
        title="Hash of the client: thinning with unequal shares",
        formula="as `random`, w_i = i^(-s) / sum over k of k^(-s) where the keys are skewed; W is the mixture by w_i",
        symbols=f"{_GROUP}; w_i part of replica i; s the skew (Zipf exponent), 0 for even shares",
        source="Thinning of a renewal process: Cox (1962), Renewal Theory; Zipf's law for the shares",
        domain="many clients, none of which dominates; the hottest replica below saturation",
        error=(
            "s 0.3, 5 and 10 replicas of 4 and 16 servers, hottest at 0.9: p99 within 2.0 % (3 cases, interval "
            "0.5..8 %)"
        ),
    ),
    "round-robin": Method(
        title="Round robin: every N-th arrival",
        formula=(
            "each replica is a GI/G/c with ca2/N: sums of N interarrival times. cs2 = 1: "
            "sigma = (N rho/(N rho + 1 - sigma))^N for Poisson arrivals, W | W>0 exponential with mean "
            "E[S]/(c(1-sigma)). Else `ggc` at ca2/N. With weights, replica i gets lambda w_i and ca2 w_i"
        ),
        symbols=f"{_GROUP}; sigma root in (0, 1); w_i part of replica i",
        source="GI/M/c: Gross and Harris, ch. 5; Kleinrock (1975), Queueing Systems 1, ch. 6",
        domain="replicas in strict turn; rho < 1",
        error=(
            "Never tuned on (N 4..100, c 2 and 8, rho 0.8 and 0.93, cs2 0.5..4): p99 1.8 % (max 2.7 %), 9 cases, "
            "interval 4.9 %. N 2..50, c 1..16, rho 0.7 and 0.9: cs2 1 0.7 % (3.4 %), cs2 4 3.7 % (11 %, interval "
            "6.4 %), cs2 0.25 3.2 % (11.6 % too low on single servers), 24 cases each"
        ),
    ),
    "least-connections": Method(
        title="Least connections: join the shortest queue",
        formula=(
            "P(W>0) = C(Nc)/(1 + 0.2 rho (1-rho)(N-1) c^0.3); E[W | W>0] = E[R1] + rho^N/(1-rho^N) E[X]; "
            "R1 weighted by exp(-eta R1/E[S]), eta = 0.05 (1 - 1/N), unless cs2 = 1. Other arrivals than Poisson: "
            "P(W>0) and E[W] times their ratios in the pooled queue of N c servers"
        ),
        symbols=f"{_GROUP}; eta tilt towards replicas that are not stuck behind a long job",
        source="own; the constants 0.2, 0.3 and 0.05 were fitted to simulation (docs/theory/balancing.md)",
        domain="identical replicas, ties at random, Poisson arrivals; exact for N = 1; N 2..200, c 1..16",
        error=(
            "Never tuned on (as `round-robin`): p99 1.4 % (max 6.5 %), mean 1.1 % (2.5 %), 9 cases, interval 2.6 %. "
            "N 2..50, c 1 and 4, rho 0.7 and 0.9: p99 cs2 0.25 1.5 % (4.5 %), cs2 1 1.2 % (4.0 %), cs2 4 4.8 % (15 % "
            "too high), 14 cases each"
        ),
    ),
    "power-of-two": Method(
        title="Power of two choices: between two queues and the mean field",
        formula=(
            "mean field: c rho s_k^2 = (k+1) s_(k+1) + s_(k+2) + ... + s_c for k < c, s_(k+1) = rho s_k^2 from k = "
            "c-1 on, "
            "an arrival joins at k with s_k^2 - s_(k+1)^2. With u = 2/N: P(W>0) = Pm + max(P2 - Pm, 0) u^0.8, "
            "E[W] = Wm + (W2 - Wm) u (0.55 + 0.45 u^0.7). Law: weight u^(0.5 + 0.8 max(1-cs2, 0)) R1 and geometric X, "
            "else R1, the mean field's jobs ahead and a geometric rest. cs2 > 1: a job ahead counts v X + (1-v) S/c, "
            "v = 0.35 + 0.65 u^0.6 (0.35 in the mean field)"
        ),
        symbols=(
            f"{_GROUP}; s_k part of the replicas with at least k jobs; Pm, Wm of the mean field; "
            "P2, W2 of least connections with N = 2"
        ),
        source=(
            "Mitzenmacher (2001), The power of two choices in randomized load balancing; Vvedenskaya, Dobrushin and "
            "Karpelevich (1996); own: c > 1, the interpolation in N and v, fitted to simulation"
        ),
        domain="two different replicas at random, ties at random, Poisson arrivals; N 2..200, c 1..16, rho 0.5..0.95",
        error=(
            "216 cases (tuned on), p99: cs2 0.25 1.0 % (max 6.7 %), cs2 1 0.9 % (7.8 %), cs2 4 3.2 % (13 %), mean "
            "0.9 % (5.9 %), interval 1.6 %. Never tuned on: p99 1.5 % (4.5 %), 9 cases, interval 1.0 %"
        ),
    ),
    "processor-sharing": Method(
        title="Processor sharing: all visits progress at once",
        formula=(
            "a visit of size x takes x + Gamma, of mean x (m-1) and variance x^2 v G(x/tau), "
            "G(y) = 2 (y - 1 + e^-y)/y^2, tau = (1+cs2) E[S]/(2 (1-rho)); averaged over x. E[T] = m E[S]. "
            "m - 1 = E[W]/E[S], v = 2 (m-1)^2/P(W>0) - (m-1)/c - (m-1)^2 with W the wait of the same replicas in order "
            "of arrival with exponential service, times 2 (ca2+cs2)/((1+cs2)(1+ca2)); for one replica "
            "m - 1 = C/(c (1-rho))"
        ),
        symbols=(
            f"{_GROUP}; m, v mean and variance of K, by how much the crowd slows a visit down; tau time in which the "
            "crowd changes (s); x CPU time of the visit (s); T time in system (s); C Erlang C. P(W>0), E[W] of a "
            "result are P(all cores are busy on arrival) and E[T] - E[S]"
        ),
        source=(
            "the mean: Kleinrock (1976), ch. 4; Cohen (1979); the law of T given x: own, it has the variance of "
            "Coffman, Muntz and Trotter (1970) where c = 1 and service is exponential; behind balancers: own, after "
            "Gupta, Harchol-Balter, Sigman and Whitt (2007), Analysis of join-the-shortest-queue routing for web "
            "server farms; not Poisson: after Gromoll (2004), Diffusion approximation for a "
            "processor sharing queue in heavy traffic"
        ),
        domain="a visit uses at most one core; rho 0.5..0.95, c 1..16, cs2 0..10; visits of one request independent",
        error=(
            "27 cases, p99 1.6 % (max 4.6 %), p50 1.0 % (3.5 %), p95 1.3 % (4.2 %), p99.9 3.2 % (7.4 %), "
            "interval of p99 3.4 %; a web shop with it, p99 1.5 %. Behind balancers (18 cases): p99 3.7 % (11 %), "
            "mean 1.8 % (6.1 %), p50 3.4 % (12 %), interval 4.6 %"
        ),
    ),
}
