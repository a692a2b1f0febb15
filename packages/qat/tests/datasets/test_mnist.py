# SPDX-License-Identifier: Apache-2.0
import gzip
import struct

import numpy as np
import pytest

from levada.core.errors import DatasetError
from levada.core.testing.conformance import DatasetConformance
from levada.qat.datasets.mnist import Mnist

COUNTS = {"train": 7, "t10k": 3}


def idx(array):
    magic = 2048 + array.ndim
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.astype(np.uint8).tobytes()


def contents():
    """Return file name → bytes of a very small MNIST."""
    found = {}
    for prefix, count in COUNTS.items():
        found[f"{prefix}-images-idx3-ubyte"] = idx(np.random.RandomState(count).randint(0, 256, (count, 28, 28)))
        found[f"{prefix}-labels-idx1-ubyte"] = idx(np.arange(count) % 10)
    return found


@pytest.fixture
def folder(tmp_path):
    for name, content in contents().items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


class TestIdxFiles(DatasetConformance):
    dataset = Mnist

    @pytest.fixture(autouse=True)
    def _lies_there(self, folder):
        self.folder = folder


def test_pictures_have_a_channel(folder):
    assert Mnist().split("train", folder).images.shape == (7, 28, 28, 1)


def test_pixels_are_those_of_the_file(folder):
    expected = np.random.RandomState(3).randint(0, 256, (3, 28, 28))
    np.testing.assert_array_equal(Mnist().split("test", folder).images[..., 0], expected)


def test_labels_are_those_of_the_file(folder):
    assert Mnist().split("test", folder).labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["{}-ubyte.gz", "{}-ubyte"])
@pytest.mark.parametrize("joint", ["-", "."])
def test_files_may_be_gzipped_and_spelt_either_way(tmp_path, name, joint):
    for file, content in contents().items():
        stem, _, kind = file.removesuffix("-ubyte").rpartition("-")
        spelt = tmp_path / name.format(f"{stem}{joint}{kind}")
        spelt.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert len(Mnist().split("test", tmp_path).labels) == 3


def test_a_missing_file_is_named(folder):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(
        DatasetError, match=r"expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz in '.*', found"
    ):
        Mnist().split("test", folder)


@pytest.mark.parametrize("size", [0, 3, 15])
def test_a_file_without_its_header_is_refused(folder, size):
    file = folder / "t10k-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(
        DatasetError, match=r"t10k-images-idx3-ubyte: expected an IDX file that begins with 2051, found"
    ):
        Mnist().split("test", folder)


@pytest.mark.parametrize("size", [16, 2000])
def test_a_truncated_file_is_named_with_what_is_there(folder, size):
    file = folder / "t10k-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(DatasetError, match=f"expected 3 x 28 x 28 bytes behind its header, found {size - 16}"):
        Mnist().split("test", folder)


def test_labels_instead_of_pictures_are_refused(folder):
    (folder / "t10k-images-idx3-ubyte").write_bytes(contents()["t10k-labels-idx1-ubyte"])
    with pytest.raises(DatasetError, match="begins with 2051, found 00 00 08 01"):
        Mnist().split("test", folder)


def test_a_truncated_gzip_file_is_refused(folder):
    packed = gzip.compress((folder / "t10k-images-idx3-ubyte").read_bytes())
    (folder / "t10k-images-idx3-ubyte").unlink()
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(packed[:-20])
    with pytest.raises(
        DatasetError, match=r"idx3-ubyte.gz: expected a whole gzip file, found one that cannot be unpacked"
    ):
        Mnist().split("test", folder)


def test_labels_for_other_pictures_are_refused(folder):
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(np.arange(4)))
    with pytest.raises(DatasetError, match="expected a label for each of 3 pictures, found 4"):
        Mnist().split("test", folder)


def test_a_folder_must_be_named():
    with pytest.raises(DatasetError, match="'mnist' is read from a folder, and none was named; write 'mnist:FOLDER'"):
        Mnist().split("test", None)


def test_what_is_no_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="'mnist' is read from a folder, but '.*nowhere' is none"):
        Mnist().split("test", tmp_path / "nowhere")


def test_a_folder_in_place_of_a_file_is_refused(folder):
    (folder / "t10k-images-idx3-ubyte").unlink()
    (folder / "t10k-images-idx3-ubyte").mkdir()
    with pytest.raises(DatasetError, match="t10k-images-idx3-ubyte cannot be read: Is a directory"):
        Mnist().split("test", folder)
