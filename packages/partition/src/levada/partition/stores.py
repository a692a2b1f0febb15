# SPDX-License-Identifier: Apache-2.0
"""Where weights can be kept: block RAM, UltraRAM, LUT RAM, or outside the fabric, streamed in for every inference.

The memory counts are FINN's (``MVAU.bram_estimation``, ``uram_estimation`` and the LUT RAM term of ``MVAU_hls.lut_estimation`` in
FINN 1.6.1, from FINN-R, arXiv 1809.04570). FINN counts nothing for the streamer that reads the memory, and nothing at all for
external weights; those figures are Levada's and say so.
"""

from math import ceil, log2

from levada.core.boards import DMA, Board
from levada.core.interfaces import StoreCost, WeightStore
from levada.core.manifests import Layer, Memory, PlacedLayer
from levada.core.resources import Resources

URAM_WORDS, URAM_BITS = 4096, 72
LUTRAM_WORDS = 64
BRAM18_NARROW = ((1, 16384), (2, 8192), (4, 4096), (9, 2048))
"""Width and depth of a RAMB18's narrow shapes (UG573, table 1-10); wider ones are 18 x 1024 and 36 x 512."""

STREAMER = "levada (streamer: a LUT and a flip-flop per bit of the word, and the address)"
CASCADE = "finn (lut of blocks in a row: its model of block RAM in Vivado)"
DMA_WORD_BITS = 512


class Bram(WeightStore):
    """Block RAM, in RAMB18 halves."""

    name = "bram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:  # noqa: ARG002 - alike on every board
        """Return FINN's count of RAMB18, the logic that selects among them in depth, and the streamer's."""
        counted = Resources(lut=cascade(memory), bram18=bram18(memory))
        return StoreCost(resources=counted + streamer(memory), origin=f"finn (bram18), {CASCADE}, {STREAMER}")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:  # noqa: ARG002 - the same for every layer
        """Return what makes FINN build a streamed memory in block RAM."""
        return {"mem_mode": "internal_decoupled", "ram_style": "block"}


class Uram(WeightStore):
    """UltraRAM, blocks of 4096 words of 72 bits. It cannot be initialised by a bitstream: weights are written at start."""

    name = "uram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:  # noqa: ARG002 - alike on every board
        """Return FINN's count of UltraRAM blocks and the streamer's logic."""
        blocks = ceil(memory.bits / URAM_BITS) * ceil(memory.words / URAM_WORDS)
        return StoreCost(resources=Resources(uram=blocks) + streamer(memory), origin=f"finn (uram), {STREAMER}")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:  # noqa: ARG002 - the same for every layer
        """Return what makes FINN build a streamed memory in UltraRAM, writable at run time as FINN demands there."""
        return {"mem_mode": "internal_decoupled", "ram_style": "ultra", "runtime_writeable_weights": 1}


class Lutram(WeightStore):
    """LUT RAM: a LUT holds 64 words of one bit."""

    name = "lutram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:  # noqa: ARG002 - alike on every board
        """Return FINN's LUT count and the streamer's logic."""
        luts = memory.bits * ceil(memory.words / LUTRAM_WORDS)
        return StoreCost(resources=Resources(lut=luts) + streamer(memory), origin=f"finn (lut), {STREAMER}")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:  # noqa: ARG002 - the same for every layer
        """Return what makes FINN build a streamed memory in LUT RAM."""
        return {"mem_mode": "internal_decoupled", "ram_style": "distributed"}


class External(WeightStore):
    """Outside the fabric: a DMA on the layer's card streams every word as often as the layer uses it.

    A word wider than one AXI master's 512 bits would need several DMAs; nobody estimates those, so their cost is unknown.
    """

    name = "external"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:  # noqa: ARG002 - alike on every board
        """Return an allowance for the DMA, and the bytes that it reads per inference."""
        if memory.bits > DMA_WORD_BITS:
            return StoreCost(
                resources=Resources(lut=None, ff=None, bram18=None),
                origin="unknown (a weight word wider than one AXI master)",
                external_bytes=external_bytes(memory, layer),
            )
        return StoreCost(
            resources=DMA,
            origin="levada (an allowance for one AXI master)",
            external_bytes=external_bytes(memory, layer),
        )

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:  # noqa: ARG002 - the same for every layer
        """Return what makes FINN take the weights from a stream."""
        return {"mem_mode": "external"}


def bram18(memory: Memory) -> int:
    """Return the RAMB18 of a memory in simple dual-port mode (FINN 1.6.1, ``MVAU.bram_estimation``)."""
    for width, depth in BRAM18_NARROW:
        if memory.bits <= width:
            return ceil(memory.words / depth)
    if memory.bits <= 18 or memory.words > 512:
        return ceil(memory.words / 1024) * ceil(memory.bits / 18)
    return ceil(memory.words / 512) * ceil(memory.bits / 36)


def cascade(memory: Memory) -> int:
    """Return the LUT that address blocks one behind another: 3 for each in a row and 2 for every five blocks.

    finn: ``resource_models._fifo_cost`` of 1.6.1, whose authors fitted it to Vivado. Data pass through the blocks' own cascade, as in
    UltraRAM, so no multiplexer as wide as the word is needed.
    """
    groups = ceil(memory.words / (512 if memory.words <= 512 and memory.bits > 18 else 1024))
    return 3 * groups + 2 * bram18(memory) // 5 if groups > 1 else 0


def streamer(memory: Memory) -> Resources:
    """Return the logic that reads a memory word by word: credit buffer, output register and address counter (levada)."""
    address = ceil(log2(memory.words)) if memory.words > 1 else 0
    return Resources(lut=memory.bits + address, ff=memory.bits + address)


def external_bytes(memory: Memory, layer: Layer) -> int:
    """Return the bytes of weights that a layer reads per inference: one word, in whole bytes, for each of its cycles.

    ResNet-50's 576 x 64 convolution at PE 2, SIMD 64 and 4 bits takes 903 168 cycles and so reads 57.8 MB.
    """
    cycles = max((folding.cycles for folding in layer.foldings if folding.weights == memory), default=memory.words)
    return cycles * ceil(memory.bits / 8)
