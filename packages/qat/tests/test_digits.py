# SPDX-License-Identifier: Apache-2.0
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

from levada.core.errors import DatasetError, DependencyError
from levada.core.manifests import Preprocessing
from levada.qat.digits import Digits


@pytest.fixture(scope="module")
def train():
    return Digits().split("train", None)


@pytest.fixture(scope="module")
def held_out():
    return Digits().split("test", None)


def rows(split):
    return {image.tobytes() + bytes([label]) for image, label in zip(split.images, split.labels, strict=True)}


def test_there_are_1437_pictures_to_train_on(train):
    assert train.images.shape == (1437, 8, 8, 1)


def test_there_are_360_pictures_to_test_with(held_out):
    assert held_out.images.shape == (360, 8, 8, 1)


def test_the_splits_share_no_picture_and_leave_none_out(train, held_out):
    assert len(rows(train)) + len(rows(held_out)) == len(rows(train) | rows(held_out)) == 1797


def test_every_class_gives_a_fifth_to_the_test(train, held_out):
    there = np.bincount(held_out.labels) + np.bincount(train.labels)
    assert np.abs(np.bincount(held_out.labels) - there * 360 / 1797).max() < 1


def test_pixels_run_from_0_to_16(train):
    assert (train.images.dtype, train.images.min(), train.images.max()) == (np.uint8, 0, 16)


def test_classes_are_the_ten_digits(held_out):
    assert held_out.classes == tuple("0123456789")


def test_the_split_is_the_same_everywhere(held_out):
    digest = hashlib.sha256(held_out.images.tobytes() + held_out.labels.astype("<i8").tobytes()).hexdigest()
    assert digest == "68780132faf1ab8eda675b235eafc4a5b8aa07f7bb9047f01d3861532936c129"


def test_pixels_are_taken_as_they_are():
    assert Digits().preprocessing() == Preprocessing()


def test_another_split_is_refused_with_those_there_are():
    with pytest.raises(DatasetError, match="'digits' has the splits 'train' and 'test', got 'validation'"):
        Digits().split("validation", None)


def test_a_folder_is_refused():
    with pytest.raises(DatasetError, match="reads no folder, got '/somewhere'; write 'digits'"):
        Digits().split("test", Path("/somewhere"))


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DependencyError, match=r"needs scikit-learn, .*: pip install scikit-learn"):
        Digits().split("test", None)
