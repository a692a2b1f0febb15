# SPDX-License-Identifier: Apache-2.0
"""Messages as bytes: a magic, the protocol's version, then MessagePack. Never pickle."""

from typing import TypeVar

import msgspec

from levada.core.errors import LevadaError
from levada.runtime.protocol.messages import AnyReply, AnyRequest, Cause, Reply, Request

MAGIC = b"LVDA"
MAJOR, MINOR = 1, 0
HEADER_BYTES = len(MAGIC) + 2
MAX_MESSAGE_BYTES = 64 << 20

M = TypeVar("M", AnyRequest, AnyReply)

_encoder = msgspec.msgpack.Encoder()
_requests: "msgspec.msgpack.Decoder[AnyRequest]" = msgspec.msgpack.Decoder(AnyRequest)
_replies: "msgspec.msgpack.Decoder[AnyReply]" = msgspec.msgpack.Decoder(AnyReply)


class MessageError(LevadaError):
    """Bytes that are no message of ours; ``cause`` says which way."""

    def __init__(self, cause: Cause, text: str) -> None:
        """Say what came."""
        super().__init__(text)
        self.cause = cause


def encode(message: Request | Reply) -> bytes:
    """Return a message's bytes."""
    return MAGIC + bytes((MAJOR, MINOR)) + _encoder.encode(message)


def decode_request(frame: bytes) -> AnyRequest:
    """Return a request. Raise MessageError for bytes that are none, or of another major version."""
    return _decode(frame, _requests, "request")


def decode_reply(frame: bytes) -> AnyReply:
    """Return a reply. Raise MessageError for bytes that are none, or of another major version."""
    return _decode(frame, _replies, "reply")


def _decode(frame: bytes, decoder: "msgspec.msgpack.Decoder[M]", what: str) -> M:
    if frame[: len(MAGIC)] != MAGIC or len(frame) < HEADER_BYTES:
        raise MessageError(Cause.BAD_REQUEST, f"expected a {what} that starts with {MAGIC!r}, got {frame[:6]!r}")
    major, minor = frame[len(MAGIC) : HEADER_BYTES]
    if major != MAJOR:
        text = f"the {what} speaks protocol {major}.{minor}, this side {MAJOR}.{MINOR}: upgrade levada-runtime on the older"
        raise MessageError(Cause.VERSION, text)
    try:
        return decoder.decode(memoryview(frame)[HEADER_BYTES:])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MessageError(Cause.BAD_REQUEST, f"bad {what}: {error}") from None
