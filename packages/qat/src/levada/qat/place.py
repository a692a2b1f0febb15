# SPDX-License-Identifier: Apache-2.0
"""Where and with what a training runs, as against what is trained and how."""

from dataclasses import dataclass, field
from typing import Any

import torch

from levada.core.progress import Progress
from levada.qat.crew import Crew, crew
from levada.qat.unread import Unread


@dataclass(frozen=True)
class Place:
    """Device, processes that train together, processes that load pictures, and who hears of it."""

    progress: Progress = field(default_factory=Progress)
    device: Any = field(default_factory=lambda: torch.device("cpu"))
    crew: Crew = field(default_factory=Crew)
    workers: int = 0
    unread: Unread = field(default_factory=lambda: Unread(Progress()))


def place(progress: Progress, workers: int) -> Place:
    """Return this process's place: the GPU that torch has chosen, where there is one, and its crew."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Place(progress=progress, device=device, crew=crew(), workers=workers, unread=Unread(progress))
