# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from levada.qat.arrays import add_array, add_rows


def test_an_array_becomes_a_payload_of_its_name(work):
    add_array(work, "images", np.arange(6, dtype=np.int16).reshape(2, 3))
    np.testing.assert_array_equal(np.load(work.payloads["images"]), [[0, 1, 2], [3, 4, 5]])


def test_objects_are_no_payload(work):
    with pytest.raises(ValueError, match="pickle"):
        add_array(work, "images", np.array([object()]))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 1000])
@pytest.mark.parametrize("kind", [np.int8, np.uint16])
def test_rows_become_one_array(work, count, kind):
    rows = np.arange(count * 6).astype(kind).reshape(count, 2, 3)
    assert add_rows(work, "images", iter(rows), np.empty((2, 3), kind)) == count
    found = np.load(work.payloads["images"], allow_pickle=False)
    np.testing.assert_array_equal(found, rows)
    assert found.dtype == kind


def test_rows_and_an_array_are_the_same_file(work):
    rows = np.arange(12, dtype=np.int8).reshape(2, 2, 3)
    add_array(work, "whole", rows)
    add_rows(work, "rows", rows, rows[0])
    assert work.payloads["whole"].read_bytes() == work.payloads["rows"].read_bytes()
