"""Replications spread over processes with joblib.

Within `with joblib.parallel_config(backend="dask"):` (or "ray") the same replications run on a cluster, where `jobs` is
None.
"""

from collections.abc import Callable, Iterable, Iterator

from capplan.simulation.replications import Figures, Mapper


def mapper(jobs: int | None) -> Mapper:
    """How replications are played: one after the other, or so many at a time; None: as joblib's configuration says."""
    return map if jobs == 1 else parallel(jobs)


def parallel(jobs: int | None = None) -> Mapper:
    """So many at a time; where left out as many as joblib's configuration says."""

    def play(player: Callable[[int], Figures], numbers: Iterable[int]) -> Iterator[Figures]:
        import joblib

        try:
            pool = joblib.Parallel(n_jobs=jobs, return_as="generator")
        except ValueError:  # a backend that hands out nothing before all are done, as Ray's
            pool = joblib.Parallel(n_jobs=jobs)
        return iter(pool(joblib.delayed(_played)(player, number) for number in numbers))

    return play


def _played(player: Callable[[int], Figures], number: int) -> Figures:
    """A function by name: backends for clusters tell calls apart by a hash of what is called."""
    return player(number)
