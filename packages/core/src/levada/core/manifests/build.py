# SPDX-License-Identifier: Apache-2.0
"""What build writes: a plan turned into hardware, as far as the tools at hand go."""

from typing import Literal

from levada.core.manifests.common import Manifest, Record
from levada.core.resources import UNKNOWN, Resources


class BuiltCard(Record, frozen=True, kw_only=True):
    """One card's build: ``estimated`` by the tools over the specialised graph beside ``planned``; ``bitstream`` names a payload.

    ``finn`` is what FINN alone says of the same graph, unaltered: no FF, and 0 where it has no estimate.
    """

    card: int
    planned: Resources
    estimated: Resources
    finn: Resources = UNKNOWN
    converters: int
    fifos: int
    bitstream: str | None = None
    clock_mhz: float | None = None


class Build(Manifest, frozen=True, kw_only=True, tag="build/1.0"):
    """The hardware build of a plan up to ``reached``. Payloads: ``specialised_graph``, later one bitstream per card."""

    name: str
    reached: Literal["estimate", "ip", "bitstream"]
    tool: str
    cards: tuple[BuiltCard, ...]
