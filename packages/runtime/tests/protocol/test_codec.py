# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back, and bytes that are no messages."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.interfaces import Answered, Endpoint, FrameDigest, Injection, PortFault, Wiring
from levada.runtime.protocol import codec
from levada.runtime.protocol.codec import MessageError, decode_reply, decode_request, encode
from levada.runtime.protocol.messages import (
    CardFault,
    Cause,
    Chunk,
    Failed,
    Hello,
    Lease,
    Level,
    Load,
    News,
    Picture,
    Reach,
    Release,
    Report,
    Submit,
    Trouble,
    Want,
    Wants,
    Watch,
    Welcome,
)

DIGEST = "ab" * 32
WIRING = Wiring(
    endpoints=(Endpoint(port="port1", mac="02:00:00:00:00:01", machine="here", unix="/tmp/1", tcp=None),),
    token=b"secret",
    injections=(Injection(action="flip", target="A->B", frame=3),),
)
REQUESTS = (
    Hello(id="1"),
    Lease(id="2", epoch=1, owner="me@here", ttl_ms=10_000),
    Load(id="3", epoch=1, deployment=DIGEST, size=10, emulate=True),
    Chunk(id="4", epoch=1, sha256=DIGEST, offset=0, content=b"\x00\xff"),
    Reach(id="5", epoch=1, level=Level.CONFIGURED, wiring=WIRING),
    Submit(id="6", epoch=1, pictures=(Picture(0, b"abc"),)),
    Watch(id="7", epoch=1, after=0, level=Level.LEASED, wait_ms=1000),
    Release(id="8", epoch=1),
)
NEWS = News(
    number=1,
    answers=(Answered(frame=0, payload=b"\x01"),),
    faults=(CardFault(card=2, fault=PortFault(stream="A->B", frame=0, reason="lost")),),
    digests=(FrameDigest(stream="A->B", frame=0, sha256=b"\x02" * 32),),
)
REPLIES = (
    Welcome(id="1", host="fpga1", pid=1, version="0.1.0", epoch=0, drivers=("emulated",)),
    Wants(id="2", pieces=(Want(DIGEST, 0, 10),), complete=False),
    Report(id="3", level=Level.INPUT, news=(NEWS,), trouble=Trouble(place="card 1", reason="hot", exit_code=1)),
    Failed(id="4", cause=Cause.STALE, reason="old"),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_every_request_survives_the_way(request_):
    assert decode_request(encode(request_)) == request_


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__)
def test_every_reply_survives_the_way(reply):
    assert decode_reply(encode(reply)) == reply


def test_a_message_starts_with_magic_and_version():
    assert encode(Hello(id="1"))[:6] == b"LVDA\x01\x00"


def test_another_major_version_names_both_and_says_what_to_upgrade():
    other = b"LVDA\x07\x02" + encode(Hello(id="1"))[6:]
    with pytest.raises(MessageError, match=r"protocol 7\.2, this side 1\.0: upgrade levada-runtime") as caught:
        decode_request(other)
    assert caught.value.cause is Cause.VERSION


def test_a_newer_minor_version_is_read():
    newer = b"LVDA\x01\x63" + encode(Hello(id="1"))[6:]
    assert decode_request(newer) == Hello(id="1")


def test_a_field_that_is_not_known_is_left_out():
    import msgspec

    body = msgspec.msgpack.encode({"type": "hello", "id": "1", "mood": "good"})
    assert decode_request(b"LVDA\x01\x05" + body) == Hello(id="1")


def test_bytes_without_magic_are_shown():
    with pytest.raises(MessageError, match=r"expected a request that starts with b'LVDA', got b'GET / '"):
        decode_request(b"GET / HTTP/1.1")


def test_an_unknown_kind_of_message_is_refused():
    import msgspec

    body = msgspec.msgpack.encode({"type": "reboot", "id": "1"})
    with pytest.raises(MessageError, match="bad request: Invalid value 'reboot'"):
        decode_request(b"LVDA\x01\x00" + body)


def test_a_field_of_a_wrong_type_is_named():
    import msgspec

    body = msgspec.msgpack.encode({"type": "lease", "id": "1", "epoch": "x", "owner": "me", "ttl_ms": 1})
    with pytest.raises(MessageError, match=r"Expected `int`, got `str` - at `\$.epoch`"):
        decode_request(b"LVDA\x01\x00" + body)


def test_a_negative_epoch_is_refused():
    import msgspec

    body = msgspec.msgpack.encode({"type": "release", "id": "1", "epoch": -1})
    with pytest.raises(MessageError, match="Expected `int` >= 0"):
        decode_request(b"LVDA\x01\x00" + body)


@pytest.mark.parametrize("ttl_ms", [0, 600_001, 2**60])
def test_a_lease_of_no_time_or_for_ever_is_refused(ttl_ms):
    with pytest.raises(MessageError, match="ttl_ms"):
        decode_request(encode(Lease(id="1", epoch=1, owner="me@here", ttl_ms=ttl_ms)))


def test_a_reply_is_no_request():
    with pytest.raises(MessageError, match="bad request"):
        decode_request(encode(REPLIES[0]))


def test_nesting_without_end_is_refused_and_not_fatal():
    with pytest.raises(MessageError):
        decode_request(b"LVDA\x01\x00" + b"\x91" * 100_000)


@given(st.binary(max_size=200))
def test_junk_is_refused_and_never_crashes(junk):
    with pytest.raises(MessageError):
        decode_request(codec.MAGIC[:3] + b"X" + junk)


@given(st.binary(max_size=200))
def test_junk_behind_a_right_header_is_refused_or_read_but_never_crashes(junk):
    with contextlib.suppress(MessageError):
        decode_request(codec.MAGIC + bytes((codec.MAJOR, codec.MINOR)) + junk)
