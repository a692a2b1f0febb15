# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.core.networks import VNX


@pytest.mark.parametrize(("stream_bytes", "packets"), [(1, 1), (1376, 1), (1377, 2), (2752, 2), (2753, 3)])
def test_a_full_packet_holds_1376_stream_bytes(stream_bytes, packets):
    assert VNX.packets(stream_bytes) == packets


@pytest.mark.parametrize(
    ("stream_bytes", "wire_bytes"), [(1376, 1408 + 66), (32, 64 + 66), (33, 128 + 66), (1408, 1408 + 66 + 64 + 66)]
)
def test_wire_bytes_count_headers_whole_flits_and_gaps(stream_bytes, wire_bytes):
    assert VNX.wire_bytes(stream_bytes) == wire_bytes


def test_the_last_packet_is_padded_to_whole_flits():
    cut = VNX.packetisation(1400)
    assert (cut.packets, cut.last_bytes, cut.last_padded_bytes) == (2, 24, 64)


def test_plain_packets_have_no_header():
    cut = VNX.packetisation(1408, "plain")
    assert (cut.packets, cut.header_bytes, cut.payload_bytes) == (1, 0, 1408)
