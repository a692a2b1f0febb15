# SPDX-License-Identifier: Apache-2.0
"""The 32-byte header of framed mode: what says which stream, frame and packet a payload is, and that it is whole.

Little-endian, at the start of every UDP payload::

     0  magic      "Lv"                              12  packet    within the frame, from 0
     2  version    1                                 16  packets   in the frame
     3  kind       1 data, 2 credit, 3 probe         20  sequence  see below
     4  stream     the hop's stream id               24  body CRC    CRC-32 of everything after the header
     6  length     stream bytes in the packet        28  header CRC  CRC-32 of the 28 bytes before
     8  frame      number of the inference

``sequence`` counts the packets of a stream, modulo 2^32: in data, the packet's own; in a credit, how many its receiver has
accounted for; in a probe, how many its sender has sent, the last of which was ``packet`` - 1 of ``frame``.
"""

from enum import IntEnum
from struct import Struct
from zlib import crc32

from levada.core.manifests import Record

MAGIC = b"Lv"
VERSION = 1
FLIT_BYTES = 64
MODULO = 1 << 32
HALF = 1 << 31

_FIELDS = Struct("<2sBBHHIIIII")
_CRC = Struct("<I")
HEADER_BYTES = _FIELDS.size + _CRC.size


class Kind(IntEnum):
    """What a packet is for."""

    DATA = 1
    CREDIT = 2
    PROBE = 3


class Header(Record, frozen=True, kw_only=True, gc=False):
    """One packet's header, without its CRCs."""

    kind: int
    stream: int
    sequence: int
    length: int = 0
    frame: int = 0
    packet: int = 0
    packets: int = 0


def pack(header: Header, body: bytes) -> bytes:
    """Return the UDP payload: header, body, zeros to whole 64-byte flits."""
    size = HEADER_BYTES + len(body)
    body = body.ljust(-(-size // FLIT_BYTES) * FLIT_BYTES - HEADER_BYTES, b"\0")
    fields = _FIELDS.pack(
        MAGIC, VERSION, header.kind, header.stream, header.length,
        header.frame, header.packet, header.packets, header.sequence % MODULO, crc32(body),
    )  # fmt: skip
    return fields + _CRC.pack(crc32(fields)) + body


def read_header(payload: bytes) -> Header | None:
    """Return the header of a UDP payload, None where it is no header of ours or not whole."""
    if len(payload) < HEADER_BYTES or _CRC.unpack_from(payload, _FIELDS.size)[0] != crc32(payload[: _FIELDS.size]):
        return None
    magic, version, kind, stream, length, frame, packet, packets, sequence, _ = _FIELDS.unpack_from(payload)
    if magic != MAGIC or version != VERSION:
        return None
    return Header(
        kind=kind, stream=stream, length=length, frame=frame, packet=packet, packets=packets, sequence=sequence
    )


def body_is_whole(payload: bytes) -> bool:
    """Say whether what follows the header is what was sent, padding included."""
    return crc32(payload[HEADER_BYTES:]) == int.from_bytes(payload[_FIELDS.size - 4 : _FIELDS.size], "little")


def ahead(sequence: int, expected: int) -> int:
    """Return how far ``sequence`` is ahead of ``expected`` modulo 2^32, negative where it is behind."""
    distance = (sequence - expected) % MODULO
    return distance if distance < HALF else distance - MODULO
