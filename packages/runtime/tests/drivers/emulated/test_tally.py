# SPDX-License-Identifier: Apache-2.0
"""Digests of what came over the hops."""

import hashlib

from levada.core.interfaces import Counters, FrameDigest
from levada.runtime.drivers.emulated.tally import Tally

COUNT = Counters(stream="A->B", frames=2, packets=2, stream_bytes=8, wire_bytes=60)


def test_each_frame_has_its_digest():
    tally = Tally(["A->B"])
    tally.note("A->B", 3, b"abc")
    assert tally.fresh() == (FrameDigest(stream="A->B", frame=3, sha256=hashlib.sha256(b"abc").digest()),)


def test_a_digest_is_told_once():
    tally = Tally(["A->B"])
    tally.note("A->B", 3, b"abc")
    tally.fresh()
    assert tally.fresh() == ()


def test_the_whole_stream_has_the_digest_of_all_frames_one_after_the_other():
    tally = Tally(["A->B"])
    tally.note("A->B", 0, b"abc")
    tally.note("A->B", 1, b"def")
    (seen,) = tally.seen([COUNT])
    assert seen.sha256 == hashlib.sha256(b"abcdef").hexdigest()
    assert seen.counters is COUNT


def test_streams_are_kept_apart():
    tally = Tally(["A->B", "B->C"])
    tally.note("A->B", 0, b"abc")
    (seen,) = tally.seen([Counters(stream="B->C", frames=0, packets=0, stream_bytes=0, wire_bytes=0)])
    assert seen.sha256 == hashlib.sha256(b"").hexdigest()
