# SPDX-License-Identifier: Apache-2.0
import datetime
import os
import pickle

import numpy as np
import pytest

from levada.core.errors import DatasetError
from levada.qat.datasets.pickles import read_pickle

# What Python 2 wrote for {'data': numpy.array([[1, 2]], dtype=numpy.uint8), 'labels': [3]}, protocol 2.
OF_PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05"
    b"(K\x01K\x01K\x02\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    b"\x89U\x02\x01\x02tbU\x06labelsq\x08]q\x09K\x03au."
)


class Hostile:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch hostile-was-here",)


@pytest.fixture
def reread(tmp_path):
    """Return a function that pickles a value and reads it again."""

    def reread(value, protocol=4):
        (tmp_path / "it").write_bytes(pickle.dumps(value, protocol=protocol))
        return read_pickle(tmp_path / "it")

    return reread


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back(reread, protocol, order):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3, order=order)
    found = reread({"data": array}, protocol)["data"]
    assert found.tolist() == array.tolist()


def test_texts_lists_and_numbers_come_back(reread):
    assert reread({b"labels": [1, 2], "name": "batch"}) == {b"labels": [1, 2], "name": "batch"}


def test_what_python_2_wrote_is_read(tmp_path):
    (tmp_path / "it").write_bytes(OF_PYTHON_2)
    found = read_pickle(tmp_path / "it")
    assert (found[b"data"].tolist(), found[b"labels"]) == ([[1, 2]], [3])


def test_a_pickle_that_would_run_a_command_is_refused_and_runs_none(reread, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DatasetError, match=r"found one that cannot be read \(it asks for posix.system, which is not allowed"
    ):
        reread({"data": Hostile()})
    assert not (tmp_path / "hostile-was-here").exists()


@pytest.mark.parametrize("value", [print, datetime.date(2020, 1, 1), np.float64(1), eval], ids=repr)
def test_other_classes_and_functions_are_refused(reread, value):
    with pytest.raises(DatasetError, match=r"it asks for .*, which is not allowed"):
        reread([value])


@pytest.mark.parametrize("content", [b"", b"junk", b"\x80\x04.", b"cnumpy\nndarray\n(tR.", OF_PYTHON_2[:-3]])
def test_bytes_that_are_no_pickle_are_refused(tmp_path, content):
    (tmp_path / "it").write_bytes(content)
    with pytest.raises(DatasetError, match="it: expected a whole pickle of arrays, texts and numbers"):
        read_pickle(tmp_path / "it")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="nothing cannot be read: No such file"):
        read_pickle(tmp_path / "nothing")
