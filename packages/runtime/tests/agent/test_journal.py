# SPDX-License-Identifier: Apache-2.0
"""The epoch that survives a restart."""

import pytest

from levada.runtime.agent.journal import Journal


def test_a_new_journal_knows_no_epoch(tmp_path):
    assert Journal(tmp_path, "fpga1").epoch() == 0


def test_an_epoch_is_read_back_by_another_process(tmp_path):
    Journal(tmp_path, "fpga1").note(41)
    assert Journal(tmp_path, "fpga1").epoch() == 41


def test_hosts_that_share_a_folder_do_not_share_epochs(tmp_path):
    Journal(tmp_path, "fpga1").note(41)
    assert Journal(tmp_path, "fpga2").epoch() == 0


@pytest.mark.parametrize("damage", [b"", b"4x", b"\xff\xfe", b"-3"])
def test_a_damaged_journal_counts_as_empty(tmp_path, damage):
    Journal(tmp_path, "fpga1").note(41)
    (tmp_path / ".fpga1.epoch").write_bytes(damage)
    assert Journal(tmp_path, "fpga1").epoch() == 0
