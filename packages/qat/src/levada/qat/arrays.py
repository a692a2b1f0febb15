# SPDX-License-Identifier: Apache-2.0
"""Arrays as payloads."""

from typing import Any

import numpy as np

from levada.core.stages import Work


def add_array(work: Work, name: str, array: Any) -> None:
    """Make ``array`` the payload ``name``, a ``.npy`` file without pickled objects."""
    file = work.scratch / f"{name}.npy"
    np.save(file, array, allow_pickle=False)
    work.add(name, file)
