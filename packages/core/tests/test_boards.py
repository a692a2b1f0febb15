# SPDX-License-Identifier: Apache-2.0
"""The built-in boards: their capacities add up to the published totals, on every basis."""

import msgspec
import pytest

from levada.core.boards import Board, BoardMemory
from levada.core.boards_alveo import ALVEO, U50, U55C, U250, U280
from levada.core.errors import BoardError
from levada.core.resources import Resources, total


def test_the_u280_of_the_paper_has_the_totals_of_table_2():
    whole = total(U280.capacity("paper"))
    assert (whole.lut, whole.bram18, whole.uram) == (1_903_200, 2 * 2_016, 960)


def test_the_u280_of_finn_has_its_dynamic_region():
    whole = total(U280.capacity("finn"))
    assert whole == Resources(lut=1_163_520, ff=2_327_040, bram18=3_504, uram=960, dsp=8_496)


def test_finns_slrs_of_the_u280_differ():
    assert [slr.lut for slr in U280.capacity("finn")] == [400_800, 382_080, 380_640]
    assert [slr.dsp for slr in U280.capacity("finn")] == [2_736, 2_880, 2_880]


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        (U280, Resources(lut=1_303_680, ff=2_607_360, bram18=4_032, uram=960, dsp=9_024)),
        (U55C, Resources(lut=1_303_680, ff=2_607_360, bram18=4_032, uram=960, dsp=9_024)),
        (U250, Resources(lut=1_728_000, ff=3_456_000, bram18=5_376, uram=1_280, dsp=12_288)),
        (U50, Resources(lut=871_680, ff=1_743_360, bram18=2_688, uram=640, dsp=5_952)),
    ],
)
def test_a_device_has_the_totals_of_its_data_sheet(board: Board, expected: Resources):
    assert total(board.capacity("device")) == expected


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_a_region_never_exceeds_its_device(board: Board):
    region, device = total(board.capacity("finn")), total(board.capacity("device"))
    pairs = zip(region.counts(), device.counts(), strict=True)
    assert all(inside is not None and whole is not None and inside <= whole for inside, whole in pairs)


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_slrs_are_numbered_from_0(board: Board):
    assert [slr.index for slr in board.slrs] == list(range(len(board.slrs)))


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_everything_on_a_board_lies_in_an_slr_it_has(board: Board):
    places = {*board.qsfp_slrs, *(memory.slr for memory in board.memories), *(shell.slr for shell in board.shell)}
    assert places <= {slr.index for slr in board.slrs}


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_every_capacity_says_where_it_is_from(board: Board):
    assert all(capacity.origin for slr in board.slrs for capacity in slr.capacities)


def test_a_basis_that_a_board_lacks_lists_those_it_has():
    with pytest.raises(BoardError, match="board 'u250' has no capacities on basis 'paper'; it has device, finn"):
        U250.capacity("paper")


def test_a_basis_that_only_some_slrs_have_is_no_basis():
    first, *rest = U280.slrs
    lame = msgspec.structs.replace(first, capacities=first.capacities[1:])
    with pytest.raises(BoardError, match="basis 'paper'"):
        msgspec.structs.replace(U280, slrs=(lame, *rest)).capacity("paper")


@pytest.mark.parametrize(
    ("board", "gbytes_per_s", "ports"), [(U280, 498.4, 34), (U250, 76.8, 4), (U55C, 460, 32), (U50, 316, 32)]
)
def test_memories_deliver_what_data_sheets_say(board: Board, gbytes_per_s: float, ports: int):
    told = [memory.delivery for memory in board.memories if memory.delivery]
    assert (sum(each.gbytes_per_s for each in told), sum(each.ports for each in told)) == (
        pytest.approx(gbytes_per_s),
        ports,
    )


def test_what_nobody_says_a_memory_delivers_is_unknown_and_not_0():
    assert BoardMemory(bank="DDR[0]", size_bytes=1, slr=0).delivery is None


def test_boards_have_names_of_their_own():
    assert len({board.name for board in ALVEO}) == len(ALVEO)


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_a_platform_takes_nothing_of_the_dynamic_region(board):
    assert total(board.overhead("finn")) == total(p.resources for p in board.shell if p.function != "platform")


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
@pytest.mark.parametrize("name", ["lut", "ff", "bram18"])
def test_a_platform_takes_less_than_what_lies_outside_the_dynamic_region(board, name):
    device, region = ([slr.get(name) for slr in board.capacity(basis)] for basis in ("device", "finn"))
    taken = [part.resources.get(name) for part in board.shell if part.function == "platform"]
    assert all(0 < mine < has - there for mine, has, there in zip(taken, device, region, strict=True))


@pytest.mark.parametrize("board", ALVEO, ids=lambda board: board.name)
def test_a_platform_says_that_its_share_was_fitted_on_a_u280(board):
    assert all("fitted on designs for a U280" in p.origin for p in board.shell if p.function == "platform")


def test_a_platform_is_charged_on_the_papers_basis():
    assert total(U280.overhead("paper")) == total(U280.overhead("device")) == total(p.resources for p in U280.shell)


def test_overheads_of_an_slr_add_up():
    both = [part.resources for part in U280.shell if part.slr == 0]
    assert U280.overhead("paper")[0] == total(both)
