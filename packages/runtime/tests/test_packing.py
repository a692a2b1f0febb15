# SPDX-License-Identifier: Apache-2.0
"""FINN's stream layout: known vectors, an independent packer, and the way back."""

import hashlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.datatypes import datatype
from levada.core.errors import InternalFault
from levada.runtime.packing import Layout, canonical, digest, dtype, from_canonical, pack, unpack

VECTORS = (
    ("INT4", [1, -2, 3], "e103"),
    ("UINT5", [1, 2, 3, 4, 5, 6], "410c520c"),
    ("BIPOLAR", [1, -1, 1, 1], "0d"),
    ("INT16", [258, -1], "0201ffff"),
    ("UINT8", [0, 1, 255], "0001ff"),
    ("BINARY", [1, 0, 0, 0, 0, 0, 0, 0, 1], "0101"),
    ("TERNARY", [-1, 0, 1], "13"),
)
KINDS = ["UINT1", "UINT5", "UINT8", "INT2", "INT4", "INT7", "INT8", "INT16", "INT20", "UINT33", "INT64", "BIPOLAR"]


def layout(kind, shape, lanes):
    return Layout(tuple(shape), datatype(kind), lanes)


def by_hand(values, kind, lanes):
    """Pack with Python's own big integers: slow, and shares nothing with the product."""
    element, beats = datatype(kind), []
    for start in range(0, len(values), lanes):
        word = 0
        for place, value in enumerate(values[start : start + lanes]):
            code = int(value > 0) if kind == "BIPOLAR" else int(value) % (1 << element.bits)
            word |= code << (place * element.bits)
        beats.append(word.to_bytes(-(-lanes * element.bits // 8), "little"))
    return b"".join(beats)


@st.composite
def tensors(draw):
    """Draw a data type, lanes, and a tensor of two dimensions whose innermost the lanes divide."""
    kind, lanes = draw(st.sampled_from(KINDS)), draw(st.integers(1, 9))
    shape = (draw(st.integers(1, 3)), lanes * draw(st.integers(1, 3)))
    element = datatype(kind)
    values = st.sampled_from([-1, 1]) if kind == "BIPOLAR" else st.integers(element.minimum, element.maximum)
    count = shape[0] * shape[1]
    flat = draw(st.lists(values, min_size=count, max_size=count))
    return layout(kind, shape, lanes), np.array(flat, dtype=element.canonical).reshape(shape)


@pytest.mark.parametrize(("kind", "values", "expected"), VECTORS)
def test_known_vectors_pack_as_finn_packs_them(kind, values, expected):
    assert pack(np.array(values), layout(kind, [len(values)], len(values))).hex() == expected


@pytest.mark.parametrize(("kind", "values", "packed"), VECTORS)
def test_known_vectors_unpack_to_their_values(kind, values, packed):
    came = unpack(bytes.fromhex(packed), layout(kind, [len(values)], len(values)))
    assert came.tolist() == [values]


@given(tensors())
def test_packing_agrees_with_an_independent_packer(drawn):
    shaped, tensor = drawn
    assert pack(tensor, shaped) == by_hand(tensor.reshape(-1).tolist(), shaped.element.name, shaped.lanes)


@given(tensors())
def test_unpacking_gives_back_what_was_packed_in_the_canonical_type(drawn):
    shaped, tensor = drawn
    came = unpack(pack(tensor, shaped), shaped)[0]
    assert came.dtype == dtype(shaped.element)
    assert np.array_equal(came, tensor)


@given(tensors())
def test_stream_bytes_are_beats_padded_to_whole_bytes(drawn):
    shaped, tensor = drawn
    assert len(pack(tensor, shaped)) == shaped.stream_bytes


@given(tensors())
def test_the_canonical_form_goes_both_ways(drawn):
    shaped, tensor = drawn
    content = canonical(tensor, shaped.element)
    assert len(content) == shaped.canonical_bytes
    assert np.array_equal(from_canonical(content, shaped)[0], tensor)


def test_each_beat_is_padded_on_its_own():
    assert pack(np.array([1, 1, 1, 1]), layout("UINT5", [4], 1)).hex() == "01010101"


def test_several_inferences_unpack_at_once():
    shaped = layout("UINT4", [2], 2)
    assert unpack(b"\x21\x43", shaped, count=2).tolist() == [[1, 2], [3, 4]]


def test_a_float_tensor_of_whole_numbers_packs_like_integers():
    assert pack(np.array([1.0, -2.0, 3.0]), layout("INT4", [3], 3)).hex() == "e103"


def test_the_canonical_form_is_little_endian_and_contiguous():
    column = np.array([[258, 0], [1, 0]], dtype=">i2")[:, 0]
    assert canonical(column, datatype("INT16")).hex() == "02010100"


def test_the_digest_is_sha256():
    assert digest(b"abc") == hashlib.sha256(b"abc").digest()


def test_a_stream_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(InternalFault, match=r"expected 2 stream bytes for shape \(3,\) of INT4, got 5"):
        unpack(b"12345", layout("INT4", [3], 3))


def test_a_tensor_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(InternalFault, match=r"expected 6 canonical bytes for shape \(3,\) of INT16, got 1"):
        from_canonical(b"1", layout("INT16", [3], 3))


def stream(shape, kind, lanes):
    return SimpleNamespace(name="A->B", shape=shape, datatype=kind, source_lanes=lanes)


def test_a_planned_stream_has_the_lanes_of_its_source():
    assert Layout.of(stream((2, 4), "UINT4", 2)) == layout("UINT4", [2, 4], 2)


def test_lanes_that_do_not_divide_the_innermost_dimension_are_refused():
    with pytest.raises(InternalFault, match=r"stream 'A->B': 3 lanes do not divide the innermost of \(2, 4\)"):
        Layout.of(stream((2, 4), "UINT4", 3))


def test_a_whole_feature_map_packs_quickly_enough_for_an_emulator():
    shaped = layout("UINT5", [56, 56, 256], 16)
    tensor = np.random.default_rng(0).integers(0, 32, shaped.shape, dtype=np.uint8)
    assert np.array_equal(unpack(pack(tensor, shaped), shaped)[0], tensor)
