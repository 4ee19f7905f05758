"""Roots of many increasing functions at once: Chandrupatla's bracketed inverse quadratic interpolation (1997)."""

from collections.abc import Callable

import numpy as np

from capplan.queueing.arrays import Array

ROUNDS = 80
PRECISION = 1e-13
"""How narrow a bracket must become, relative to the place of the root (or absolutely, below 1)."""
NEAR = 1e-11
"""A value this near to 0 is 0."""


def rising_root(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where each function passes 0.

    Args:
        function: increasing, of an array of the shape of `low`; each element a function of its own.
        low, high: a first guess of where they are below and above, moved outwards, ever further, until they are.
    """
    a, b = np.array(low, dtype=float), np.array(high, dtype=float)
    fa, fb = function(a), function(b)
    for _ in range(ROUNDS):
        below, above = fb < 0.0, fa >= 0.0
        if not np.any(below | above):
            break
        if np.any(below):
            a, fa, b = np.where(below, b, a), np.where(below, fb, fa), np.where(below, b + 2.0 * (b - a), b)
            fb = np.where(below, function(b), fb)
        if np.any(above):
            b, fb, a = np.where(above, a, b), np.where(above, fa, fb), np.where(above, a - 4.0 * (b - a), a)
            fa = np.where(above, function(a), fa)
    return _narrowed(function, (a, fa), (b, fb))


def _narrowed(function: Callable[[Array], Array], low: tuple[Array, Array], high: tuple[Array, Array]) -> Array:
    (c, fc), (a, fa) = low, high
    b, fb = c, fc
    part = np.full(a.shape, 0.5)
    for _ in range(ROUNDS):
        x = a + part * (b - a)
        fx = function(x)
        same = (fx >= 0.0) == (fa >= 0.0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best, least = np.where(np.abs(fa) < np.abs(fb), a, b), np.minimum(np.abs(fa), np.abs(fb))
        edge = 0.5 * PRECISION * np.maximum(np.abs(best), 1.0) / np.maximum(np.abs(b - a), 1e-200)
        if np.all((edge > 0.5) | (least < NEAR)):
            break
        part = _part((a, fa), (b, fb), (c, fc))
        part = np.clip(part, np.minimum(edge, 0.5), np.maximum(1.0 - edge, 0.5))
    return np.asarray(best)


def _part(near: tuple[Array, Array], far: tuple[Array, Array], old: tuple[Array, Array]) -> Array:
    """Where to look next between `near` (0) and `far` (1): interpolated where that is safe, else halfway."""
    (a, fa), (b, fb), (c, fc) = near, far, old
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        safe = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        part = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.asarray(np.where(safe & np.isfinite(part), part, 0.5))
