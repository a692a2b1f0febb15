# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.core.errors import NetworkError
from levada.core.networks import VNX
from levada.netstack.planning.packets import hops

PORTS = {1: "a", 2: "b", 3: "c"}


def planned(plan, mode="framed"):
    return hops(plan, PORTS, VNX, mode)


@pytest.mark.parametrize(
    ("size", "packets", "last", "padded", "wire"),
    [
        (1, 1, 1, 64, 130),
        (32, 1, 32, 64, 130),
        (33, 1, 33, 128, 194),
        (1376, 1, 1376, 1408, 1474),
        (1377, 2, 1, 64, 1474 + 130),
        (501_760, 365, 896, 960, 364 * 1474 + 1026),
    ],
)
def test_an_inference_is_cut_into_full_packets_and_one_padded(draw, size, packets, last, padded, wire):
    (hop,) = planned(draw([1, 2], [0, 1], [(0, 1, size)]))
    cut = hop.packetisation
    assert (cut.packets, cut.last_bytes, cut.last_padded_bytes, hop.wire_bytes) == (packets, last, padded, wire)


def test_a_framed_packet_has_room_for_1376_bytes_after_its_header(draw):
    cut = planned(draw([1, 2], [0, 1], [(0, 1, 5000)]))[0].packetisation
    assert (cut.header_bytes, cut.payload_bytes) == (32, 1376)


def test_a_plain_packet_is_all_stream(draw):
    cut = planned(draw([1, 2], [0, 1], [(0, 1, 5000)]), "plain")[0].packetisation
    assert (cut.header_bytes, cut.payload_bytes, cut.packets, cut.last_bytes, cut.last_padded_bytes) == (
        0,
        1408,
        4,
        776,
        832,
    )


def test_a_plain_hop_costs_its_own_bytes_on_the_wire(draw):
    assert planned(draw([1, 2], [0, 1], [(0, 1, 5000)]), "plain")[0].wire_bytes == 3 * 1474 + 832 + 66


def test_framed_wire_bytes_are_the_plan_s(looped, draw):
    plan = draw([1, 2, 3, 1], [0, 1, 2, 3], [(0, 1, 999), (1, 2, 5000), (1, 3, 1376), (2, 3, 7)])
    assert [hop.wire_bytes for hop in planned(plan)] == [cut.wire_bytes for cut in plan.cuts]


def test_hops_keep_the_order_of_the_cuts(draw):
    plan = draw([1, 2, 3], [0, 1, 2], [(1, 2, 8), (0, 1, 8), (0, 2, 8)])
    assert [hop.stream for hop in planned(plan)] == [cut.stream for cut in plan.cuts]


def test_each_hop_takes_the_next_socket_at_both_ends(draw):
    plan = draw([1, 2, 3], [0, 1, 2], [(0, 1, 8), (0, 2, 8), (1, 2, 8)])
    assert [(hop.source_socket, hop.sink_socket) for hop in planned(plan)] == [(0, 0), (1, 0), (1, 1)]


def test_sixteen_streams_fit_a_port(draw):
    plan = draw([1, 2], [0] * 16 + [1], [(n, 16, 8) for n in range(16)])
    assert len(planned(plan)) == 16


def test_a_seventeenth_stream_is_refused_by_name(draw):
    plan = draw([1, 2], [0] * 17 + [1], [(n, 17, 8) for n in range(17)])
    with pytest.raises(
        NetworkError,
        match=r"port 'a' has 16 sockets, all in use before stream 'L16->L17'; cut where fewer streams cross",
    ):
        planned(plan)
