"""Scrambled Sobol points: they fill the unit cube far more evenly than random ones, and each seed gives another set.

Sobol (1967) with the directions of Joe and Kuo (2008); scrambled by random lower triangular matrices and a digital
shift (Matousek 1998), so that each point is uniform and the points together stay as even. scipy has them too, in the
one part of it that takes longer to import than an analysis takes. Dimensions beyond the table are a Latin hypercube
(McKay et al. 1979).
"""

import numpy as np
import numpy.typing as npt

from capplan.queueing.arrays import Array
from capplan.uncertainty.sobol_numbers import DIRECTIONS

BITS = 30
Bits = npt.NDArray[np.int64]


def scrambled(points: int, dimensions: int, seed: int) -> Array:
    """(points, dimensions) numbers in (0, 1); the first dimensions do not depend on how many there are."""
    streams = np.random.default_rng(seed).spawn(dimensions)
    known = _directions()
    columns = [
        _sobol(points, known[k], streams[k]) if k < len(known) else _stratified(points, streams[k])
        for k in range(dimensions)
    ]
    return np.stack(columns, axis=1) if columns else np.empty((points, 0))


def _directions() -> list[list[int]]:
    """By dimension: the direction numbers, as whole numbers of `BITS` bits."""
    found = [[1 << (BITS - k) for k in range(1, BITS + 1)]]
    for entry in DIRECTIONS.split():
        polynomial, _, starts = entry.partition(":")
        found.append(_recurrence(int(polynomial), [int(start) for start in starts.split(",")]))
    return found


def _recurrence(polynomial: int, starts: list[int]) -> list[int]:
    degree = polynomial.bit_length() - 1
    numbers = [start << (BITS - k) for k, start in enumerate(starts, 1)]
    for k in range(degree, BITS):
        number = numbers[k - degree] ^ (numbers[k - degree] >> degree)
        for i in range(1, degree):
            if polynomial >> (degree - i) & 1:
                number ^= numbers[k - i]
        numbers.append(number)
    return numbers


def _sobol(points: int, directions: list[int], random: np.random.Generator) -> Array:
    """One dimension: the directions scrambled, then combined as the bits of each index say, then shifted."""
    rows = random.integers(0, 1 << BITS, size=BITS)
    shift = int(random.integers(0, 1 << BITS))
    mixed = [_mixed(direction, rows.tolist()) for direction in directions]
    index = np.arange(points)
    found = np.full(points, shift, dtype=np.int64)
    for bit in range(max(points - 1, 1).bit_length()):
        found ^= np.where(index >> bit & 1, mixed[bit], 0)
    return np.asarray((found + 0.5) / (1 << BITS))


def _mixed(direction: int, rows: list[int]) -> int:
    """A direction times a random lower triangular matrix of bits with ones on its diagonal."""
    found = 0
    for place in range(BITS):
        above = ((1 << place) - 1) << (BITS - place)
        row = (rows[place] & above) | 1 << (BITS - 1 - place)
        found |= ((row & direction).bit_count() & 1) << (BITS - 1 - place)
    return found


def _stratified(points: int, random: np.random.Generator) -> Array:
    return np.asarray((random.permutation(points) + random.random(points)) / points)
