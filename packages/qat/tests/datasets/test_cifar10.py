# SPDX-License-Identifier: Apache-2.0
import pickle

import numpy as np
import pytest

from levada.core.errors import DatasetError
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance import DatasetConformance
from levada.qat.datasets.cifar10 import Cifar10

NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
COUNT = 4


class Small(Cifar10):
    """The binary format with four pictures in each file."""

    file_pictures = COUNT


def batch(number):
    random = np.random.RandomState(number)
    return random.randint(0, 256, (COUNT, 3072)).astype(np.uint8), [(number + place) % 10 for place in range(COUNT)]


def write_python(folder, name, number, **changes):
    pixels, labels = batch(number)
    (folder / name).write_bytes(pickle.dumps({b"data": pixels, b"labels": labels} | changes, protocol=4))


@pytest.fixture
def binary(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        pixels, labels = batch(number)
        rows = np.concatenate([np.array(labels, dtype=np.uint8)[:, None], pixels], axis=1)
        (folder / f"{name}.bin").write_bytes(rows.tobytes())
    return folder


@pytest.fixture
def python(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        write_python(folder, name, number)
    return folder


class TestBinaryFiles(DatasetConformance):
    dataset = Small

    @pytest.fixture(autouse=True)
    def _lies_there(self, binary):
        self.folder = binary


class TestPythonFiles(DatasetConformance):
    dataset = Small

    @pytest.fixture(autouse=True)
    def _lies_there(self, python):
        self.folder = python


@pytest.mark.parametrize("split", ["train", "test"])
def test_both_formats_hold_the_same(binary, python, split):
    one, other = (Small().split(split, folder) for folder in (binary, python))
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_red_comes_first_then_green_then_blue(binary):
    picture = Small().split("test", binary).images[1]
    planes = batch(5)[0][1].reshape(3, 32, 32)
    assert picture[2, 7].tolist() == planes[:, 2, 7].tolist()


def test_the_files_follow_each_other(binary):
    assert Small().split("train", binary).labels.tolist() == [
        label for number in range(5) for label in batch(number)[1]
    ]


@pytest.mark.parametrize("format_", ["binary", "python"])
def test_the_folder_of_the_archive_is_found(request, format_):
    folder = request.getfixturevalue(format_)
    assert len(Small().split("train", folder.parent).labels) == 20


def test_middle_grey_is_nothing_to_the_network():
    assert Cifar10().preprocessing() == Preprocessing(offset=128)


def test_a_folder_with_neither_format_says_what_is_expected(tmp_path):
    with pytest.raises(
        DatasetError, match=r"expected data_batch_1.bin … \(binary\) or data_batch_1 … \(python\) in '.*'"
    ):
        Cifar10().split("test", tmp_path)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(("format_", "suffix"), [("binary", ".bin"), ("python", "")])
def test_a_missing_file_is_named(request, format_, suffix, split):
    folder, name = request.getfixturevalue(format_), {"train": "data_batch_3", "test": "test_batch"}[split]
    (folder / f"{name}{suffix}").unlink()
    with pytest.raises(DatasetError, match=f"{name}{suffix} cannot be read: No such file"):
        Small().split(split, folder)


@pytest.mark.parametrize("size", [0, 3073, 12291])
def test_a_truncated_binary_file_is_named_with_both_sizes(binary, size):
    file = binary / "test_batch.bin"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(DatasetError, match=rf"test_batch.bin: expected 12292 bytes \(4 pictures\), found {size}"):
        Small().split("test", binary)


def test_the_published_files_hold_ten_thousand_pictures(binary):
    with pytest.raises(DatasetError, match=r"expected 30730000 bytes \(10000 pictures\), found 12292"):
        Cifar10().split("test", binary)


@pytest.mark.parametrize("size", [0, 1, 100, 5000])
def test_a_truncated_pickle_is_named(python, size):
    file = python / "test_batch"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(
        DatasetError, match="test_batch: expected a whole pickle of arrays, texts and numbers, found one"
    ):
        Cifar10().split("test", python)


def test_a_label_without_class_is_refused(binary):
    file = binary / "test_batch.bin"
    file.write_bytes(b"\x0a" + file.read_bytes()[1:])
    with pytest.raises(DatasetError, match="test_batch.bin: expected labels from 0 to 9, found 6 to 10"):
        Small().split("test", binary)


@pytest.mark.parametrize("content", [[1, 2], {b"data": 1}], ids=["list", "no labels"])
def test_a_pickle_of_something_else_is_refused(python, content):
    (python / "test_batch").write_bytes(pickle.dumps(content))
    with pytest.raises(DatasetError, match="test_batch: expected a dictionary with 'data' and 'labels', found"):
        Cifar10().split("test", python)


@pytest.mark.parametrize("pixels", [7, np.zeros((4, 3071), dtype=np.uint8), np.zeros((4, 3072))])
def test_pixels_of_another_kind_are_refused(python, pixels):
    (python / "test_batch").write_bytes(pickle.dumps({"data": pixels, "labels": [0] * 4}))
    with pytest.raises(DatasetError, match="test_batch: expected 'data' as bytes, count x 3072, found"):
        Cifar10().split("test", python)


@pytest.mark.parametrize("labels", [(0, 1, 2, 3), [0, 1, 2], ["a"] * 4])
def test_labels_of_another_kind_are_refused(python, labels):
    (python / "test_batch").write_bytes(pickle.dumps({"data": batch(5)[0], "labels": labels}))
    with pytest.raises(DatasetError, match="test_batch: expected 'labels' as a list of 4 numbers, found"):
        Cifar10().split("test", python)
