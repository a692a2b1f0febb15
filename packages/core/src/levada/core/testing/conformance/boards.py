# SPDX-License-Identifier: Apache-2.0
"""The kit for boards."""

import re

import msgspec

from levada.core.boards import Board, Capacity
from levada.core.resources import NAMES, total


class BoardConformance:
    """Tests of a board: name it as ``board``."""

    board: Board

    def test_its_name_can_stand_in_a_cluster_file(self) -> None:
        name = self.board.name
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name), (
            f"{name!r} needs letters, digits, '_', '.' and '-' only"
        )

    def test_its_slrs_are_numbered_from_zero_in_order(self) -> None:
        found = [slr.index for slr in self.board.slrs]
        assert found == list(range(len(found))), f"expected SLRs 0, 1, …, got {found}"
        assert found, "a board needs an SLR"

    def test_each_basis_counts_each_slr_once(self) -> None:
        for basis in {capacity.basis for capacity in self._capacities()}:
            assert len(self.board.capacity(basis)) == len(self.board.slrs)

    def test_it_has_capacities(self) -> None:
        assert self._capacities(), "a board needs capacities on one basis at least"

    def test_each_capacity_says_where_it_is_from(self) -> None:
        silent = [capacity.basis for capacity in self._capacities() if not capacity.origin]
        assert not silent, f"capacities of basis {silent} have no origin"

    def test_each_capacity_has_luts_and_no_negative_count(self) -> None:
        for capacity in self._capacities():
            counts = capacity.resources
            assert counts.lut is None or counts.lut > 0, f"basis {capacity.basis!r} has {counts.lut} LUT"
            assert all(count is None or count >= 0 for count in counts.counts()), f"negative count in {counts}"

    def test_its_qsfps_memories_and_shell_lie_on_its_slrs(self) -> None:
        board = self.board
        places = {*board.qsfp_slrs, *(memory.slr for memory in board.memories), *(part.slr for part in board.shell)}
        unknown = places - {slr.index for slr in board.slrs}
        assert not unknown, f"something lies on SLRs {sorted(unknown)}, which the board has not"

    def test_what_its_memories_deliver_is_above_zero_and_says_where_it_is_from(self) -> None:
        for memory in self.board.memories:
            told = memory.delivery
            assert told is None or (told.gbytes_per_s > 0 and told.ports > 0), (
                f"memory {memory.bank!r} delivers nothing by {told}; leave delivery out where nobody knows it"
            )
            assert told is None or told.origin, f"nobody says where the delivery of memory {memory.bank!r} is from"

    def test_its_shell_leaves_room(self) -> None:
        for slr in self.board.slrs:
            shell = total(part.resources for part in self.board.shell if part.slr == slr.index)
            for capacity in slr.capacities:
                for name in NAMES:
                    taken, there = shell.get(name), capacity.resources.get(name)
                    fits = taken is None or there is None or taken <= there
                    assert fits, (
                        f"the shell takes {taken} {name} of SLR {slr.index}, which has {there} on {capacity.basis!r}"
                    )

    def test_wires_join_its_slrs(self) -> None:
        assert len(self.board.slrs) == 1 or self.board.sll_bits > 0, "a board of several SLRs needs sll_bits"

    def test_it_can_be_written_down_and_read_back(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.board), type=type(self.board)) == self.board

    def _capacities(self) -> list[Capacity]:
        return [capacity for slr in self.board.slrs for capacity in slr.capacities]
