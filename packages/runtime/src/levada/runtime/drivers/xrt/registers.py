# SPDX-License-Identifier: Apache-2.0
"""Registers of free-running kernels (VNx: ``ap_ctrl_none``), which pyxrt cannot touch in any release.

XRT's core library reads and writes them (``xclRegRead``, ``xclRegWrite``; in XRT up to 2.19). XRT's own Python wrapper declares
the argument types of ``xclRegWrite`` on the wrong symbol, so they are declared here.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

from levada.core.errors import NetworkError
from levada.core.manifests import RegisterWindow

QUIET = 0
WORD_BYTES = 4


class Shim:
    """One card, opened through XRT's core library ``library``; ``xclbin`` is the UUID (16 bytes) of what is loaded."""

    def __init__(self, library: Any, index: int, xclbin: bytes) -> None:
        """Open the card of this index. Raise NetworkError where XRT refuses."""
        self._library, self._xclbin = _declared(library), xclbin
        self._handle = library.xclOpen(index, None, QUIET)
        if not self._handle:
            msg = f"XRT cannot open card {index}; look at `xbutil examine`"
            raise NetworkError(msg)
        self._units: dict[str, int] = {}

    def unit(self, window: RegisterWindow) -> int:
        """Return the index of a compute unit, opened for this process alone. Raise NetworkError where that fails."""
        name = f"{window.kernel}:{window.unit}"
        if name not in self._units:
            index = self._library.xclIPName2Index(self._handle, name.encode())
            if index < 0:
                msg = f"the bitstream has no compute unit {name!r} (XRT error {index}); it was built for another deployment"
                raise NetworkError(msg)
            error = self._library.xclOpenContext(self._handle, self._xclbin, index, False)  # noqa: FBT003 - C interface
            if error:
                msg = f"compute unit {name!r} is held by another process (XRT error {error}); end it"
                raise NetworkError(msg)
            self._units[name] = index
        return self._units[name]

    def read(self, unit: int, offset: int) -> int:
        """Return a word. Raise NetworkError where XRT refuses."""
        value = ctypes.c_uint32()
        error = self._library.xclRegRead(self._handle, unit, offset, ctypes.byref(value))
        if error:
            msg = f"cannot read register 0x{offset:X} of compute unit {unit} (XRT error {error})"
            raise NetworkError(msg)
        return int(value.value)

    def write(self, unit: int, offset: int, value: int) -> None:
        """Write a word. Raise NetworkError where XRT refuses."""
        error = self._library.xclRegWrite(self._handle, unit, offset, value)
        if error:
            msg = f"cannot write register 0x{offset:X} of compute unit {unit} (XRT error {error})"
            raise NetworkError(msg)

    def close(self) -> None:
        """Give back every compute unit, then the card."""
        for unit in self._units.values():
            self._library.xclCloseContext(self._handle, self._xclbin, unit)
        self._units.clear()
        self._library.xclClose(self._handle)


class PortRegisters:
    """One port's register window, put together from the windows of its compute units."""

    def __init__(self, shim: Shim, windows: Sequence[RegisterWindow]) -> None:
        """Map ``windows``."""
        self._shim, self._windows = shim, tuple(windows)

    def read32(self, offset: int) -> int:
        """Return the word at ``offset``."""
        window = self._window(offset)
        return self._shim.read(self._shim.unit(window), offset - window.offset)

    def write32(self, offset: int, value: int) -> None:
        """Write the word at ``offset``. Raise NetworkError for a value that is no 32-bit word."""
        if not 0 <= value < 1 << 32:
            msg = f"register 0x{offset:X} takes 32 bits, got {value!r}"
            raise NetworkError(msg)
        window = self._window(offset)
        self._shim.write(self._shim.unit(window), offset - window.offset, value)

    def _window(self, offset: int) -> RegisterWindow:
        for window in self._windows:
            if offset % WORD_BYTES == 0 and window.offset <= offset < window.offset + window.size_bytes:
                return window
        known = ", ".join(f"{window.unit} at 0x{window.offset:X}" for window in self._windows) or "none"
        msg = f"no register at 0x{offset:X}: it must be a multiple of 4 within a window ({known})"
        raise NetworkError(msg)


def _declared(library: Any) -> Any:
    handle, word, pointer = ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)
    for name, result, arguments in (
        ("xclOpen", handle, [ctypes.c_uint, ctypes.c_char_p, ctypes.c_int]),
        ("xclClose", None, [handle]),
        ("xclIPName2Index", ctypes.c_int, [handle, ctypes.c_char_p]),
        ("xclOpenContext", ctypes.c_int, [handle, ctypes.c_char_p, ctypes.c_uint, ctypes.c_bool]),
        ("xclCloseContext", ctypes.c_int, [handle, ctypes.c_char_p, ctypes.c_uint]),
        ("xclRegRead", ctypes.c_int, [handle, word, word, pointer]),
        ("xclRegWrite", ctypes.c_int, [handle, word, word, word]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
