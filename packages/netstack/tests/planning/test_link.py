# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest

from levada.core import testing
from levada.core.boards import BoardMemory
from levada.core.errors import NetworkError


def units(deployment, card):
    return {unit.name: unit for unit in deployment.cards[card - 1].link.units}


def streams(deployment, card):
    return {(link.source, link.sink) for link in deployment.cards[card - 1].link.streams}


def test_there_is_one_kernel_per_segment_and_slr(looped):
    assert {name for name in units(looped, 1) if name.startswith("segment")} == {
        "segment0_slr2",
        "segment0_slr1",
        "segment3_slr1",
    }


def test_the_network_sits_in_the_slr_of_the_qsfp(looped):
    found = units(looped, 2)
    assert {found[name].slr for name in ("bridge_0", "networklayer_0", "cmac_0")} == {2}


def test_the_network_s_streams_are_joined_as_vnx_joins_them(looped):
    assert streams(looped, 2) >= {
        ("bridge_0.m_axis_network", "networklayer_0.S_AXIS_sk2nl"),
        ("networklayer_0.M_AXIS_nl2sk", "bridge_0.s_axis_network"),
        ("networklayer_0.M_AXIS_nl2eth", "cmac_0.S_AXIS"),
        ("cmac_0.M_AXIS", "networklayer_0.S_AXIS_eth2nl"),
    }


def test_images_enter_and_answers_leave_by_dmas_on_the_first_card_of_a_loop(looped):
    assert {("idma_0.m_axis", "segment0_slr2.s_axis_0"), ("segment3_slr1.m_axis_0", "odma_0.s_axis")} <= streams(
        looped, 1
    )


def test_external_weights_have_a_dma_of_their_own(looped):
    assert ("wdma_0.m_axis", "segment3_slr1.s_axis_weights_0") in streams(looped, 1)


def test_every_dma_has_a_channel_of_the_memory_of_its_own(looped):
    assert [units(looped, 1)[name].memory for name in ("idma_0", "odma_0", "wdma_0")] == ["HBM[0]", "HBM[1]", "HBM[2]"]


def test_streaming_kernels_have_no_memory(looped):
    assert units(looped, 1)["segment0_slr2"].memory is None


def test_layers_in_two_slrs_of_a_card_are_joined_directly(looped):
    assert ("segment0_slr2.m_axis_0", "segment0_slr1.s_axis_0") in streams(looped, 1)


def test_streams_to_another_card_pass_the_bridge_at_their_socket(looped):
    assert ("segment0_slr1.m_axis_0", "bridge_0.s_axis_0") in streams(looped, 1)


def test_streams_from_another_card_leave_the_bridge_at_their_socket(looped):
    assert ("bridge_0.m_axis_2", "segment3_slr1.s_axis_0") in streams(looped, 1)


def test_a_middle_card_has_no_dma(looped):
    assert not [unit for unit in units(looped, 2).values() if unit.memory]


def test_the_bridge_is_that_of_the_mode(one_hop):
    assert [units(one_hop(8, mode), 1)["bridge_0"].kernel for mode in ("framed", "plain")] == [
        "framed_bridge",
        "plain_bridge",
    ]


def test_one_card_alone_has_no_network(draw, deploy):
    assert set(units(deploy(draw([1], [0, 0], [(0, 1, 8)])), 1)) == {
        "segment0_slr2",
        "segment0_slr1",
        "idma_0",
        "odma_0",
    }


def test_a_bank_without_channels_is_named_as_it_is(draw, deploy):
    board = testing.board(memories=(BoardMemory(bank="DDR[1]", size_bytes=1, slr=1),))
    found = units(deploy(draw([1], [0], []), board=board), 1)
    assert [(found[name].memory, found[name].slr) for name in ("idma_0", "odma_0")] == [("DDR[1]", 1), ("DDR[1]", 1)]


def test_dmas_are_spread_over_the_banks_of_a_board(draw, deploy):
    banks = tuple(BoardMemory(bank=f"DDR[{slr}]", size_bytes=1, slr=slr) for slr in (0, 1))
    found = units(deploy(draw([1], [0], []), board=testing.board(memories=banks)), 1)
    assert [(found[name].memory, found[name].slr) for name in ("idma_0", "odma_0")] == [("DDR[0]", 0), ("DDR[1]", 1)]


def test_a_board_without_memory_is_refused(draw, deploy):
    with pytest.raises(NetworkError, match=r"board 'toy' names no memory, and a DMA needs a bank"):
        deploy(draw([1], [0], []), board=testing.board(memories=()))


def test_a_board_without_qsfp_is_refused_where_streams_cross(draw, deploy):
    with pytest.raises(NetworkError, match=r"board 'toy' has no QSFP, and the plan sends streams to or from it"):
        deploy(draw([1, 2], [0, 1], [(0, 1, 8)]), board=testing.board(qsfp_slrs=()))


def test_a_plan_that_lacks_a_cut_is_refused(draw, deploy):
    plan = msgspec.structs.replace(draw([1, 2], [0, 1], [(0, 1, 8)]), cuts=())
    with pytest.raises(
        NetworkError, match=r"layer 'L1' is on another card, and no cut of the plan leads there; plan again"
    ):
        deploy(plan)
