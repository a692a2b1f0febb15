# SPDX-License-Identifier: Apache-2.0
"""Packets of any size of stream: none is lost between the ways of counting them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.networks import VNX

SIZES = st.integers(0, 10**6)
MODES = st.sampled_from(["framed", "plain"])


@given(SIZES)
def test_counting_packets_and_cutting_them_agree(size):
    assert VNX.packetisation(size).packets == VNX.packets(size)


@given(SIZES, MODES)
def test_packets_carry_the_stream_and_nothing_else(size, mode):
    cut = VNX.packetisation(size, mode)
    assert (cut.packets - 1) * cut.payload_bytes + cut.last_bytes == size


@given(SIZES, MODES)
def test_the_last_packet_is_no_larger_than_the_others(size, mode):
    cut = VNX.packetisation(size, mode)
    assert 0 <= cut.last_bytes <= cut.payload_bytes


@given(SIZES, MODES)
def test_the_last_packet_is_padded_to_flits_of_64_bytes(size, mode):
    cut = VNX.packetisation(size, mode)
    assert cut.last_padded_bytes >= cut.header_bytes + cut.last_bytes
    assert cut.last_padded_bytes % 64 == 0 or cut.last_padded_bytes == VNX.minimum_bytes


@given(SIZES)
def test_wire_bytes_are_those_of_the_packets(size):
    cut = VNX.packetisation(size)
    full = (cut.packets - 1) * VNX.payload_bytes
    assert VNX.wire_bytes(size) == full + cut.last_padded_bytes + cut.packets * VNX.wire_overhead_bytes


@given(SIZES, SIZES)
def test_a_larger_stream_never_takes_less(one, other):
    smaller, larger = sorted((one, other))
    assert VNX.wire_bytes(smaller) <= VNX.wire_bytes(larger)


@given(SIZES)
def test_the_wire_carries_at_least_the_stream(size):
    assert VNX.wire_bytes(size) > size


def test_an_empty_stream_is_one_packet():
    assert (VNX.packets(0), VNX.packetisation(0).last_bytes) == (1, 0)


def test_full_packets_are_whole_flits():
    assert VNX.payload_bytes == 22 * 64


@pytest.mark.parametrize("size", [1376, 13760])
def test_full_packets_waste_nothing_but_headers(size):
    packets = size // 1376
    assert VNX.wire_bytes(size) == packets * (1408 + 66)


def test_a_short_payload_is_padded_to_the_minimum():
    tiny = msgspec.structs.replace(VNX, minimum_bytes=100)
    assert tiny.padded(1) == 100


def test_the_figures_of_vnx_are_the_published_ones():
    assert (VNX.line_gbps, VNX.payload_bytes, VNX.max_streams) == (100.0, 1408, 16)
    assert (VNX.header_bytes, VNX.minimum_bytes, VNX.wire_overhead_bytes) == (32, 18, 66)
    assert (VNX.overhead.lut, VNX.overhead.ff, VNX.overhead.bram18) == (35_219, 86_269, 183)


def test_the_overhead_says_where_it_is_from():
    assert "finn" in VNX.overhead_origin
