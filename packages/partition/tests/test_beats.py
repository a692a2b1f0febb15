# SPDX-License-Identifier: Apache-2.0
"""Lanes, beats and bytes of streams."""

import pytest
from partition_toys import fold, stream

from levada.core.errors import ManifestError
from levada.core.interfaces import Candidate
from levada.core.manifests import Lanes, Layer
from levada.core.networks import VNX
from levada.core.resources import Resources
from levada.partition.beats import beats, lanes, payload_bytes, stream_bytes, wire_bytes_by_candidate

STREAM = stream("a", "b", shape=(4, 4, 8), bits=5)


@pytest.mark.parametrize(("rule", "width"), [(Lanes.PE, 4), (Lanes.SIMD, 2), (Lanes.ONE, 1), (Lanes.ALL, 8)], ids=str)
def test_the_rule_of_the_end_sets_the_lanes(rule, width):
    assert lanes(STREAM, rule, fold(pe=4, simd=2)) == width


def test_the_outside_has_one_lane():
    assert lanes(STREAM, Lanes.PE, None) == 1


def test_a_scalar_stream_has_one_element_a_beat():
    assert lanes(stream("a", "b", shape=()), Lanes.ALL, fold()) == 1


def test_lanes_that_do_not_divide_the_elements_are_refused_by_name():
    with pytest.raises(
        ManifestError, match=r"stream 'a->b' has 8 elements .* do not make whole beats of 3 \(pe of its layer\)"
    ):
        lanes(STREAM, Lanes.PE, fold(pe=3))


@pytest.mark.parametrize(("width", "count"), [(1, 128), (2, 64), (8, 16)])
def test_an_inference_is_its_elements_in_beats(width, count):
    assert beats(STREAM, width) == count


@pytest.mark.parametrize(("width", "size"), [(1, 128), (2, 128), (4, 96), (8, 80)])
def test_every_beat_is_padded_to_whole_bytes(width, size):
    assert stream_bytes(STREAM, width) == size


def test_the_payload_has_no_gaps():
    assert payload_bytes(STREAM) == 80
    assert payload_bytes(stream("a", "b", shape=(3,), bits=5)) == 2


def test_wire_bytes_follow_the_folding_of_the_source():
    layer = Layer(name="a", op="Op", node="a", foldings=(fold(pe=1), fold(pe=8)))
    candidates = tuple(Candidate(folding=f, store="none", cycles=1, resources=Resources()) for f in (0, 1, 0))
    sizes = wire_bytes_by_candidate(STREAM, layer, candidates, VNX)
    assert sizes == (VNX.wire_bytes(128), VNX.wire_bytes(80), VNX.wire_bytes(128))
