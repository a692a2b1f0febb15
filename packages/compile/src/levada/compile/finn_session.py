# SPDX-License-Identifier: Apache-2.0
"""FINN's ambient state, kept to one block: settings, environment, build folder, warnings and log."""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from levada.core.errors import DependencyError

_MISSING = (
    "FINN is needed to compile and build, and it does not import here ({cause}); install it either with "
    "`pip install 'levada-compile[finn]'`, which may replace a newer torch and brevitas, or beside a torch that is "
    "already there with `pip install --no-deps finn-plus==1.6.1` (README of levada-compile lists what that needs)"
)


_VARIABLES = ("FINN_BUILD_DIR", "FINN_SETTINGS", "FINN_DEPS", "FINN_DEPS_DEFINITIONS", "NUM_DEFAULT_WORKERS")


@contextmanager
def finn_session(scratch: Path) -> Iterator[None]:
    """Let FINN work inside the block, with everything it writes under ``scratch``.

    FINN reads its settings from the environment, and otherwise writes ``FINN_TMP`` in the current folder and ``.finn`` in the
    home folder; the environment is put back afterwards. Raise DependencyError where FINN is not installed whole.
    """
    before = {name: os.environ.get(name) for name in _VARIABLES}
    log_disabled = logging.getLogger("finn_logger").disabled
    os.environ["FINN_BUILD_DIR"] = str(scratch.resolve() / "finn")
    os.environ["FINN_SETTINGS"] = str(scratch.resolve() / "finn-settings.yaml")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # FINN's and QONNX's own deprecations are nothing a user can mend
            _start()
            logging.getLogger("finn_logger").disabled = True
            yield
    finally:
        logging.getLogger("finn_logger").disabled = log_disabled
        for name, value in before.items():
            _set(name, value)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _start() -> None:
    if find_spec("finn") is None or find_spec("finn.transformation") is None:
        raise DependencyError(_MISSING.format(cause="no module 'finn.transformation'"))
    try:
        importlib.import_module("levada.compile._finn").initialize_dummy_settings()
    except ImportError as error:
        raise DependencyError(_MISSING.format(cause=error)) from error
