"""GI/M/c: the root sigma that decides the wait when arrivals are renewals and services exponential.

sigma = A*(c mu (1 - sigma)), A* the transform of the times between arrivals: gamma for SCV <= 1 (deterministic and
Erlang included), balanced hyperexponential above. Given that it waits, a visit waits Exp(c mu (1 - sigma)); for c = 1
it waits with probability sigma. Source: Gross and Harris, ch. 5; Kleinrock (1975), ch. 6.
"""

import numpy as np

from capplan.queueing.arrays import Array

ROUNDS = 60
HEAVY = 1.0 - 1e-5
"""Beyond this utilisation 1 - sigma is 2 (1 - rho) / (1 + ca2) to its fifth digit; Newton's steps lose more."""


def sigma(rho: Array, ca2: Array) -> Array:
    """The root in (0, 1) for rho < 1; 1 from saturation on.

    Newton from 0: A* is convex, so the steps rise to the least root and never pass it.

    Args:
        rho: (L,) utilisation of one server.
        ca2: (L,) SCV of the times between arrivals, >= 0.
    """
    load, scv = np.broadcast_arrays(np.asarray(rho, dtype=float), np.asarray(ca2, dtype=float))
    stable = load < 1.0
    busy = np.where(stable, np.maximum(load, 1e-100), 0.5)
    root = np.zeros(load.shape)
    for _ in range(ROUNDS):
        value, slope = _transform((1.0 - root) / busy, scv)
        step = (value - root) / np.maximum(1.0 + slope / busy, 1e-12)
        root = np.clip(root + step, 0.0, 1.0)
        if float(np.max(np.abs(step), initial=0.0)) < 1e-15:
            break
    root = np.where(busy > HEAVY, 1.0 - 2.0 * (1.0 - busy) / (1.0 + scv), root)
    return np.asarray(np.where(stable, root, 1.0))


def _transform(s: Array, scv: Array) -> tuple[Array, Array]:
    """E[e^{-s A}] and its derivative in s, for A of mean 1."""
    smooth = np.exp(np.where(scv > 1e-9, -np.log1p(s * scv) / np.maximum(scv, 1e-9), -s))
    slope = -smooth / (1.0 + s * scv)
    if not np.any(scv > 1.0):
        return np.asarray(smooth), np.asarray(slope)
    first = 0.5 * (1.0 + np.sqrt(np.maximum(scv - 1.0, 0.0) / (scv + 1.0)))
    short, long = 1.0 / (2.0 * first), 1.0 / (2.0 * (1.0 - first))
    rough = first / (1.0 + s * short) + (1.0 - first) / (1.0 + s * long)
    rough_slope = -0.5 / (1.0 + s * short) ** 2 - 0.5 / (1.0 + s * long) ** 2
    return np.asarray(np.where(scv > 1.0, rough, smooth)), np.asarray(np.where(scv > 1.0, rough_slope, slope))
