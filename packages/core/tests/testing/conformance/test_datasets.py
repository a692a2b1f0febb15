# SPDX-License-Identifier: Apache-2.0
"""The kit for data sets: passed by two grey squares, failed by each kind of bad split. Arrays are stood in for: core has no numpy."""

import itertools

import pytest

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance import DatasetConformance, failures


class Array:
    """As much of an array as the kit looks at."""

    def __init__(self, shape, dtype, values):
        self.shape, self.dtype, self.values = shape, dtype, bytes(values)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, number):
        size = len(self.values) // len(self)
        return Array(self.shape[1:], self.dtype, self.values[number * size : (number + 1) * size])

    def tobytes(self):
        return self.values

    def min(self):
        return min(self.values)

    def max(self):
        return max(self.values)


PICTURES = Array((3, 2, 2, 1), "uint8", range(12))
LABELS = Array((3,), "int64", (0, 1, 1))


class Squares(Dataset):
    """Three squares in two greys."""

    name = "squares"
    images, labels, classes = PICTURES, LABELS, ("dark", "light")
    test_images = PICTURES

    def split(self, split, folder):
        if split not in ("train", "test"):
            msg = f"no split {split!r}; there are train and test"
            raise DatasetError(msg)
        images = self.images if split == "train" else self.test_images
        return Split(images=images, labels=self.labels, classes=self.classes)

    def preprocessing(self):
        return Preprocessing()


class TestSquares(DatasetConformance):
    dataset = Squares


class Cut(Array):
    """Squares that lie there larger."""

    def cropped(self, number, seed):
        return Array(self.shape[1:], "uint8", [seed, number] * 2)


class TestCutSquares(DatasetConformance):
    dataset = type("Larger", (Squares,), {"images": Cut((3, 2, 2, 1), "uint8", range(12))})


class CutSmaller(Cut):
    def cropped(self, number, seed):
        return Array((1, 1, 1), "uint8", [0])


class CutAnyhow(Cut):
    turns = itertools.count()

    def cropped(self, number, seed):
        return super().cropped(number, next(self.turns))


class Blinking(Array):
    """The last of three squares is another each time."""

    turns = itertools.count()

    def __getitem__(self, number):
        return super().__getitem__(number if number < 2 else next(self.turns) % 3)


class Restless(Squares):
    turns = itertools.count()

    def split(self, split, folder):
        found = super().split(split, folder)
        values = [next(self.turns) // 2 % 2] * 3
        return Split(images=found.images, labels=Array((3,), "int64", values), classes=found.classes)


class Lenient(Squares):
    def split(self, split, folder):
        return super().split("train", folder)


class Growing(Squares):
    def split(self, split, folder):
        found = super().split(split, folder)
        return Split(images=found.images, labels=found.labels, classes=(*found.classes, split))


def bad(**named):
    return type("Bad", (Squares,), named)


ALIKE, SAME = "test_both_splits_are_alike", "test_a_split_is_the_same_each_time"
BYTES = "test_its_pictures_are_bytes_of_height_width_and_channels"
BY_SEED = "test_a_part_chosen_by_chance_is_a_picture_that_its_seed_decides"
BAD = {
    "pictures without channels": (
        bad(images=Array((3, 2, 2), "uint8", range(12))),
        BYTES,
    ),
    "pictures in float": (bad(images=Array((3, 2, 2, 1), "float32", range(12))), BYTES),
    "too few labels": (bad(labels=Array((2,), "int64", (0, 1))), "test_every_picture_has_a_label"),
    "labels in bytes": (bad(labels=Array((3,), "uint8", (0, 1, 1))), "test_every_picture_has_a_label"),
    "a label without class": (bad(labels=Array((3,), "int64", (0, 1, 2))), "test_every_label_is_a_class"),
    "pictures of two sizes": (bad(test_images=Array((3, 4, 4, 1), "uint8", range(48))), ALIKE),
    "other classes for tests": (Growing, ALIKE),
    "other labels each time": (Restless, SAME),
    "another picture each time": (bad(images=Blinking((3, 2, 2, 1), "uint8", range(12))), SAME),
    "parts of another shape": (bad(images=CutSmaller((3, 2, 2, 1), "uint8", range(12))), BY_SEED),
    "parts that no seed decides": (bad(images=CutAnyhow((3, 2, 2, 1), "uint8", range(12))), BY_SEED),
    "any split at all": (Lenient, "test_another_split_is_refused"),
    "no preprocessing": (bad(preprocessing=lambda self: None), "test_it_says_how_pictures_are_prepared"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_data_set_fails(tmp_path, fault):
    dataset, test = BAD[fault]
    assert test in failures(type("Kit", (DatasetConformance,), {"dataset": dataset}), tmp_path)


def test_a_data_set_that_needs_a_folder_is_given_one(tmp_path):
    asked = []

    class Filed(Squares):
        def split(self, split, folder):
            asked.append(folder)
            return super().split(split, folder)

    failures(type("Kit", (DatasetConformance,), {"dataset": Filed, "folder": tmp_path}), tmp_path / "scratch")
    assert set(asked) == {tmp_path}
