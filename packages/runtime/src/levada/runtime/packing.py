# SPDX-License-Identifier: Apache-2.0
"""Tensors and the bytes that stand for them: canonical form, and FINN's packed stream layout.

A stream's beat is ``lanes`` consecutive elements of the innermost dimension: element 0 in the least significant bits,
two's complement (BIPOLAR -1 as 0), padded with zero bits to whole bytes, little-endian. This is what FINN's own packer
gives for a folded tensor with reversed innermost dimension and reversed bytes (FINN 0.10, ``finnpy_to_packed_bytearray``).
"""

import hashlib
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from levada.core.datatypes import DataType, datatype
from levada.core.errors import InternalFault
from levada.core.manifests import PlannedStream

Tensor: TypeAlias = NDArray[Any]


class Layout(Struct, frozen=True):
    """How one inference of a stream lies in memory: its shape, its element type, and the elements of a beat."""

    shape: tuple[int, ...]
    element: DataType
    lanes: int

    @classmethod
    def of(cls, stream: PlannedStream) -> "Layout":
        """Return the layout that a stream has on the wire: beats of its source. Raise InternalFault for ragged beats."""
        if not stream.shape or stream.shape[-1] % stream.source_lanes:
            msg = f"stream {stream.name!r}: {stream.source_lanes} lanes do not divide the innermost of {stream.shape!r}"
            raise InternalFault(msg)
        return cls(stream.shape, datatype(stream.datatype), stream.source_lanes)

    @property
    def elements(self) -> int:
        """Return how many elements one inference has."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def beat_bytes(self) -> int:
        """Return the bytes of one beat, padding included."""
        return -(-self.lanes * self.element.bits // 8)

    @property
    def stream_bytes(self) -> int:
        """Return the bytes of one inference as they cross a cut."""
        return self.elements // self.lanes * self.beat_bytes

    @property
    def canonical_bytes(self) -> int:
        """Return the bytes of one inference in canonical form."""
        return self.elements * self.element.canonical_bytes


def dtype(element: DataType) -> "np.dtype[Any]":
    """Return the little-endian numpy type of the canonical form."""
    return np.dtype(element.canonical).newbyteorder("<")


def canonical(tensor: Tensor, element: DataType) -> bytes:
    """Return a tensor in canonical form: C-contiguous, little-endian, the smallest integer type of its data type."""
    return np.ascontiguousarray(tensor, dtype=dtype(element)).tobytes()


def from_canonical(content: bytes, layout: Layout, count: int = 1) -> Tensor:
    """Return ``count`` inferences (count × shape) from their canonical bytes. Raise InternalFault for another size."""
    _fit(content, layout.canonical_bytes * count, "canonical", layout)
    return np.frombuffer(content, dtype=dtype(layout.element)).reshape(count, *layout.shape)


def digest(content: bytes) -> bytes:
    """Return the sha256 (32 bytes) of a tensor in canonical form."""
    return hashlib.sha256(content).digest()


def pack(tensor: Tensor, layout: Layout) -> bytes:
    """Return a tensor (any batch × shape) as stream bytes."""
    width, codes = layout.element.bits, _codes(tensor.reshape(-1, layout.lanes), layout.element)
    if width == 8 * codes.itemsize:
        return codes.tobytes()
    bits = np.unpackbits(codes[..., np.newaxis].view(np.uint8), axis=-1, bitorder="little", count=width)
    return np.packbits(bits.reshape(len(codes), layout.lanes * width), axis=1, bitorder="little").tobytes()


def unpack(content: bytes, layout: Layout, count: int = 1) -> Tensor:
    """Return ``count`` inferences (count × shape, canonical type) from stream bytes. Raise InternalFault for another size."""
    _fit(content, layout.stream_bytes * count, "stream", layout)
    width, word = layout.element.bits, layout.element.canonical_bytes
    if width == 8 * word:
        codes = np.frombuffer(content, dtype=f"<u{word}")
    else:
        rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, layout.beat_bytes)
        bits = np.unpackbits(rows, axis=1, bitorder="little", count=layout.lanes * width)
        codes = _words(np.packbits(bits.reshape(-1, width), axis=1, bitorder="little"), word)
    return _values(codes, layout.element).reshape(count, *layout.shape)


def _codes(tensor: Tensor, element: DataType) -> Tensor:
    """Return each value's code in an unsigned word: two's complement, BIPOLAR as 0 and 1."""
    if element.name == "BIPOLAR":
        return (tensor > 0).astype(np.uint8)
    return np.ascontiguousarray(tensor, dtype=dtype(element)).view(f"<u{element.canonical_bytes}")


def _words(narrow: NDArray[np.uint8], word: int) -> Tensor:
    """Return the numbers whose bytes, least significant first, are the rows of ``narrow``."""
    if narrow.shape[1] == word:
        return narrow.view(f"<u{word}").reshape(-1)
    whole = np.zeros((len(narrow), word), dtype=np.uint8)
    whole[:, : narrow.shape[1]] = narrow
    return whole.view(f"<u{word}").reshape(-1)


def _values(codes: Tensor, element: DataType) -> Tensor:
    """Return the values of codes in the canonical type: the sign of a narrow code is carried up by shifting."""
    if element.name == "BIPOLAR":
        return codes.astype(np.int8) * np.int8(2) - np.int8(1)
    if not element.signed:
        return codes
    shift = codes.dtype.type(8 * codes.itemsize - element.bits)
    values: Tensor = (codes << shift).view(dtype(element)) >> shift.astype(dtype(element))
    return values


def _fit(content: bytes, expected: int, form: str, layout: Layout) -> None:
    if len(content) != expected:
        msg = (
            f"expected {expected} {form} bytes for shape {layout.shape!r} of {layout.element.name}, got {len(content)}"
        )
        raise InternalFault(msg)
