"""Processor sharing: means, which depend on the service law only through its mean.

M/G/c-PS, each job on one core at most: E[T] = E[S] (1 + C/(c (1-rho))), C = Erlang C. With several classes each job is
stretched by the same factor, so a class resides D_k times that factor at station k (product form).
Sources: Kleinrock (1976), ch. 4; Baskett, Chandy, Muntz and Palacios (1975); Cohen (1979) for c > 1.
"""

import numpy as np

from capplan.queueing.arrays import Array
from capplan.queueing.erlang import erlang_c


def stretch(servers: Array | float, rho: Array | float) -> Array:
    """E[T] / E[S] of M/G/c-PS; inf where rho >= 1.

    Args:
        servers: c >= 1.
        rho: utilisation of a server, >= 0.
    """
    c, load = np.broadcast_arrays(np.asarray(servers, dtype=float), np.asarray(rho, dtype=float))
    stable = load < 1.0
    slack = np.where(stable, 1.0 - load, 1.0)
    return np.asarray(np.where(stable, 1.0 + erlang_c(c, load * c) / (c * slack), np.inf))


def utilisation(rates: Array, demands: Array, servers: Array) -> Array:
    """(L, stations) per server.

    Args:
        rates: (L, classes) arrivals per unit of time.
        demands: (classes, stations) service time of one request, all its visits together.
        servers: (stations,) c.
    """
    return np.asarray(rates @ demands / servers)


def residences(rates: Array, demands: Array, servers: Array) -> Array:
    """(L, classes, stations) time that a request of each class spends at each station, all its visits together.

    Arguments as for `utilisation`. Saturated stations give inf to the classes that visit them.
    """
    factor = stretch(servers, utilisation(rates, demands, servers))[:, None, :]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(demands > 0.0, demands * factor, 0.0))
