"""Service laws in closed form, and what is left of them on a grid."""

import numpy as np
import pytest

from capplan.queueing import grid, laws
from capplan.queueing.arrays import Array

EXPONENTIAL = laws.Exponential(1.0)


def at(*values: float) -> Array:
    return np.array(values, dtype=float)


def test_a_lattice_keeps_the_mean_however_short_the_law_is_beside_the_step() -> None:
    cells = grid.Grid(step=1.0, points=64)
    for mean in (1e-6, 0.3, 1.0, 2.5):
        for law in (laws.Deterministic(mean), laws.Exponential(mean), laws.Gamma(mean, 0.3)):
            masses = cells.masses(cells.law(law))
            assert float(masses @ cells.times[:-1]) == pytest.approx(mean, rel=1e-9, abs=1e-15)
    spectra = cells.exponentials(at(1e-3, 0.5, 3.0))
    for row, mean in enumerate((1e-3, 0.5, 3.0)):
        assert spectra[row] == pytest.approx(cells.law(laws.Exponential(mean)), abs=1e-9)


def test_a_law_beyond_the_range_is_at_its_end() -> None:
    cells = grid.Grid(step=0.01, points=64)
    masses = cells.masses(cells.law(laws.Deterministic(50.0)))
    assert masses[-1] == pytest.approx(1.0)
    assert cells.quantiles(cells.law(laws.Deterministic(50.0))[None, :], [0.5])[0, 0] == pytest.approx(
        cells.span, rel=0.05
    )


@pytest.mark.parametrize(
    "law",
    [
        laws.Deterministic(2.0),
        EXPONENTIAL,
        laws.Gamma(2.0, 0.3),
        laws.Lognormal(2.0, 3.0),
        laws.Hyperexponential(2.0, 4.0),
    ],
)
def test_the_stop_loss_transforms_carry_the_moments(law: laws.Law) -> None:
    zero = at(0.0)
    assert law.excess(zero)[0] == pytest.approx(law.mean)
    assert 2.0 * law.excess2(zero)[0] == pytest.approx(law.mean**2 * (1.0 + law.scv))
    assert law.scaled(3.0).mean == pytest.approx(3.0 * law.mean)
    assert law.scaled(3.0).scv == law.scv
    assert law.with_scv(0.5).scv == pytest.approx(0.5)
    assert law.with_scv(0.0) == laws.Deterministic(law.mean)


def test_mixtures_of_laws_merge_equal_ones() -> None:
    assert laws.mixture([(1.0, EXPONENTIAL), (3.0, laws.Exponential(1.0))]) == EXPONENTIAL
    both = laws.mixture([(1.0, laws.Deterministic(1.0)), (1.0, laws.Deterministic(3.0))])
    assert both.mean == 2.0
    assert both.scv == pytest.approx(0.25)
    assert both.excess(at(2.0))[0] == pytest.approx(0.5)
