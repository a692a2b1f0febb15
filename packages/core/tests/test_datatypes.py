# SPDX-License-Identifier: Apache-2.0
"""Data types of streams: width, sign, range and canonical form."""

import pytest

from levada.core.datatypes import datatype
from levada.core.errors import ManifestError


@pytest.mark.parametrize(
    ("name", "bits", "minimum", "maximum", "canonical"),
    [
        ("UINT1", 1, 0, 1, "uint8"),
        ("UINT5", 5, 0, 31, "uint8"),
        ("INT4", 4, -8, 7, "int8"),
        ("INT8", 8, -128, 127, "int8"),
        ("UINT9", 9, 0, 511, "uint16"),
        ("INT17", 17, -65536, 65535, "int32"),
        ("UINT64", 64, 0, 2**64 - 1, "uint64"),
        ("BIPOLAR", 1, -1, 1, "int8"),
        ("BINARY", 1, 0, 1, "uint8"),
        ("TERNARY", 2, -1, 1, "int8"),
    ],
)
def test_a_type_has_its_width_range_and_canonical_form(name, bits, minimum, maximum, canonical):
    kind = datatype(name)
    assert (kind.bits, kind.minimum, kind.maximum, kind.canonical) == (bits, minimum, maximum, canonical)


@pytest.mark.parametrize(("name", "size"), [("INT8", 1), ("INT9", 2), ("UINT17", 4), ("INT33", 8)])
def test_the_canonical_form_has_a_size_in_bytes(name: str, size: int):
    assert datatype(name).canonical_bytes == size


@pytest.mark.parametrize("name", ["FLOAT32", "INT0", "UINT65", "uint8", "INT", "FIXED<8,4>", "", "INT8 "])
def test_what_is_no_integer_type_is_refused_by_name(name: str):
    with pytest.raises(ManifestError, match="expected an integer data type") as caught:
        datatype(name)
    assert repr(name) in str(caught.value)
