# SPDX-License-Identifier: Apache-2.0
import msgspec
import numpy as np
import pytest

from levada.core.testing.models import RECIPE
from levada.qat.chance import Variation, variation

COUNT = 200
PICTURES = np.arange(COUNT * 16 * 3, dtype=np.uint32).astype(np.uint8).reshape(COUNT, 4, 4, 3)


def of(epoch=0, **changes):
    return variation(msgspec.structs.replace(RECIPE, **changes), COUNT, epoch)


def by_hand(picture, move, mirrored, shift, fill):
    """Return one picture moved and mirrored pixel by pixel."""
    moved = np.full_like(picture, fill)
    for row, column in np.ndindex(4, 4):
        source = (row + move[0] - shift, column + move[1] - shift)
        if min(source) >= 0 and max(source) < 4:
            moved[row, column] = picture[source]
    return moved[:, ::-1] if mirrored else moved


def test_a_recipe_that_varies_nothing_has_no_variation():
    assert of() is None


@pytest.mark.parametrize("shift", [0, 1, 4])
@pytest.mark.parametrize("flip", [True, False])
def test_pictures_are_moved_and_mirrored_as_chance_says(shift, flip):
    chance = of(shift=shift, flip=flip, crop=True)
    numbers = np.array([5, 199, 0])
    varied = chance.applied(numbers, PICTURES[numbers], 128)
    expected = [by_hand(PICTURES[n], chance.moves[n], chance.mirrored[n], shift, 128) for n in numbers]
    np.testing.assert_array_equal(varied, expected)


def test_moves_go_up_to_the_shift_in_each_direction():
    assert (of(shift=4).moves.min(), of(shift=4).moves.max()) == (0, 8)


def test_about_half_of_the_pictures_are_mirrored():
    assert 70 < of(flip=True).mirrored.sum() < 130


def test_without_flip_none_is_mirrored():
    assert not of(shift=1).mirrored.any()


def test_only_a_recipe_with_parts_has_seeds_for_them():
    assert of(shift=1).seeds is None
    assert len(set(of(crop=True).seeds)) == COUNT


@pytest.mark.parametrize("other", [{"epoch": 1}, {"seed": 9}])
def test_each_epoch_and_seed_has_its_own_chances(other):
    one, two = of(shift=4), of(**{"shift": 4} | other)
    assert not np.array_equal(one.moves, two.moves)


def test_the_same_epoch_has_the_same_chances():
    one, two = (of(epoch=3, shift=4, flip=True, crop=True) for _ in range(2))
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ("moves", "mirrored", "seeds"))


def test_chances_are_the_same_everywhere():
    assert of(epoch=3, shift=4).moves[:3].tolist() == [[7, 4], [3, 8], [8, 8]]


def test_pictures_given_stay_as_they_are():
    before = PICTURES.copy()
    still = Variation(shift=1, moves=np.zeros((COUNT, 2), int), mirrored=np.ones(COUNT, bool), seeds=None)
    still.applied(np.arange(COUNT), PICTURES, 0)
    np.testing.assert_array_equal(PICTURES, before)
