# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.datatypes import datatype
from levada.core.errors import DatasetError, OptionError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing, Tensor
from levada.qat.pictures import Source, as_integers, input_datatype, parse_source, parse_split, read_split, spread


class Given(Dataset):
    """A data set that returns what it was given, right or wrong."""

    name = "given"

    def __init__(self, images, labels, classes=("a", "b")):
        self.content = Split(images=images, labels=labels, classes=classes)

    def split(self, split, folder):
        return self.content

    def preprocessing(self):
        return Preprocessing()


def bytes_of(*shape):
    return np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)


def tensor(datatype, shape=(2, 2, 1)):
    return Tensor(name="pixels", shape=shape, datatype=datatype, layout="NHWC")


def test_a_data_set_is_written_as_its_name():
    assert parse_source("digits") == Source(name="digits")


def test_a_folder_follows_a_colon():
    assert parse_source("imagenet:/data/in") == Source(name="imagenet", folder=Path("/data/in"))


def test_a_data_set_without_name_is_refused():
    with pytest.raises(OptionError, match="expected a data set as NAME or NAME:FOLDER, got ':x'"):
        parse_source(":x")


def test_a_split_follows_a_colon():
    assert parse_split("digits:test") == Source(name="digits", split="test")


def test_a_folder_follows_the_split():
    assert parse_split("imagenet:test:/data:1") == Source(name="imagenet", split="test", folder=Path("/data:1"))


@pytest.mark.parametrize("text", ["digits", "digits:", ":test", ""])
def test_a_split_must_be_named(text):
    with pytest.raises(
        OptionError, match=r"expected a data set and its split as NAME:SPLIT, e.g. 'digits:test', got"
    ) as caught:
        parse_split(text)
    assert repr(text) in str(caught.value)


def test_a_good_split_is_passed_on():
    split = read_split(Given(bytes_of(2, 2, 2, 1), np.array([0, 1], dtype=np.int32)), "test", None)
    assert (split.images.shape, split.labels.dtype) == ((2, 2, 2, 1), np.int64)


@pytest.mark.parametrize("images", [bytes_of(2, 2, 2), np.zeros((2, 2, 2, 1))], ids=["flat", "float"])
def test_images_that_are_no_images_are_refused(images):
    with pytest.raises(DatasetError, match="data set 'given', split 'test': expected images as uint8, count x height"):
        read_split(Given(images, np.zeros(len(images), dtype=int)), "test", None)


def test_a_split_without_pictures_is_refused():
    with pytest.raises(DatasetError, match="'given', split 'test': expected pictures, found none"):
        read_split(Given(bytes_of(0, 2, 2, 1), np.zeros(0, dtype=int)), "test", None)


@pytest.mark.parametrize(("wanted", "numbers"), [(None, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4]), (2, [0, 2]), (1, [0])])
def test_some_of_the_pictures_are_spread_over_all(wanted, numbers):
    assert spread(5, wanted) == numbers


@pytest.mark.parametrize("labels", [np.zeros(3, dtype=int), np.zeros(2)], ids=["one too many", "float"])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(
        DatasetError, match="'given', split 'test': expected one integer label for each of 2 images, got"
    ):
        read_split(Given(bytes_of(2, 2, 2, 1), labels), "test", None)


@pytest.mark.parametrize("labels", [(0, 2), (-1, 0)])
def test_a_label_without_class_is_refused(labels):
    with pytest.raises(DatasetError, match=f"labels run from {min(labels)} to {max(labels)}, but there are 2 classes"):
        read_split(Given(bytes_of(2, 2, 2, 1), np.array(labels)), "test", None)


@pytest.mark.parametrize(("offset", "name"), [(0, "UINT8"), (128, "INT8"), (127, "INT9"), (255, "INT9"), (-1, "UINT9")])
def test_the_input_type_follows_from_the_offset(offset, name):
    assert input_datatype(Preprocessing(offset=offset)) == name


@given(offset=st.integers(-1000, 1000))
def test_the_input_type_holds_every_pixel_and_no_narrower_one_does(offset):
    kind = datatype(input_datatype(Preprocessing(offset=offset)))
    assert kind.minimum <= -offset
    assert kind.maximum >= 255 - offset
    assert max(255 - offset, offset - 1) > kind.maximum // 2


@given(offset=st.integers(0, 255), pixel=st.integers(0, 255))
def test_the_offset_is_subtracted_without_wrapping(offset, pixel):
    preprocessing = Preprocessing(offset=offset)
    images = np.full((1, 2, 2, 1), pixel, dtype=np.uint8)
    integers = as_integers(images, preprocessing, tensor(input_datatype(preprocessing)), "here")
    assert int(integers[0, 0, 0, 0]) == pixel - offset


@pytest.mark.parametrize(("offset", "kind"), [(0, np.uint8), (128, np.int8), (1, np.int16)])
def test_integers_take_the_canonical_type(offset, kind):
    preprocessing = Preprocessing(offset=offset)
    integers = as_integers(bytes_of(1, 2, 2, 1), preprocessing, tensor(input_datatype(preprocessing)), "here")
    assert integers.dtype == kind


def test_integers_lie_in_one_piece():
    images = bytes_of(3, 2, 2, 1).transpose(0, 2, 1, 3)
    assert as_integers(images, Preprocessing(), tensor("UINT8"), "here").flags.c_contiguous


def test_images_of_another_shape_are_refused_with_both_shapes():
    message = r"data: images are 4 x 2 x 1 \(height x width x channels\), but the network takes 2 x 2 x 1"
    with pytest.raises(DatasetError, match=message):
        as_integers(bytes_of(1, 4, 2, 1), Preprocessing(), tensor("UINT8"), "data")


def test_values_out_of_range_are_refused_with_the_first_image():
    images = np.array([1, 17, 3, 40], dtype=np.uint8).reshape(4, 1, 1, 1) * np.ones((1, 2, 2, 1), dtype=np.uint8)
    message = (
        r"data: image 1 has values from 17 to 17, but the network takes UINT4 \(0 to 15\); 2 of 4 images do not fit"
    )
    with pytest.raises(DatasetError, match=message):
        as_integers(images, Preprocessing(), tensor("UINT4"), "data")


@pytest.mark.parametrize(("offset", "kind"), [(0, "UINT8"), (128, "INT8")])
def test_the_least_and_the_largest_value_of_the_type_fit(offset, kind):
    images = np.array([0, 255], dtype=np.uint8).reshape(2, 1, 1, 1) * np.ones((1, 2, 2, 1), dtype=np.uint8)
    integers = as_integers(images, Preprocessing(offset=offset), tensor(kind), "data")
    assert (integers.min(), integers.max()) == (-offset, 255 - offset)


def test_values_below_the_range_are_refused_too():
    with pytest.raises(DatasetError, match="image 0 has values from -128 to -125"):
        as_integers(bytes_of(1, 2, 2, 1), Preprocessing(offset=128), tensor("UINT8"), "data")
