"""The tail of the normal law over arrays, with numpy alone: loading a library for it would cost more than a solve.

Cody (1969), Rational Chebyshev approximations for the error function: three ranges, relative error below 2e-15.
"""

import math

import numpy as np

from capplan.queueing.arrays import Array

NEAR, FAR = 0.46875, 4.0
_ROOT = 1.0 / math.sqrt(math.pi)
_A = (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
      3.20937758913846947e3)  # fmt: skip
_B = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
_C = (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
      2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
      1.23033935479799725e3)  # fmt: skip
_D = (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
      3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3)  # fmt: skip
_P = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
      1.60837851487422766e-2, 6.58749161529837803e-4)  # fmt: skip
_Q = (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
      2.33520497626869185e-3)  # fmt: skip


def normal_tail(x: Array) -> Array:
    """P(Z > x) of the standard normal law."""
    scaled = np.asarray(x, dtype=float) / math.sqrt(2.0)
    size = np.abs(scaled)
    upper = np.empty(size.shape)
    near, far = size < NEAR, size > FAR
    middle = ~(near | far)
    if near.any():
        y = size[near]
        upper[near] = 1.0 - y * _ratio(_A, _B, y * y)
    if middle.any():
        y = size[middle]
        upper[middle] = _ratio(_C, _D, y) * _bell(y)
    if far.any():
        y = np.minimum(size[far], 30.0)
        z = 1.0 / (y * y)
        upper[far] = (_ROOT - z * _ratio(_P, _Q, z)) / y * _bell(y)
    return np.asarray(0.5 * np.where(scaled < 0.0, 2.0 - upper, upper))


def _ratio(above: tuple[float, ...], below: tuple[float, ...], y: Array) -> Array:
    """The quotient of two polynomials, coefficients of the highest power first."""
    top, bottom = np.full(y.shape, above[0]), np.full(y.shape, below[0])
    for a, b in zip(above[1:], below[1:], strict=True):
        top *= y
        top += a
        bottom *= y
        bottom += b
    return np.asarray(top / bottom)


def _bell(y: Array) -> Array:
    """exp(-y^2), with y^2 taken in two parts so that no digit is lost."""
    coarse = np.trunc(y * 16.0) / 16.0
    return np.asarray(np.exp(-coarse * coarse) * np.exp(-(y - coarse) * (y + coarse)))
