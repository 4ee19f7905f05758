"""The texts of the methods for slots that are held, queues with little room, timeouts and retries."""

from capplan.queueing.method_records import Caveat, Method

REGIME_METHODS: dict[str, Method] = {
    "slots": Method(
        title="Slots held across calls: a queue for slots before the network that their holders pass",
        formula=(
            "X(n) = G(n-1)/G(n), G = F_1 * F_2 * ... * Z^n/n!, "
            "F(n) = V^n sum_j C(n+j, j) l^j/(X(1) ... X(n+j)); slots: birth-death with rates X(min(n, T)); "
            "W of those that wait: exponential, mean (1 + u (ch2 - 1)/V_g)/(2 (X(T) - lambda)) + the same half of it "
            "for ch2 = 1, u = ln(X(T)/X(T-1))/ln(T/(T-1)); waits behind the slots times "
            "phi = (hold - services)/(the same without a limit of slots)"
        ),
        symbols=(
            "T slots of one replica; lambda runs that come for one (per second); X(n) runs that finish with n slots "
            "held (per second); V visits, l other load of a queue behind the slots; Z delay without a queue (s); ch2 "
            "SCV of the services while a slot is held; V_g slots that one request takes one after the other; hold: "
            "mean time that a slot is held (s)"
        ),
        source=(
            "Chandy, Herzog and Woo (1975), flow-equivalent server; Buzen (1973), normalising constants; "
            "Bruell, Balbo "
            "and Afshari (1984), mixed networks with load-dependent queues; u, phi and the sharing of queues between "
            "replicas: own"
        ),
        domain="one replica 10..64 slots, 1..3 calls, cs2 1 and 4, up to 0.93 of the slots in use; 4 replicas to 0.93",
        error=(
            "13 cases: p99 0.7 % (max 3.3 %), interval of p99 up to 11 %. Four replicas before one database, 11 cases: "
            "p99 0.2 % (0.6 %) at 0.4..0.81 of the capacity, p50 up to 5 % too high with cs2 = 4; 9 % too low "
            "(interval 6 %) at 0.92 with cs2 = 4. Pools of four replicas with cores of their own, 3 cases: p99 1.0 % "
            "(1.7 %). Three slots one within another, 4 cases: p99 0.4 % (0.6 %)"
        ),
    ),
    "room": Method(
        title="M/G/c/K: a queue with little room",
        formula=(
            "P_loss = B rho^b'/(1 + B rho (1 - rho^b')/(1 - rho)), b' = b/(1 + f (v-1)/2), "
            "f = b/(b + 0.3 (1+v)^1.7 c^0.7); an accepted visit that finds j waiting waits R1 + j S/c, j with the "
            "weights rho^b'(j)"
        ),
        symbols=(
            "b visits that may wait; c servers; rho offered utilisation; B Erlang B(c, c rho); v = cs2 + ca2 - 1, 1 "
            "where processors are shared"
        ),
        source=(
            "exact for M/M/c/K (Gross and Harris, ch. 2) and Erlang's loss system; b' between Erlang's loss "
            "(no room) "
            "and the diffusion's 2b/(1+v): own, fitted"
        ),
        domain="c 1..64, b 4..32, rho 0.7..1.2, cs2 0..4",
        error=(
            "37 cases, loss: 0.08 percentage points (max 0.38) for cs2 <= 1, 0.21 (0.65) for cs2 = 4; p99 of the "
            "accepted: cs2 = 1 0.3 % (0.9 %), 0.25 0.7 % (1.6 %), 0 2.6 % (15 %: c = 4, b = 4), 4 7.4 % (37 "
            "%: c = 1, b = 4). Four replicas of c = 2, b = 4 at rho = 0.95, loss: random 0.1 points, least connections "
            "0.2; round robin 1.6, power of two 2.4 too high"
        ),
    ),
    "retries": Method(
        title="Timeouts and retries: the regime that they settle in",
        formula=(
            "f = P(refused) + P(error) + P(T > timeout); attempts 1 + f + ... + f^(n-1), failure f^n, every "
            "attempt's work done to its end; f and the load it makes: the fixed point, from f = 0 (calm) "
            "and from f = 1 "
            "(troubled). Budget q: f times the largest part of the repeats that keeps attempts - 1 <= q"
        ),
        symbols="f failure of one attempt; n attempts at most; T time of one attempt (s)",
        source=(
            "the fixed point: as for overflow and repeated calls, Cohen (1957); two of them: Bronson et al. (2021), "
            "Metastable failures in distributed systems; f from the whole law of T, on a grid up to the timeout"
        ),
        domain=(
            "each of the two regimes where the system stays in it; pushes from one into the other are not predicted. "
            "What is late is abandoned, not cancelled"
        ),
        error=(
            "24 cases with rho n < 1: failures 0.18 percentage points (max 0.76), p99 of the successful 0.2 "
            "% (1.0 %). "
            "72 with rho n >= 1: one of the two regimes is that of the simulation within 0.1 points "
            "wherever the queue has no bound and the simulation does not go over in the middle; with a bounded queue "
            "up to 12 points where it goes back and forth between them. Budgets of 0.1 and 0.2 in overload, 3 cases: "
            "4 points too low; repeats of calls within calls, 3 cases: 2 points too low, 16 where all repeats "
            "together would take 0.95 of the capacity"
        ),
    ),
}
REGIME_CAVEATS: dict[str, Caveat] = {
    "room-rough": Caveat(
        message="A full queue with less room than 10 and service times that vary strongly, or not at all.",
        advice="The part refused was within 1.1 points; p99 of the accepted was up to 37 % too high: simulate.",
    ),
    "room-balanced": Caveat(
        message="A queue behind round robin or power of two choices is full.",
        advice="The part refused was up to 2.4 points too high in such cases: simulate where it decides.",
    ),
    "slots-shared": Caveat(
        message="More than 75 % of the slots are held, service times vary strongly, and replicas share a queue.",
        advice="p99 was 9 % too low in one such case (interval 6 %): simulate where it decides.",
    ),
    "slots-many": Caveat(
        message="One request takes slots one within another more than three times over: this was not measured.",
        advice="Simulate where the wait for slots decides.",
    ),
    "regime-unsettled": Caveat(
        message="Repeats and full queues feed each other here: the share of failures was not found to its last digits.",
        advice="The system goes back and forth between two regimes; failures were up to 12 points off.",
    ),
    "retries-bursts": Caveat(
        message="More than 1 % of the attempts are late and repeated: repeats of one request meet the same congestion.",
        advice="Attempts count as independent here; failures were 2..4 points higher, 16 near an overload: simulate.",
    ),
}
