"""G/G/c, one queue: the mean wait and the probability of waiting, for any variability of arrivals and service.

Symbols: m = E[S], c servers (real), rho, C = Erlang C, ca2 and cs2 the SCVs of interarrival and service times. The
mean wait starts from Tijms, van Hoorn and Federgruen (1981), which is exact for M/G/1 and M/M/c, and is carried to
other arrivals by the ratios of Kraemer and Langenbach-Belz (1976), Kimura (1986) and Whitt (1993).
"""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.erlang import erlang_c
from capplan.queueing.normal import normal_tail
from capplan.queueing.residual import Residual


def mean_wait(residual: Residual, rho: Array, ca2: Array) -> Array:
    """E[W] for arrivals of SCV `ca2`; inf where rho >= 1.

    Args:
        residual: the station's residual law (service law and servers).
        rho: (L,) utilisation.
        ca2: (L,) SCV of the times between arrivals.
    """
    poisson = erlang_c(residual.servers, rho * residual.servers) * (residual.first + _odds(rho) * residual.ahead)
    stable = rho < 1.0
    factor = arrival_factor(residual.servers, np.where(stable, rho, 0.5), ca2, residual.law.scv)
    return np.asarray(np.where(stable, np.where(stable, poisson, 0.0) * factor, np.inf))


def _odds(rho: Array) -> Array:
    """rho / (1 - rho), inf from saturation on."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(rho < 1.0, rho / np.where(rho < 1.0, 1.0 - rho, 1.0), np.inf))


def arrival_factor(c: float, rho: Array, ca2: Array, cs2: float) -> Array:
    """Mean wait with arrivals of SCV `ca2` over that with Poisson arrivals; 1 at ca2 = 1."""
    factor = np.ones(np.broadcast(rho, ca2).shape)
    smooth, rough = ca2 < 1.0, ca2 > 1.0
    if np.any(smooth):
        ones = np.ones_like(ca2)
        ratio = _kimura(c, rho, np.minimum(ca2, 1.0), cs2) / _kimura(c, rho, ones, cs2)
        factor = np.where(smooth, ratio, factor)
    if np.any(rough):
        bursty = np.maximum(ca2, 1.0)
        ratio = _klb_above(rho, bursty, cs2) if c <= 1.0 else _rough(c, rho, bursty, cs2)
        factor = np.where(rough, ratio, factor)
    return np.asarray(factor)


def _rough(c: float, rho: Array, ca2: Array, cs2: float) -> Array:
    """Whitt (1993), c > 1, ca2 > 1; near deterministic service also the growth of P(W > 0), which Whitt leaves out
    ("own")."""
    whitt = _whitt(c, rho, ca2, cs2) / _whitt(c, rho, np.ones_like(ca2), cs2)
    if cs2 >= 0.25:
        return whitt
    weight = 0.5 * (1.0 - 4.0 * cs2) / np.maximum(ca2 - 1.0, 1.0) ** 2
    crowd = wait_chance(c, rho, ca2, cs2) / np.maximum(erlang_c(c, rho * c), 1e-300) * (ca2 + cs2) / (1.0 + cs2)
    return np.asarray(whitt ** (1.0 - weight) * np.maximum(crowd, whitt) ** weight)


def _klb_above(rho: Array, ca2: Array, cs2: float) -> Array:
    """Kraemer and Langenbach-Belz, single server, ca2 > 1."""
    return np.asarray((ca2 + cs2) / (1.0 + cs2) * np.exp(-(1.0 - rho) * (ca2 - 1.0) / (ca2 + 4.0 * cs2)))


def _cosmetatos(c: float, rho: Array) -> Array:
    gamma = (1.0 - rho) * (c - 1.0) * (np.sqrt(4.0 + 5.0 * c) - 2.0) / (16.0 * c * np.maximum(rho, 1e-300))
    return np.asarray(np.clip(gamma, 0.0, 0.24))


def _kimura(c: float, rho: Array, ca2: Array, cs2: float) -> Array:
    """Kimura (1986) in units of the M/M/c wait; ca2 <= 1."""
    gamma = _cosmetatos(c, rho)
    spread = ca2 + cs2
    safe = np.maximum(spread, 1e-12)
    g = np.exp(-2.0 * (1.0 - rho) * (1.0 - ca2) ** 2 / (3.0 * np.maximum(rho, 1e-300) * safe))
    below = (1.0 - ca2) / (0.5 - 2.0 * gamma) + (1.0 - cs2) / (0.5 * (1.0 + gamma)) + 2.0 * (spread - 1.0)
    return np.asarray(spread * g / below)


def _whitt(c: float, rho: Array, ca2: Array, cs2: float) -> Array:
    """Whitt (1993), eq. 2.24, in units of the M/M/c wait: phi (ca2 + cs2)/2."""
    gamma = _cosmetatos(c, rho)
    phi1 = 1.0 + gamma
    phi3 = (1.0 - 4.0 * gamma) * np.exp(-2.0 * (1.0 - rho) / (3.0 * np.maximum(rho, 1e-300)))
    phi4 = np.minimum(1.0, 0.5 * (phi1 + phi3))
    mean_scv = 0.5 * (ca2 + cs2)
    psi = np.where(mean_scv < 1.0, phi4 ** (2.0 * (1.0 - mean_scv)), 1.0)
    over = 4.0 * ca2 - 3.0 * cs2
    safe = np.where(ca2 >= cs2, np.maximum(over, 1e-12), 1.0)
    above = 4.0 * (ca2 - cs2) / safe * phi1 + cs2 / safe * psi
    total = np.maximum(2.0 * ca2 + 2.0 * cs2, 1e-12)
    below = (cs2 - ca2) / total * phi3 + (cs2 + 3.0 * ca2) / total * psi
    return np.asarray(np.where(ca2 >= cs2, above, below) * mean_scv)


def wait_chance(c: float, rho: Array, ca2: Array, cs2: float) -> Array:
    """P(W > 0): Erlang C for Poisson arrivals, Whitt (1993) otherwise; 1 where rho >= 1."""
    poisson = erlang_c(c, rho * c)
    if np.all(ca2 == 1.0):
        return poisson
    chance = _chance_single(rho, ca2, cs2) if c <= 1.0 else _chance_many(c, rho, ca2, cs2, poisson)
    return np.asarray(np.where(rho < 1.0, np.where(ca2 == 1.0, poisson, np.clip(chance, 0.0, 1.0)), 1.0))


def _chance_single(rho: Array, ca2: Array, cs2: float) -> Array:
    below = 1.0 + rho * (cs2 - 1.0) + rho**2 * (4.0 * ca2 + cs2)
    smooth = (1.0 + ca2 + rho * cs2) / np.maximum(below, 1e-12)
    rough = 4.0 * rho / np.maximum(ca2 + rho**2 * (4.0 * ca2 + cs2), 1e-12)
    return np.asarray(rho + (ca2 - 1.0) * rho * (1.0 - rho) * np.where(ca2 <= 1.0, smooth, rough))


def _chance_many(m: float, rho: Array, ca2: Array, cs2: float, poisson: Array) -> Array:
    root = np.sqrt(m)
    slack = np.maximum(1.0 - rho, 0.0) * root
    base = np.maximum(normal_tail(slack), 1e-300)
    pi4 = np.minimum(1.0, poisson * normal_tail((1.0 + cs2) * slack / np.maximum(ca2 + cs2, 1e-12)) / base)
    pi5 = np.minimum(1.0, poisson * normal_tail(2.0 * slack / (1.0 + ca2)) / base)
    pi1 = rho**2 * pi4 + (1.0 - rho**2) * pi5
    spread = np.maximum(ca2 + cs2, 1e-12) / (1.0 + cs2)
    gam = (m - m * rho - 0.5) / np.sqrt(np.maximum(m * rho * spread, 1e-300))
    pi2 = ca2 * pi1 + (1.0 - ca2) * normal_tail(gam)
    weight = np.clip(2.0 * (1.0 - ca2) * (gam - 0.5), 0.0, 1.0)
    pi3 = weight * pi2 + (1.0 - weight) * pi1
    plain = (m <= 6.0) | (gam <= 0.5) | (ca2 >= 1.0)
    return np.asarray(np.where(plain, pi1, np.where((gam >= 1.0) & (ca2 < 1.0), pi2, pi3)))
