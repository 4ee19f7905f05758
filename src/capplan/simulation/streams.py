"""Random numbers: one stream for each source, named, so that a component more or less never shifts another's draws.

A stream is seeded by a hash of (seed, replication, name). Two networks that share a source share its numbers, and so
compare on common random numbers.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np

from capplan.queueing.laws import Law
from capplan.simulation.samplers import sample

Draw: TypeAlias = Callable[[], float]
"""The next number of a source."""

BLOCK = 1024
"""Numbers are drawn so many at a time."""


@dataclass(frozen=True)
class Sources:
    """All random numbers of one replication."""

    seed: int
    replication: int = 0

    def generator(self, name: str) -> np.random.Generator:
        """The stream of a source."""
        key = hashlib.blake2b(f"{self.seed}/{self.replication}/{name}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(key, "little")))

    def uniform(self, name: str) -> Draw:
        """Numbers in 0..1, 1 excluded."""
        return chain.from_iterable(_uniforms(self.generator(name))).__next__

    def times(self, name: str, law: Law) -> Draw:
        """Times of a law."""
        return chain.from_iterable(_times(self.generator(name), law)).__next__


def _uniforms(generator: np.random.Generator) -> Iterator[list[float]]:
    while True:
        yield generator.random(BLOCK).tolist()


def _times(generator: np.random.Generator, law: Law) -> Iterator[list[float]]:
    while True:
        yield sample(law, generator, BLOCK).tolist()
