"""The texts of the methods for loads that vary over time. Errors are of percentiles of the time in system."""

from capplan.queueing.method_records import Method

_STEPS = (
    "lambda_i load of step i (per second), h its length (s); c servers; mu = 1/E[S]; rho_i utilisation; "
    "T time in system (s)"
)

TIME_METHODS: dict[str, Method] = {
    "stationary-steps": Method(
        title="Each step at its stationary law (pointwise stationary approximation)",
        formula="P(T > t) = sum_i lambda_i P_i(T > t) / sum_i lambda_i, P_i the stationary law at lambda_i",
        symbols=_STEPS,
        source=(
            "Green and Kolesar (1991), The pointwise stationary approximation for queues with nonstationary arrivals; "
            "own: when it is taken"
        ),
        domain=(
            "the critical queue of a request forgets faster than its room changes: in each step "
            "tau |rho_i - rho_(i-1)|/(1 - rho_i) <= 0.02 h, tau = 1/(c mu (1 - sqrt(rho))^2), and rho_i < 1; hours of "
            "a day nearly always. Of more than 32 different loads, laws between two of 32 load points are mixed"
        ),
        error="Against the forward equations within the domain: p99 at most 0.1 %; mixing at most 0.3 %",
    ),
    "forward-equations": Method(
        title="M(t)/M/c by its forward equations",
        formula=(
            "dp/dt = p Q(t), births lambda(t), deaths min(n, c) mu, by TR-BDF2; an arrival that finds n >= c waits for "
            "n - c + 1 departures at rate c mu. Services and arrivals of other variability: jobs z = (ca2 + cs2)/2 "
            "times as long that come 1/z times as often"
        ),
        symbols=f"{_STEPS}; p(t) law of the number n in the system; ca2, cs2 SCVs of interarrival and service times",
        source=(
            "Kolmogorov (1931); TR-BDF2: Bank et al. (1985); z: own, exact for the mean work and its spread in heavy "
            "traffic"
        ),
        domain="the critical queue of a request where stationary steps do not hold, up to 4,000 states",
        error=(
            "Exponential, sinus of period 10 to 10,000 E[S], 21 cases, overload among them: p99 0.8 % (max 3.8 %, "
            "interval 9.5 %). cs2 0, 0.25 and 4 on 4 and 16 servers, 6 cases: p99 within 11 %; cs2 4 on one server: "
            "p99 20 % too low"
        ),
    ),
    "fluid-backlog": Method(
        title="What an overload leaves behind, as a fluid",
        formula=(
            "B' = lambda(t) - C while B > 0 or lambda > C; who comes at t waits B(t)/C + noise longer than at a load "
            "of C (1 - room), room = 2 sqrt(E[S]/(c h)), the noise normal of variance (ca2 + cs2) E[S]/c x the time "
            "since the backlog began"
        ),
        symbols=f"{_STEPS}; B requests left waiting; C the load at which the critical queue is full (per second)",
        source="Newell (1982), Applications of Queueing Theory; queues in a row: Cruz (1991); room and noise: own",
        domain="overloads that pile up thousands; a request turns on the queue that is full first of those it passes",
        error=(
            "Against the forward equations, 5 cases of 4,000 to 19,000 jobs: p99 over a day within 2 %, mean within "
            "1.4 %; a percentile that falls between those who find a backlog and those who do not: up to 50 %"
        ),
    ),
    "modulated-arrivals": Method(
        title="MMPP(2)/M/c: arrivals that switch between two rates",
        formula="R_n = A0 (-(A1 + R_(n+1) A2))^-1 backwards from level c, R above it by logarithmic reduction",
        symbols="n jobs in the system; A0, A1, A2 rates up, inside and down a level, 2 x 2",
        source="Neuts (1981); Latouche and Ramaswami (1999), Introduction to Matrix Analytic Methods",
        domain="Poisson arrivals at a rate that switches at random, exponential service; one queue by itself",
        error="25 cases: p99 2.5 % (max 19 %, interval 9 %); below 95 % utilisation in both states at most 1.7 %",
    ),
    "following-fleet": Method(
        title="A fleet that follows the load",
        formula="replicas_i = max(ceil(replicas lambda_i / max lambda), least); cost = mean over steps",
        symbols="least: the lower end of `scaling.replicas`, or 1; prices per hour",
        source="Arithmetic",
        domain=(
            "servers and balancers without data on their machines and not `fixed`; replicas come and go at once, and "
            "no replica carries more than in the busiest step"
        ),
        error="None: a sum of the prices given",
    ),
}
