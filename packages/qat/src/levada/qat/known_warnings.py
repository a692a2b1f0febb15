# SPDX-License-Identifier: Apache-2.0
"""Warnings of the libraries beneath that are understood and harmless here, by their exact text."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

HARMLESS: tuple[tuple[str, type[Warning]], ...] = (
    # Brevitas looks for a CUDA kernel of transformations that are not used here.
    ("fast_hadamard_transform package not found", UserWarning),
    # Brevitas imports its own deprecated module.
    ("brevitas.fx is deprecated", DeprecationWarning),
    # Docstrings of Brevitas hold LaTeX; Python says so when it compiles them for the first time.
    ("invalid escape sequence", DeprecationWarning),
    ("invalid escape sequence", SyntaxWarning),
)


@contextmanager
def known_warnings() -> Iterator[None]:
    """Silence :data:`HARMLESS` inside the block, and nothing else."""
    with warnings.catch_warnings():
        for text, category in HARMLESS:
            warnings.filterwarnings("ignore", message=text, category=category)
        yield
