# SPDX-License-Identifier: Apache-2.0
"""Blobs by digest: whole or not at all, fetched in pieces, a few at a time."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levada.core.artefact import sha256_of
from levada.core.errors import PayloadError
from levada.runtime.agent.vault import CREDITS, PIECE_BYTES, Arrival, Intake, Vault


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "blobs")


def named(content):
    return hashlib.sha256(content).hexdigest()


def bring(intake, blobs):
    """Bring every piece that is asked for; return how many were out at once at most."""
    asked, most = list(intake.ask()), 0
    while asked:
        most = max(most, len(asked))
        want = asked.pop(0)
        intake.put(want.sha256, want.offset, blobs[want.sha256][want.offset : want.offset + want.size])
        asked += intake.ask()
    return most


def test_a_vault_makes_its_folder(tmp_path):
    assert Vault(tmp_path / "a" / "b").folder.is_dir()


def test_a_blob_that_is_not_there_is_not_there(vault):
    assert not vault.has("0" * 64, 5)


def test_a_blob_is_there_with_its_size_and_digest(vault):
    vault.path(named(b"water")).write_bytes(b"water")
    assert vault.has(named(b"water"), 5)


@pytest.mark.parametrize("content", [b"wine!", b"wat", b""])
def test_an_altered_or_truncated_blob_is_removed_and_fetched_again(vault, content):
    path = vault.path(named(b"water"))
    path.write_bytes(content)
    assert not vault.has(named(b"water"), 5)
    assert not path.exists()


def test_a_small_blob_comes_in_one_piece(vault):
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    (want,) = intake.ask()
    intake.put(want.sha256, want.offset, b"water")
    assert intake.complete
    assert vault.path(named(b"water")).read_bytes() == b"water"


def test_an_empty_blob_is_asked_for_too(vault):
    intake = Intake(vault)
    intake.need(named(b""), 0)
    bring(intake, {named(b""): b""})
    assert vault.has(named(b""), 0)


def test_a_large_blob_comes_in_pieces_no_more_than_the_credits_at_once(vault):
    content = os.urandom(PIECE_BYTES * 6 + 5)
    intake = Intake(vault)
    intake.need(named(content), len(content))
    assert bring(intake, {named(content): content}) == CREDITS
    assert vault.path(named(content)).read_bytes() == content


@given(sizes=st.lists(st.integers(0, 3 * 64), min_size=1, max_size=5, unique=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_any_set_of_blobs_arrives_whole(vault, sizes):
    blobs = {named(bytes([size % 251]) * size): bytes([size % 251]) * size for size in sizes}
    intake = Intake(vault)
    for digest, content in blobs.items():
        intake.need(digest, len(content))
    bring(intake, blobs)
    assert intake.complete
    assert all(vault.has(digest, len(content)) for digest, content in blobs.items())


def test_a_blob_wanted_twice_is_asked_for_once(vault):
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    intake.need(named(b"water"), 5)
    assert len(intake.ask()) == 1


def test_a_blob_that_is_here_is_not_asked_for(vault):
    vault.path(named(b"water")).write_bytes(b"water")
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    assert intake.ask() == ()
    assert intake.complete


def test_a_blob_with_a_wrong_digest_is_refused_and_leaves_nothing(vault):
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    intake.ask()
    with pytest.raises(PayloadError, match=r"arrived with sha256 [0-9a-f]{12}…; check the controller's copy"):
        intake.put(named(b"water"), 0, b"wine!")
    assert list(vault.folder.iterdir()) == []


def test_a_piece_that_nobody_asked_for_is_refused(vault):
    intake = Intake(vault)
    with pytest.raises(PayloadError, match="nobody asked for blob 000000000000… at 0"):
        intake.put("0" * 64, 0, b"")


@pytest.mark.parametrize("piece", [b"wat", b"", b"waters!"])
def test_a_piece_of_another_size_than_was_asked_for_is_refused(vault, piece):
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    intake.ask()
    with pytest.raises(PayloadError, match=f"expected 5 bytes at 0, got {len(piece)}; check the controller's copy"):
        intake.put(named(b"water"), 0, piece)


def test_a_piece_out_of_order_is_refused(vault):
    arrival = Arrival(vault, named(b"water"), 5)
    with pytest.raises(PayloadError, match="expected a piece at 0, got 2 bytes at 2"):
        arrival.put(2, b"te")


def test_more_bytes_than_the_blob_has_are_refused(vault):
    arrival = Arrival(vault, named(b"water"), 5)
    with pytest.raises(PayloadError, match="expected a piece at 0, got 7 bytes at 0"):
        arrival.put(0, b"waters!")


def test_what_was_on_its_way_can_be_abandoned(vault):
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    intake.abandon()
    assert intake.complete
    assert list(vault.folder.iterdir()) == []


def filled(vault, *contents):
    """Put blobs into the vault, each older than the next."""
    for age, content in enumerate(contents):
        path = vault.path(named(content))
        path.write_bytes(content)
        os.utime(path, (1000 + age, 1000 + age))


def test_the_oldest_blobs_go_once_there_is_too_much(tmp_path):
    vault = Vault(tmp_path, kept_bytes=10)
    filled(vault, b"first", b"second", b"third")
    vault.prune(())
    assert {path.name for path in tmp_path.iterdir()} == {named(b"third")}


def test_blobs_in_use_stay_however_old_they_are(tmp_path):
    vault = Vault(tmp_path, kept_bytes=5)
    filled(vault, b"first", b"second")
    vault.prune([named(b"first")])
    assert {path.name for path in tmp_path.iterdir()} == {named(b"first")}


def test_what_is_on_its_way_is_not_pruned(tmp_path):
    vault = Vault(tmp_path, kept_bytes=0)
    intake = Intake(vault)
    intake.need(named(b"water"), 5)
    intake.ask()
    vault.prune(())
    intake.put(named(b"water"), 0, b"water")
    assert vault.has(named(b"water"), 5)


def test_a_blob_that_another_agent_removes_meanwhile_does_not_stop_the_pruning(vault, monkeypatch):
    filled(vault, b"first", b"second")
    listed = list(vault.folder.iterdir())
    monkeypatch.setattr(Path, "glob", lambda *_: iter(listed))
    listed[0].unlink()
    vault.prune(())
    assert listed[1].exists()


def test_a_blob_that_another_agent_removes_while_it_is_read_is_not_there(vault, monkeypatch):
    filled(vault, b"water")

    def gone(path):
        path.unlink()
        return sha256_of(path)

    monkeypatch.setattr("levada.runtime.agent.vault.sha256_of", gone)
    assert not vault.has(named(b"water"), 5)
