# SPDX-License-Identifier: Apache-2.0
"""Pictures one by one, some of which cannot be read."""

from collections.abc import Callable
from typing import Any

from levada.core.errors import DatasetError
from levada.core.interfaces import Pictures

IN_A_ROW = 100
"""So many pictures next to each other that cannot be read are no accident."""


def attempt(load: Callable[[int], Any], number: int) -> tuple[Any | None, str]:
    """Return a picture, or None and why it cannot be read."""
    try:
        return load(number), ""
    except DatasetError as error:
        return None, str(error)


def first(images: Pictures) -> Any:
    """Return the first picture that can be read. Raise DatasetError where none of :data:`IN_A_ROW` can."""
    complaint = ""
    for number in range(min(IN_A_ROW, len(images))):
        picture, complaint = attempt(images.__getitem__, number)
        if picture is not None:
            return picture
    msg = f"none of the first {min(IN_A_ROW, len(images))} pictures can be read, the last: {complaint}"
    raise DatasetError(msg)
