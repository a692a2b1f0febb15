# SPDX-License-Identifier: Apache-2.0
from levada.netstack.planning.flow_control import RESERVE_BYTES, RX_BUFFER_BYTES

DATA = 1472
"""A full packet with headers, 1450 bytes, in 64-byte beats."""
CREDIT = 128


def test_a_chain_of_full_packets_gets_what_the_middle_card_can_hold(draw, deploy):
    chain = deploy(draw([1, 2, 3], [0, 1, 2], [(0, 1, 5000), (1, 2, 5000)]))
    assert chain.flow.credits == (RX_BUFFER_BYTES - RESERVE_BYTES) // (DATA + CREDIT) == 28


def test_more_streams_into_a_port_share_its_buffer(draw, deploy):
    joined = deploy(draw([1, 2], [0, 0, 1], [(0, 2, 5000), (1, 2, 5000)]))
    assert joined.flow.credits == (RX_BUFFER_BYTES - RESERVE_BYTES) // (2 * DATA)


def test_short_inferences_get_more_credits(one_hop):
    assert one_hop(32).flow.credits == (RX_BUFFER_BYTES - RESERVE_BYTES) // 128


def test_sixteen_streams_still_get_credits(draw, deploy):
    crowded = deploy(draw([1, 2], [0] * 16 + [1], [(n, 16, 5000) for n in range(16)]))
    assert crowded.flow.credits == 1


def test_a_single_card_needs_no_credits(draw, deploy):
    assert deploy(draw([1], [0, 0], [(0, 1, 8)])).flow.credits == 0


def test_plain_mode_has_no_credits(draw, deploy):
    assert deploy(draw([1, 2], [0, 1], [(0, 1, 8)], cycles={0: 2000}), "plain").flow.credits == 0


def test_plain_mode_needs_no_throttle_where_each_card_is_slower_than_the_next(draw, deploy):
    falling = draw([1, 2, 3], [0, 1, 2], [(0, 1, 8), (1, 2, 8)], cycles={0: 3000, 1: 2000, 2: 1000})
    assert deploy(falling, "plain").flow.ingress_images_per_s is None


def test_plain_mode_throttles_the_ingress_below_the_slowest_card(draw, deploy):
    rising = draw([1, 2, 3], [0, 1, 2], [(0, 1, 8), (1, 2, 8)], cycles={0: 1000, 1: 2000, 2: 3000})
    assert deploy(rising, "plain").flow.ingress_images_per_s == 200e6 / 3000 * 0.999


def test_plain_mode_throttles_equal_cards_because_clocks_differ(draw, deploy):
    assert deploy(draw([1, 2], [0, 1], [(0, 1, 8)]), "plain").flow.ingress_images_per_s == 200e6 / 1000 * 0.999


def test_the_receive_buffer_is_vnx_s(one_hop):
    assert one_hop(8).flow.rx_buffer_bytes == 49152
