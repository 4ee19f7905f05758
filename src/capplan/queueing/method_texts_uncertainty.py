"""The text of the method for networks whose numbers are uncertain."""

from capplan.queueing.method_records import Method

UNCERTAINTY_METHODS: dict[str, Method] = {
    "uncertainty": Method(
        title="Uncertain inputs: networks of one shape at scrambled Sobol points, solved together",
        formula=(
            "x_i = Q_i(u_i), Q_i two halves of a normal law on ln x (fractions: logit x) through the 5, 50 and 95 % "
            "points; interval = 5 and 95 % points of the metric over the points; probability = part of the points at "
            "which the objective holds; law of a member on its own grid: interpolated in ln(mean/step)"
        ),
        symbols="u_i coordinate i of a point, in (0, 1); x_i input i; a member is the network at one point",
        source=(
            "Sobol (1967); Joe and Kuo (2008), directions; Matousek (1998), scrambling; McKay et al. (1979) beyond 96 "
            "inputs; solving all members together: own"
        ),
        domain="independent inputs; no slots, full queues, timeouts, retries, shared processors (those point by point)",
        error=(
            "against an analysis of each point, inputs +-20 %, topologies of the tour: p90 to p99 of requests 1.3 %, "
            "p50 2.5 %, rates and utilisations 0.1 %; from seed to seed at 256 points the ends vary by 1 to 2 %"
        ),
    ),
}
