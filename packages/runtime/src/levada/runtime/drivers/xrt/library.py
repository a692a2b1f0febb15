# SPDX-License-Identifier: Apache-2.0
"""Gets hold of XRT, which is on no package index, and says how to get it where it is missing."""

import ctypes
import importlib
from typing import Any

from levada.core.errors import DependencyError

CORE_LIBRARY = "libxrt_core.so"
HOW_TO_GET = (
    "it comes with XRT (2.15 to 2.19) and is on no package index (PyPI's `xrt` is something else): install XRT from AMD, "
    "run `source /opt/xilinx/xrt/setup.sh`, and start the agent with the system's own Python, for which pyxrt was built"
)


def pyxrt() -> Any:
    """Return the module pyxrt. Raise DependencyError saying how to get it."""
    try:
        return importlib.import_module("pyxrt")
    except ImportError as error:
        msg = f"driver 'xrt' needs pyxrt ({error}); {HOW_TO_GET}"
        raise DependencyError(msg) from None


def core_library() -> Any:
    """Return XRT's core library. Raise DependencyError saying how to get it."""
    try:
        return ctypes.CDLL(CORE_LIBRARY)
    except OSError as error:
        msg = f"driver 'xrt' needs {CORE_LIBRARY} ({error}); {HOW_TO_GET}"
        raise DependencyError(msg) from None
