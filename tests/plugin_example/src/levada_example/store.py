# SPDX-License-Identifier: Apache-2.0
"""Weights in whole BRAM36 tiles, 1024 words of 36 bits: simple, and a little wasteful."""

from levada.core.boards import Board
from levada.core.interfaces import StoreCost, WeightStore
from levada.core.manifests import Layer, Memory, PlacedLayer
from levada.core.resources import Resources


class Bram36(WeightStore):
    """Block RAM in whole tiles."""

    name = "bram36"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        """Return two RAMB18 per tile."""
        tiles = -(-memory.words // 1024) * -(-memory.bits // 36)
        return StoreCost(resources=Resources(bram18=2 * tiles), origin="levada-example")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        """Return what makes FINN use block RAM."""
        return {"mem_mode": "internal_decoupled", "ram_style": "block"}
