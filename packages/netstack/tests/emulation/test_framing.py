# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.netstack.emulation.framing import HEADER_BYTES, Header, Kind, ahead, body_is_whole, pack, read_header

U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
HEADERS = st.builds(
    Header,
    kind=st.sampled_from(list(map(int, Kind))),
    stream=U16,
    sequence=U32,
    length=U16,
    frame=U32,
    packet=U32,
    packets=U32,
)
DATA = Header(kind=Kind.DATA, stream=3, sequence=0x01020304, length=5, frame=7, packet=2, packets=9)


def test_the_header_is_laid_out_as_documented():
    payload = pack(DATA, b"hello")
    assert payload[:24].hex() == "4c7601010300050007000000020000000900000004030201"


def test_the_two_checksums_are_those_of_zlib():
    payload = pack(DATA, b"hello")
    from zlib import crc32

    assert (int.from_bytes(payload[24:28], "little"), int.from_bytes(payload[28:32], "little")) == (
        crc32(payload[32:]),
        crc32(payload[:28]),
    )


def test_a_header_takes_32_bytes():
    assert HEADER_BYTES == 32


@pytest.mark.parametrize(("size", "sent"), [(0, 64), (32, 64), (33, 128), (1376, 1408)])
def test_a_packet_is_whole_flits(size, sent):
    assert len(pack(DATA, bytes(size))) == sent


@given(HEADERS, st.binary(max_size=1376))
def test_a_header_is_read_as_it_was_packed(header, body):
    assert read_header(pack(header, body)) == header


@given(HEADERS, st.binary(max_size=200), st.data())
def test_one_wrong_bit_anywhere_is_seen(header, body, data):
    payload = bytearray(pack(header, body))
    position = data.draw(st.integers(0, len(payload) * 8 - 1))
    payload[position // 8] ^= 1 << position % 8
    whole = bytes(payload)
    assert read_header(whole) is None or not body_is_whole(whole)


@given(st.binary(max_size=100))
def test_bytes_that_are_no_header_are_none(payload):
    assert read_header(payload) is None


@pytest.mark.parametrize("change", [{"magic": b"XX"}, {"version": b"\x02"}])
def test_a_foreign_header_is_none_although_its_checksum_holds(change):
    from zlib import crc32

    payload = pack(DATA, b"")
    fields = change.get("magic", payload[:2]) + change.get("version", payload[2:3]) + payload[3:28]
    assert read_header(fields + crc32(fields).to_bytes(4, "little") + payload[32:]) is None


@pytest.mark.parametrize(
    ("sequence", "expected", "distance"),
    [(5, 5, 0), (7, 5, 2), (3, 5, -2), (1, 0xFFFFFFFF, 2), (0xFFFFFFFF, 1, -2), (4, (1 << 32) + 2, 2)],
)
def test_sequence_numbers_go_round(sequence, expected, distance):
    assert ahead(sequence, expected) == distance
