"""Scrambled Sobol points: as even as Sobol's, the same for a seed, another set for another one."""

import numpy as np
import pytest

from capplan.uncertainty.sobol import BITS, _directions, scrambled


def test_the_first_directions_are_those_of_joe_and_kuo() -> None:
    # new-joe-kuo-6: d=2: s=1 a=0 m=1; d=3: s=2 a=1 m=1 3; d=4: s=3 a=1 m=1 3 1; d=5: s=3 a=2 m=1 1 1
    starts = [[number >> (BITS - k) for k, number in enumerate(numbers[:3], 1)] for numbers in _directions()[1:5]]
    assert [starts[0][:1], starts[1][:2], starts[2], starts[3]] == [[1], [1, 3], [1, 3, 1], [1, 1, 1]]


def test_the_second_dimension_follows_its_recurrence() -> None:
    # x + 1: m_k = 2 m_(k-1) xor m_(k-1): 1, 3, 5, 15, 17
    assert [number >> (BITS - k) for k, number in enumerate(_directions()[1][:5], 1)] == [1, 3, 5, 15, 17]


@pytest.mark.parametrize("dimension", [0, 1, 7, 40, 95])
def test_every_dimension_has_one_point_in_each_part(dimension: int) -> None:
    column = scrambled(128, 96, seed=5)[:, dimension]
    assert sorted(np.floor(column * 128).tolist()) == list(range(128))


@pytest.mark.parametrize("bits", range(8))
def test_the_first_two_dimensions_are_a_net(bits: int) -> None:
    """Every box of 2^-a by 2^-(7-a) holds exactly one of 128 points."""
    points = scrambled(128, 2, seed=3)
    boxes = np.floor(points * [2**bits, 2 ** (7 - bits)])
    assert len({tuple(box) for box in boxes.tolist()}) == 128


def test_a_seed_gives_the_same_points_and_another_seed_others() -> None:
    assert np.array_equal(scrambled(64, 5, seed=1), scrambled(64, 5, seed=1))
    assert not np.any(scrambled(64, 5, seed=1) == scrambled(64, 5, seed=2))


def test_another_dimension_does_not_move_the_others() -> None:
    assert np.array_equal(scrambled(64, 3, seed=1), scrambled(64, 9, seed=1)[:, :3])


def test_there_are_as_many_dimensions_as_are_asked_for() -> None:
    points = scrambled(64, 130, seed=1)
    assert points.shape == (64, 130)
    assert np.all((points > 0.0) & (points < 1.0))
    assert sorted(np.floor(points[:, 129] * 64).tolist()) == list(range(64))


def test_no_input_is_no_dimension() -> None:
    assert scrambled(16, 0, seed=1).shape == (16, 0)
