# SPDX-License-Identifier: Apache-2.0
import msgspec
import numpy as np
import pytest
import torch

from levada.core.errors import DatasetError
from levada.core.testing.models import RECIPE
from levada.qat.chance import variation
from levada.qat.loading import Examples, Fetch, batches, cores, examples, usual_workers
from levada.qat.reading import IN_A_ROW, first

COUNT = 12
ARRAY = np.random.RandomState(0).randint(0, 256, (COUNT, 4, 5, 3)).astype(np.uint8)
LABELS = np.arange(COUNT)


class OneByOne:
    """Pictures that are no array; some of them broken, one of another shape."""

    def __init__(self, broken=(), misshapen=()):
        self.broken, self.misshapen = broken, misshapen

    def __len__(self):
        return COUNT

    def __getitem__(self, number):
        if number in self.broken:
            msg = f"{number}.jpg cannot be read"
            raise DatasetError(msg)
        return ARRAY[number, :2] if number in self.misshapen else ARRAY[number]


class Larger(OneByOne):
    """Pictures with parts: the seed becomes a pixel."""

    def cropped(self, number, seed):
        return np.full((4, 5, 3), seed % 256, dtype=np.uint8)


def loaded(images, numbers, workers=0, **how):
    fetch = Fetch(examples(images, LABELS), **how)
    return list(batches(fetch, [np.array(chosen) for chosen in numbers], workers))


@pytest.mark.parametrize("images", [ARRAY, OneByOne()], ids=["array", "one by one"])
@pytest.mark.parametrize("workers", [0, 2])
def test_batches_hold_pictures_and_labels_in_order(images, workers):
    (pictures, labels, _), (last, _, _) = loaded(images, [[3, 1, 7], [0]], workers)
    assert torch.equal(pictures, torch.from_numpy(ARRAY[[3, 1, 7]]))
    assert (labels.tolist(), len(last)) == ([3, 1, 7], 1)


@pytest.mark.parametrize("workers", [0, 2])
def test_chance_does_not_depend_on_who_loads(workers):
    chance = variation(msgspec.structs.replace(RECIPE, shift=2, flip=True), COUNT, 0)
    here = loaded(ARRAY, [[3, 1], [7, 2]], 0, variation=chance)
    there = loaded(OneByOne(), [[3, 1], [7, 2]], workers, variation=chance)
    assert all(torch.equal(mine[0], theirs[0]) for mine, theirs in zip(here, there, strict=True))


def test_loading_elsewhere_draws_no_random_number_here():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    loaded(ARRAY, [[1]], 2)
    assert torch.equal(torch.rand(1), expected)


def test_parts_are_cut_by_the_seeds_of_the_epoch():
    chance = variation(msgspec.structs.replace(RECIPE, crop=True), COUNT, 0)
    ((pictures, _, _),) = loaded(Larger(), [[3, 8]], variation=chance)
    assert pictures[:, 0, 0, 0].tolist() == [int(chance.seeds[number]) % 256 for number in (3, 8)]


@pytest.mark.parametrize("workers", [0, 2])
def test_in_training_the_next_picture_takes_the_place_of_a_broken_one(workers):
    ((pictures, labels, complaints),) = loaded(OneByOne(broken={3, 4}), [[3, 6]], workers, replace=True)
    assert torch.equal(pictures, torch.from_numpy(ARRAY[[5, 6]]))
    assert (labels.tolist(), complaints) == ([5, 6], ("3.jpg cannot be read", "4.jpg cannot be read"))


def test_after_the_last_picture_comes_the_first():
    assert loaded(OneByOne(broken={11}), [[11]], replace=True)[0][1].tolist() == [0]


def test_in_a_test_a_broken_picture_is_left_out():
    ((pictures, labels, complaints),) = loaded(OneByOne(broken={3}), [[3, 6]])
    assert (len(pictures), labels.tolist(), complaints) == (1, [6], ("3.jpg cannot be read",))


def test_a_batch_of_broken_pictures_is_empty_in_a_test():
    assert loaded(OneByOne(broken={3}), [[3]])[0][0].shape == (0, 4, 5, 3)


def test_a_picture_of_another_shape_counts_as_broken():
    ((_, _, complaints),) = loaded(OneByOne(misshapen={3}), [[3]])
    assert complaints == ("picture 3: expected uint8 (4, 5, 3) as the first one, got uint8 (2, 5, 3)",)


def test_a_data_set_of_broken_pictures_ends_the_training():
    broken = Examples(images=OneByOne(broken=set(range(COUNT))), labels=LABELS, shape=(4, 5, 3))
    with pytest.raises(DatasetError, match=f"{IN_A_ROW} pictures next to each other cannot be read, the last: 3.jpg"):
        Fetch(broken, replace=True)[np.array([0])]


def test_the_first_picture_is_one_that_can_be_read():
    np.testing.assert_array_equal(first(OneByOne(broken={0, 1})), ARRAY[2])


def test_pictures_none_of_which_can_be_read_are_refused():
    with pytest.raises(
        DatasetError, match="none of the first 12 pictures can be read, the last: 11.jpg cannot be read"
    ):
        first(OneByOne(broken=set(range(COUNT))))


def test_values_are_channels_first_and_less_the_offset():
    values = examples(ARRAY, LABELS, offset=128).values(torch.from_numpy(ARRAY))
    assert values.shape == (COUNT, 3, 4, 5)
    assert float(values[2, 1, 3, 4]) == float(ARRAY[2, 3, 4, 1]) - 128


@pytest.mark.parametrize(("offset", "grey"), [(0, 0), (128, 128), (300, 255), (-1, 0)])
def test_what_comes_in_at_the_edges_is_nothing_to_the_network(offset, grey):
    chance = variation(msgspec.structs.replace(RECIPE, shift=4), COUNT, 0)
    moved = msgspec.structs.replace(chance, moves=np.zeros((COUNT, 2), dtype=int))
    pictures, _, _ = Fetch(examples(ARRAY, LABELS, offset), moved)[np.array([0])]
    assert pictures[0, 0, 0].tolist() == [grey] * 3


def test_pictures_in_memory_need_no_other_process():
    assert (usual_workers(ARRAY), usual_workers(OneByOne())) == (0, min(8, cores() - 1))
