# SPDX-License-Identifier: Apache-2.0
"""QONNX data types of streams (``UINT5``, ``INT8``, ``BIPOLAR``, …): width, sign, and their canonical integer form."""

import re

from levada.core.errors import ManifestError
from levada.core.manifests.common import Record

_FIXED = {"BIPOLAR": (1, True), "BINARY": (1, False), "TERNARY": (2, True)}


class DataType(Record, frozen=True, kw_only=True):
    """An integer type of ``bits`` bits; two's complement where ``signed``. ``BIPOLAR`` holds -1 and 1 in one bit."""

    name: str
    bits: int
    signed: bool

    @property
    def canonical(self) -> str:
        """Return numpy's name of the smallest little-endian integer type that holds every value."""
        size = next(size for size in (8, 16, 32, 64) if size >= self.bits)
        return f"{'' if self.signed else 'u'}int{size}"

    @property
    def canonical_bytes(self) -> int:
        """Return the size of one element in canonical form."""
        return int(self.canonical.rpartition("t")[2]) // 8

    @property
    def minimum(self) -> int:
        """Return the smallest value."""
        if self.name in {"BIPOLAR", "TERNARY"}:
            return -1
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        """Return the largest value."""
        return 1 if self.name == "BIPOLAR" else (1 << (self.bits - self.signed)) - 1


def datatype(name: str) -> DataType:
    """Return the data type of this QONNX name. Raise ManifestError for one that is no integer of 1 to 64 bits."""
    if name in _FIXED:
        bits, signed = _FIXED[name]
        return DataType(name=name, bits=bits, signed=signed)
    match = re.fullmatch(r"(U?)INT([1-9][0-9]?)", name)
    if match is None or int(match[2]) > 64:
        msg = f"expected an integer data type (UINT1…UINT64, INT1…INT64, BIPOLAR, BINARY, TERNARY), got {name!r}"
        raise ManifestError(msg)
    return DataType(name=name, bits=int(match[2]), signed=not match[1])
