"""The text of the Universal Scalability Law's method. Errors are of percentiles of the time in system."""

from capplan.queueing.method_records import Method

SCALING_METHODS: dict[str, Method] = {
    "usl": Method(
        title="The Universal Scalability Law: servers that slow each other down",
        formula=(
            "C(n) = n/(1 + sigma (n-1) + kappa n (n-1)), peak n* = sqrt((1-sigma)/kappa). Over the cores of a machine: "
            "k busy cores work at the rate C(k) mu, rho = lambda E[S]/(N C(c)); p(k) ~ a^k/(C(1)...C(min(k,c))). The "
            "wait is that of the queue's method for services of mean E[S] c/C(c), its probability times t; a service "
            "takes S f: f = c/C(c) after a wait, else one of two factors around what is left of the mean m, so far "
            "apart that half of the variance v remains. Over replicas: each is slower by N/C(N), whatever the load"
        ),
        symbols=(
            "sigma contention, kappa coherency; n servers, C(n) in servers that work alone; N replicas of c cores; "
            "lambda arrivals per second; E[S] = 1/mu mean service time alone (s); a offered work of one replica; "
            "p(k) probability of k visits there; t = P(all busy) over that of cores always as slow as c together; "
            "m = E[busy cores]/a; v variance of k/C(k) as services begin"
        ),
        source=(
            "Gunther (1993), A simple capacity model of massively parallel transaction systems, CMG; Gunther (2007), "
            "Guerrilla Capacity Planning, ch. 4-6; the chain: M/M(n)/c, Gross and Harris, ch. 2; replicas evenly "
            "filled behind least connections (power of two: pairs), and the law of a service: own"
        ),
        domain=(
            "sigma < 1; exact in the mean and P(W > 0) for one replica (or spread by share), Poisson arrivals, "
            "exponential service; with processor sharing exact in the mean for any service; measured for c 4..64, "
            "N 1..10, rho 0.5..0.95, cs2 0..4, slowdown c/C(c) up to 4, ca2 0.5..2"
        ),
        error=(
            "One replica (23 cases): mean 0.6 % (max 3.1 %), p50 1.3 % (7.3 %), p95 1.0 % (5.2 %), p99 1.0 % (4.8 %), "
            "interval 2.1 %. Behind every policy (20): mean 1.7 % (5.6 %), p99 2.4 % (6.0 %), interval 1.9 %. Shared "
            "processors (14): mean 0.5 % (2.1 %), p99 1.4 % (4.7 %), interval 1.7 %"
        ),
    ),
}
