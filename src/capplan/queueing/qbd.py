"""Quasi-birth-death chains: levels without end, phases inside a level, the same rates at every level above the first.

The stationary law is matrix-geometric, pi_m = pi_0 R^m (Neuts 1981); R by logarithmic reduction (Latouche and Ramaswami
1993), which doubles the digits at every step. Matrices are stacked over load points, (L, n, n).
"""

import numpy as np

from capplan.queueing.arrays import Array


def stationary(up: Array, local: Array, down: Array, floor: Array) -> tuple[Array, Array]:
    """(pi_0 (L, n), R (L, n, n)) of a chain that returns to its first level surely.

    Args:
        up: rates to the next level, the same from the first level on.
        local: rates inside a level, the diagonal holding minus the total rate out.
        down: rates to the level below.
        floor: `local` of the first level.
    """
    rate = rate_matrix(up, local, down)
    count = rate.shape[-1]
    balance = floor + rate @ down
    whole = np.linalg.solve(np.eye(count) - rate, np.ones((*rate.shape[:-1], 1)))[..., 0]
    balance[..., :, 0] = whole
    wanted = np.zeros((*rate.shape[:-2], count, 1))
    wanted[..., 0, 0] = 1.0
    return np.asarray(np.linalg.solve(np.swapaxes(balance, -1, -2), wanted)[..., 0]), rate


def rate_matrix(up: Array, local: Array, down: Array) -> Array:
    """R, the least solution of up + R local + R^2 down = 0."""
    first = _first_passage(up, local, down)
    return np.asarray(
        np.swapaxes(np.linalg.solve(np.swapaxes(-local - up @ first, -1, -2), np.swapaxes(up, -1, -2)), -1, -2)
    )


def _first_passage(up: Array, local: Array, down: Array) -> Array:
    """G: in which phase the level below is first reached."""
    eye = np.eye(up.shape[-1])
    rise, fall = np.linalg.solve(-local, up), np.linalg.solve(-local, down)
    passage, reach = fall, rise
    for _ in range(64):
        loop = eye - rise @ fall - fall @ rise
        rise, fall = np.linalg.solve(loop, rise @ rise), np.linalg.solve(loop, fall @ fall)
        step = reach @ fall
        passage, reach = passage + step, reach @ rise
        if float(np.max(np.abs(step))) < 1e-16:
            break
    return np.asarray(passage)
