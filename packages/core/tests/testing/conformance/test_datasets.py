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


ALIKE = "test_both_splits_are_alike"
BAD = {
    "pictures without channels": (
        bad(images=Array((3, 2, 2), "uint8", range(12))),
        "test_its_pictures_are_bytes_in_nhwc",
    ),
    "pictures in float": (bad(images=Array((3, 2, 2, 1), "float32", range(12))), "test_its_pictures_are_bytes_in_nhwc"),
    "too few labels": (bad(labels=Array((2,), "int64", (0, 1))), "test_every_picture_has_a_label"),
    "labels in bytes": (bad(labels=Array((3,), "uint8", (0, 1, 1))), "test_every_picture_has_a_label"),
    "a label without class": (bad(labels=Array((3,), "int64", (0, 1, 2))), "test_every_label_is_a_class"),
    "pictures of two sizes": (bad(test_images=Array((3, 4, 4, 1), "uint8", range(48))), ALIKE),
    "other classes for tests": (Growing, ALIKE),
    "other labels each time": (Restless, "test_a_split_is_the_same_each_time"),
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
