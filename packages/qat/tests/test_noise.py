# SPDX-License-Identifier: Apache-2.0
import hashlib
from pathlib import Path

import numpy as np
import pytest

from levada.core.errors import DatasetError
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance import DatasetConformance
from levada.qat.noise import Noise


class TestNoise(DatasetConformance):
    dataset = Noise


def split(name="train", shape=(8, 8, 3), classes=10):
    return Noise().fitted(shape, classes).split(name, None)


def test_noise_is_the_same_on_every_machine():
    digest = hashlib.sha256(split().images.tobytes()).hexdigest()
    assert digest == "d9d99578679078c09392a873aa87a99919d9e94f88d137efd036b199300ee68a"


def test_the_splits_share_no_picture():
    train, held_out = ({image.tobytes() for image in split(name).images} for name in ("train", "test"))
    assert train & held_out == set()


def test_every_byte_is_about_as_likely_as_any_other():
    counts = np.bincount(split(shape=(32, 32, 3)).images.ravel(), minlength=256)
    assert counts.min() > 0.9 * counts.mean()
    assert counts.max() < 1.1 * counts.mean()


@pytest.mark.parametrize(
    ("shape", "count"), [((8, 8, 3), 256), ((32, 32, 3), 256), ((224, 224, 3), 55), ((4096, 4096, 3), 1)]
)
def test_there_are_fewer_large_pictures(shape, count):
    assert split(shape=shape).images.shape == (count, *shape)


def test_there_are_as_many_classes_as_asked_for():
    assert (len(split(classes=1000).classes), split(classes=7).labels.max()) == (1000, 6)


def test_its_labels_mean_nothing():
    assert not Noise.labelled


@pytest.mark.parametrize(
    ("shape", "preprocessing"),
    [
        ((224, 224, 3), Preprocessing(resize=256, crop=224, offset=128)),
        ((32, 32, 3), Preprocessing(resize=36, crop=32, offset=128)),
        ((8, 8, 1), Preprocessing()),
        ((8, 16, 3), Preprocessing(offset=128)),
    ],
)
def test_photographs_would_be_brought_to_the_shape_as_those_of_imagenet(shape, preprocessing):
    assert Noise(shape).preprocessing() == preprocessing


def test_a_folder_is_refused():
    with pytest.raises(DatasetError, match=r"'noise' is made up and reads no folder, got 'here'; write 'noise'"):
        Noise().split("train", Path("here"))


def test_an_unknown_split_is_refused():
    with pytest.raises(DatasetError, match="'noise' has the splits 'train' and 'test', got 'val'"):
        split("val")
