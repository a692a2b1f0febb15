# SPDX-License-Identifier: Apache-2.0
"""Finds HiGHS for python-mip: 1.17 looks for another package than ``highspy``, but takes the path of any library that holds HiGHS.

And keeps it honest: the presolve of 1.14.0 calls some worse solutions optimal (ERGO-Code/HiGHS issues 2975, 3043, 3073; mended by its
pull request 2961, released with 1.15.0), so that release solves without.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from levada.core.errors import DependencyError

LIBRARY = "PMIP_HIGHS_LIBRARY"
"""The environment variable in which python-mip looks for the library while its module is imported."""
DISTRUSTED = ("1.14.0",)
"""Releases whose presolve loses optima."""


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


def distrust_presolve(model: Any) -> None:
    """Switch presolve off in a model of python-mip that HiGHS solves, where this release's is wrong; mip itself has no setting for that."""
    from mip.highs import ffi, highslib

    if ffi.string(highslib.Highs_version()).decode() in DISTRUSTED:
        highslib.Highs_setStringOptionValue(model.solver._model, b"presolve", b"off")


def _library() -> str | None:
    """Return the path of the library within ``highspy``, which need not be imported for that; None where there is none."""
    spec = find_spec("highspy")
    folders = spec.submodule_search_locations if spec is not None else None
    found = [file for folder in folders or () for file in sorted(Path(folder).glob("_core*")) if file.is_file()]
    return str(found[0]) if found else None
