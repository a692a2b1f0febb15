# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from levada.qat.arrays import add_array


def test_an_array_becomes_a_payload_of_its_name(work):
    add_array(work, "images", np.arange(6, dtype=np.int16).reshape(2, 3))
    np.testing.assert_array_equal(np.load(work.payloads["images"]), [[0, 1, 2], [3, 4, 5]])


def test_objects_are_no_payload(work):
    with pytest.raises(ValueError, match="pickle"):
        add_array(work, "images", np.array([object()]))
