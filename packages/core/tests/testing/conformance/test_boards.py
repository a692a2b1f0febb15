# SPDX-License-Identifier: Apache-2.0
"""The kit for boards: passed by good boards, failed by each kind of bad one."""

import msgspec
import pytest

from levada.core import testing
from levada.core.boards import BoardMemory, Capacity, Delivery, Overhead, Slr
from levada.core.boards_alveo import U50, U55C, U250, U280
from levada.core.resources import Resources
from levada.core.testing.conformance import BoardConformance, failures


class TestU280(BoardConformance):
    board = U280


class TestU250(BoardConformance):
    board = U250


class TestU55C(BoardConformance):
    board = U55C


class TestU50(BoardConformance):
    board = U50


class TestBuilder(BoardConformance):
    board = testing.board(slr_count=1)


def slr(index=0, **capacity):
    """Return an SLR with one capacity, changed."""
    whole = Capacity(basis="finn", resources=Resources(lut=1000), origin="here")
    return Slr(index=index, capacities=(msgspec.structs.replace(whole, **capacity),))


def memory(place, **delivery):
    told = Delivery(**({"gbytes_per_s": 19.2, "ports": 1, "origin": "here"} | delivery))
    return BoardMemory(bank="DDR[0]", size_bytes=1, slr=place, delivery=told)


def shell(place, **counts):
    return Overhead(function="shell", slr=place, resources=Resources(**counts), origin="here")


BAD = {
    "a name with a slash": ({"name": "a/b"}, "test_its_name_can_stand_in_a_cluster_file"),
    "an empty name": ({"name": ""}, "test_its_name_can_stand_in_a_cluster_file"),
    "no slr": ({"slrs": ()}, "test_its_slrs_are_numbered_from_zero_in_order"),
    "slrs from 1": ({"slrs": (slr(1), slr(2))}, "test_its_slrs_are_numbered_from_zero_in_order"),
    "slrs in disorder": ({"slrs": (slr(1), slr(0))}, "test_its_slrs_are_numbered_from_zero_in_order"),
    "a basis on one slr": ({"slrs": (slr(0), slr(1, basis="paper"))}, "test_each_basis_counts_each_slr_once"),
    "no capacity": ({"slrs": (Slr(index=0, capacities=()),)}, "test_it_has_capacities"),
    "no origin": ({"slrs": (slr(origin=""),)}, "test_each_capacity_says_where_it_is_from"),
    "no luts": ({"slrs": (slr(resources=Resources()),)}, "test_each_capacity_has_luts_and_no_negative_count"),
    "a negative count": (
        {"slrs": (slr(resources=Resources(lut=1, dsp=-1)),)}, "test_each_capacity_has_luts_and_no_negative_count",
    ),
    "a qsfp off the board": ({"qsfp_slrs": (7,)}, "test_its_qsfps_memories_and_shell_lie_on_its_slrs"),
    "a memory off the board": ({"memories": (memory(7),)}, "test_its_qsfps_memories_and_shell_lie_on_its_slrs"),
    "a memory that delivers nothing": (
        {"memories": (memory(0, gbytes_per_s=0),)},
        "test_what_its_memories_deliver_is_above_zero_and_says_where_it_is_from",
    ),
    "a memory without ports": (
        {"memories": (memory(0, ports=0),)}, "test_what_its_memories_deliver_is_above_zero_and_says_where_it_is_from",
    ),
    "a delivery without origin": (
        {"memories": (memory(0, origin=""),)}, "test_what_its_memories_deliver_is_above_zero_and_says_where_it_is_from",
    ),
    "a shell off the board": ({"shell": (shell(7),)}, "test_its_qsfps_memories_and_shell_lie_on_its_slrs"),
    "a shell that fills it": ({"shell": (shell(0, lut=10**9),)}, "test_its_shell_leaves_room"),
    "no wires": ({"sll_bits": 0}, "test_wires_join_its_slrs"),
    "what json has not": ({"sll_bits": "many"}, "test_it_can_be_written_down_and_read_back"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_board_fails(tmp_path, fault):
    fields, test = BAD[fault]
    kit = type("Kit", (BoardConformance,), {"board": testing.board(**fields)})
    assert test in failures(kit, tmp_path)


def test_a_count_that_nobody_knows_is_no_fault(tmp_path):
    unknown = slr(resources=Resources(lut=1000, ff=None))
    kit = type("Kit", (BoardConformance,), {"board": testing.board(slrs=(unknown,), qsfp_slrs=(0,))})
    assert failures(kit, tmp_path) == {}


def test_a_failure_says_what_is_wrong(tmp_path):
    kit = type("Kit", (BoardConformance,), {"board": testing.board(qsfp_slrs=(7,))})
    assert "something lies on SLRs [7], which the board has not" in str(failures(kit, tmp_path))
