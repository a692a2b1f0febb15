# SPDX-License-Identifier: Apache-2.0
"""Finds HiGHS for python-mip: 1.17 looks for another package than ``highspy``, but takes the path of any library that holds HiGHS."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from levada.core.errors import DependencyError

LIBRARY = "PMIP_HIGHS_LIBRARY"
"""The environment variable in which python-mip looks for the library while its module is imported."""


def load_highs() -> None:
    """Let python-mip solve with HiGHS. Raise DependencyError where HiGHS is not installed."""
    library = os.environ.get(LIBRARY) or _library()
    if not library:
        msg = "--solver highs: HiGHS is not installed; install it with pip install 'levada-partition[highs]', or use --solver cbc"
        raise DependencyError(msg)
    before = os.environ.get(LIBRARY)
    os.environ[LIBRARY] = library
    try:
        import_module("mip.highs")
    finally:
        if before is None:
            del os.environ[LIBRARY]


def _library() -> str | None:
    """Return the path of the library within ``highspy``, which need not be imported for that; None where there is none."""
    spec = find_spec("highspy")
    folders = spec.submodule_search_locations if spec is not None else None
    found = [file for folder in folders or () for file in sorted(Path(folder).glob("_core*")) if file.is_file()]
    return str(found[0]) if found else None
