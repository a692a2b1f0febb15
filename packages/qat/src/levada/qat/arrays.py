# SPDX-License-Identifier: Apache-2.0
"""Arrays as payloads."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from levada.core.stages import Work


def add_array(work: Work, name: str, array: Any) -> None:
    """Make ``array`` the payload ``name``, a ``.npy`` file without pickled objects."""
    file = work.scratch / f"{name}.npy"
    np.save(file, array, allow_pickle=False)
    work.add(name, file)


def add_rows(work: Work, name: str, rows: Iterable[Any], like: Any) -> int:
    """Make rows the payload ``name``, written one after the other, and return how many there were. ``like`` is one of them.

    numpy leaves room in a header for any first dimension, so that it can be written anew once the rows are counted.
    """
    file = work.scratch / f"{name}.npy"
    header = {"descr": np.lib.format.dtype_to_descr(like.dtype), "fortran_order": False}
    count = 0
    with file.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header | {"shape": (0, *like.shape)})
        for row in rows:
            stream.write(np.ascontiguousarray(row).tobytes())
            count += 1
        stream.seek(0)
        np.lib.format.write_array_header_1_0(stream, header | {"shape": (count, *like.shape)})
    work.add(name, file)
    return count
