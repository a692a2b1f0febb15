# SPDX-License-Identifier: Apache-2.0
"""What one card's link step puts together: a kernel per part and SLR, DMAs, and the network with its bridge.

::

    idma_0 ─► segment0_slr0 ─► segment0_slr2 ─► bridge_0 ─► networklayer_0 ─► cmac_0 ─► wire
    odma_0 ◄─ segment3_slr2 ◄────────────────── bridge_0 ◄─ networklayer_0 ◄─ cmac_0 ◄─
    wdma_0 ─► segment3_slr2                      (weights that lie outside the card, for every inference again)

The bridge turns beats into packets with a TDEST and back; VNx has one stream in each direction for all sockets.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from levada.core.boards import Board
from levada.core.errors import NetworkError
from levada.core.manifests import ComputeUnit, Hop, LinkSpec, PlacedLayer, Plan, PlannedStream, StreamLink, WeightFeed
from levada.core.parts import weights_of
from levada.netstack.planning.packets import Mode

BRIDGE = "bridge_0"
NETWORK = "networklayer_0"
MAC = "cmac_0"
_FIXED = (
    (f"{BRIDGE}.m_axis_network", f"{NETWORK}.S_AXIS_sk2nl"),
    (f"{NETWORK}.M_AXIS_nl2sk", f"{BRIDGE}.s_axis_network"),
    (f"{NETWORK}.M_AXIS_nl2eth", f"{MAC}.S_AXIS"),
    (f"{MAC}.M_AXIS", f"{NETWORK}.S_AXIS_eth2nl"),
)


def link(plan: Plan, card: int, board: Board, hops: Sequence[Hop], mode: Mode) -> LinkSpec:
    """Return the compute units and stream connections of a card. Raise NetworkError where its board lacks what they need."""
    drawing = _Drawing(plan, card, board)
    for stream in plan.streams:
        drawing.connect(stream, next((hop for hop in hops if hop.stream == stream.name), None))
    for feed in weights_of(plan, card):
        drawing.weights(feed)
    units, streams = drawing.units, drawing.streams
    if any(card in (hop.source_card, hop.sink_card) for hop in hops):
        units = (*units, *_network_units(board, mode))
        streams = (*streams, *(StreamLink(source=source, sink=sink) for source, sink in _FIXED))
    return LinkSpec(units=units, streams=streams)


class _Drawing:
    """The units and streams of a card as they are added; hands out port numbers, DMAs and memory banks."""

    def __init__(self, plan: Plan, card: int, board: Board) -> None:
        self.layers = {layer.name: layer for layer in plan.layers if layer.card == card}
        self._board = board
        self._ports: Counter[str] = Counter()
        self._dmas: list[ComputeUnit] = []
        self._streams: list[StreamLink] = []

    @property
    def units(self) -> tuple[ComputeUnit, ...]:
        """Return a kernel for each pair of segment and SLR that holds layers, then the DMAs."""
        places = sorted({(layer.segment, layer.slr) for layer in self.layers.values()})
        kernels = (f"segment{segment}_slr{slr}" for segment, slr in places)
        compute = (ComputeUnit(name=k, kernel=k, slr=slr) for k, (_, slr) in zip(kernels, places, strict=True))
        return (*compute, *self._dmas)

    @property
    def streams(self) -> tuple[StreamLink, ...]:
        """Return the connections so far."""
        return tuple(self._streams)

    def connect(self, stream: PlannedStream, hop: Hop | None) -> None:
        """Draw one stream as far as it touches this card."""
        source = self.layers.get(stream.source) if stream.source else None
        sink = self.layers.get(stream.sink) if stream.sink else None
        if source and sink and _unit(source) == _unit(sink):
            return
        if source:
            self._join(self._port(_unit(source), "m_axis"), self._far_end(stream.sink, sink, hop))
        elif sink:
            start = f"{BRIDGE}.m_axis_{hop.sink_socket}" if hop else self._dma("idma", "m_axis")
            self._join(start, self._port(_unit(sink), "s_axis"))

    def weights(self, feed: WeightFeed) -> None:
        """Give a layer whose weights lie outside a DMA that reads them again for every inference."""
        self._add_dma("wdma", feed.unit)
        self._join(f"{feed.unit}.m_axis", self._port(_unit(self.layers[feed.layer]), "s_axis_weights"))

    def _far_end(self, sink_name: str | None, sink: PlacedLayer | None, hop: Hop | None) -> str:
        if sink:
            return self._port(_unit(sink), "s_axis")
        if sink_name is None:
            return self._dma("odma", "s_axis")
        if hop is None:
            msg = f"layer {sink_name!r} is on another card, and no cut of the plan leads there; plan again"
            raise NetworkError(msg)
        return f"{BRIDGE}.s_axis_{hop.source_socket}"

    def _join(self, source: str, sink: str) -> None:
        self._streams.append(StreamLink(source=source, sink=sink))

    def _port(self, unit: str, kind: str) -> str:
        self._ports[f"{unit}.{kind}"] += 1
        return f"{unit}.{kind}_{self._ports[f'{unit}.{kind}'] - 1}"

    def _dma(self, kernel: str, port: str) -> str:
        name = f"{kernel}_{sum(unit.kernel == kernel for unit in self._dmas)}"
        self._add_dma(kernel, name)
        return f"{name}.{port}"

    def _add_dma(self, kernel: str, name: str) -> None:
        bank, slr = _bank(self._board, len(self._dmas))
        self._dmas.append(ComputeUnit(name=name, kernel=kernel, slr=slr, memory=bank))


def _unit(layer: PlacedLayer) -> str:
    return f"segment{layer.segment}_slr{layer.slr}"


def _bank(board: Board, number: int) -> tuple[str, int]:
    """Return the bank for the ``number``-th DMA of a card and its SLR: each its own channel, of one memory after the other."""
    if not board.memories:
        msg = f"board {board.name!r} names no memory, and a DMA needs a bank; add one to the board"
        raise NetworkError(msg)
    banks = [(channel, memory.slr) for memory in board.memories for channel in _channels(memory.bank)]
    return banks[number % len(banks)]


def _channels(bank: str) -> list[str]:
    """Return the channels that a bank's name stands for: ``HBM[0]`` and so on for ``HBM[0:31]``, itself for one without."""
    name, _, channels = bank.rstrip("]").partition("[")
    first, _, last = channels.partition(":")
    return [f"{name}[{each}]" for each in range(int(first), int(last) + 1)] if last else [bank]


def _network_units(board: Board, mode: Mode) -> Iterator[ComputeUnit]:
    """Yield bridge, network layer and CMAC, in the SLR of the first QSFP."""
    if not board.qsfp_slrs:
        msg = f"board {board.name!r} has no QSFP, and the plan sends streams to or from it; use another board"
        raise NetworkError(msg)
    slr = board.qsfp_slrs[0]
    yield ComputeUnit(name=BRIDGE, kernel=f"{mode}_bridge", slr=slr)
    yield ComputeUnit(name=NETWORK, kernel="networklayer", slr=slr)
    yield ComputeUnit(name=MAC, kernel="cmac_0", slr=slr)
