"""GI/M/c: the root sigma that decides the wait when arrivals are renewals and services exponential.

sigma = A*(c mu (1 - sigma)), A* the transform of the times between arrivals: gamma for SCV <= 1 (deterministic and
Erlang
included), balanced hyperexponential above. Given that it waits, a visit waits Exp(c mu (1 - sigma)); for c = 1 it
waits with
probability sigma. Source: Gross and Harris, ch. 5; Kleinrock (1975), ch. 6.
"""

import numpy as np

from capplan.queueing.arrays import Array


def sigma(rho: Array, ca2: Array) -> Array:
    """The root in (0, 1) for rho < 1; 1 from saturation on.

    Args:
        rho: (L,) utilisation of one server.
        ca2: (L,) SCV of the times between arrivals, >= 0.
    """
    load, scv = np.broadcast_arrays(np.asarray(rho, dtype=float), np.asarray(ca2, dtype=float))
    low, high = np.zeros(load.shape), np.ones(load.shape) - 1e-15
    stable = load < 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = _transform((1.0 - middle) / np.maximum(load, 1e-300), scv) > middle
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(np.where(stable, 0.5 * (low + high), 1.0))


def _transform(s: Array, scv: Array) -> Array:
    """E[e^{-s A}] for A of mean 1."""
    smooth = np.where(scv > 1e-9, np.exp(-np.log1p(s * scv) / np.maximum(scv, 1e-9)), np.exp(-s))
    if not np.any(scv > 1.0):
        return np.asarray(smooth)
    return np.asarray(np.where(scv > 1.0, _hyperexponential(s, np.maximum(scv, 1.0)), smooth))


def _hyperexponential(s: Array, scv: Array) -> Array:
    first = 0.5 * (1.0 + np.sqrt((scv - 1.0) / (scv + 1.0)))
    return np.asarray(first / (1.0 + s / (2.0 * first)) + (1.0 - first) / (1.0 + s / (2.0 * (1.0 - first))))
