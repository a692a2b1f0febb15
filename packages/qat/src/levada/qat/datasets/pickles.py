# SPDX-License-Identifier: Apache-2.0
"""Pickles from strangers: arrays, numbers, texts, lists and dictionaries come out of them, and nothing is run."""

import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np

from levada.core.errors import DatasetError
from levada.qat.datasets.folders import file_bytes

UNREADABLE = (
    pickle.UnpicklingError,
    struct.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What Python raises for bytes that are no whole pickle."""


def read_pickle(file: Path) -> Any:
    """Return what a pickle holds; texts of Python 2 as bytes. Raise DatasetError for a broken one, or one that names other code."""
    try:
        return _Unpickler(io.BytesIO(file_bytes(file)), encoding="bytes").load()
    except UNREADABLE as error:
        msg = f"{file}: expected a whole pickle of arrays, texts and numbers, found one that cannot be read ({error})"
        raise DatasetError(msg) from None


def _empty(_kind: type, shape: tuple[int, ...], typecode: Any) -> Any:
    """Stand for numpy's ``_reconstruct``: an array to be filled from the pickle."""
    return np.ndarray(shape, np.dtype(typecode))


def _from_buffer(buffer: Any, kind: Any, shape: tuple[int, ...], order: str) -> Any:
    """Stand for numpy's ``_frombuffer``, by which newer pickles hold arrays."""
    return np.frombuffer(buffer, dtype=kind).reshape(shape, order=order)  # type: ignore[call-overload]


ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _empty,
    ("numpy._core.multiarray", "_reconstruct"): _empty,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
}


class _Unpickler(pickle.Unpickler):
    """Knows arrays of numpy, and no other class or function."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an allowed name stands for."""
        if (module, name) not in ALLOWED:
            msg = f"it asks for {module}.{name}, which is not allowed"
            raise pickle.UnpicklingError(msg)
        return ALLOWED[module, name]
