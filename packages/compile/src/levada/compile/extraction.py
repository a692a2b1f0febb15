# SPDX-License-Identifier: Apache-2.0
"""From hardware nodes to what the planner sees: logical layers with their foldings, and the streams between them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod

import msgspec

from levada.compile.fifos import PADDING, WINDOW, depths
from levada.compile.layers.attributes import integer, pair, vectors
from levada.compile.published import FOLDING_RULES
from levada.compile.published.rule import Wanted, index
from levada.core.boards import Board
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import HardwareLayer, HardwareNode, NodeTensor
from levada.core.manifests import Fifo, Lanes, Layer, Stream

Classes = Mapping[str, type[HardwareLayer]]


def layer_class(classes: Classes, node: HardwareNode) -> type[HardwareLayer]:
    """Return the class registered for the node's operation. Raise GraphError naming what is registered where none is."""
    if node.op not in classes:
        msg = (
            f"layer {node.name!r} is a {node.op!r}, for which no installed plug-in registers a hardware layer; "
            f"registered are {', '.join(sorted(classes)) or 'none'}"
        )
        raise GraphError(msg)
    return classes[node.op]


def layers(nodes: Sequence[HardwareNode], classes: Classes, board: Board) -> tuple[Layer, ...]:
    """Return the logical layers in the order of the nodes. Raise GraphError where one cannot be folded at all."""
    found = (_layer(node, layer_class(classes, node)(), board) for node in nodes)
    return _named(tuple(found), {name: rule(nodes) for name, rule in FOLDING_RULES.items()})


def _named(layers: tuple[Layer, ...], wanted: Mapping[str, Mapping[str, Sequence[Wanted]]]) -> tuple[Layer, ...]:
    """Return the layers with the folding that each published rule takes for them."""

    def named(layer: Layer) -> dict[str, int]:
        found = ((name, index(layer.foldings, wants.get(layer.name, ()))) for name, wants in wanted.items())
        return {name: at for name, at in found if at is not None}

    return tuple(msgspec.structs.replace(layer, named=named(layer)) for layer in layers)


def _layer(node: HardwareNode, layer: HardwareLayer, board: Board) -> Layer:
    foldings = layer.foldings(node, board)
    if not foldings:
        msg = f"layer {node.name!r} ({node.op}) cannot be built for board {board.name!r} in any folding"
        raise GraphError(msg)
    weights = foldings[0].weights
    return Layer(
        name=node.name,
        op=node.op,
        node=node.name,
        foldings=foldings,
        default=layer.default(foldings),
        weight_bits=weights.words * weights.bits if weights else 0,
        macs=integer(node, "MW") * integer(node, "MH") * vectors(node) if "MW" in node.attributes else 0,
    )


class End(msgspec.Struct, frozen=True):
    """One end of a stream: the layer's name (None for the outside), and its lanes (None there)."""

    layer: str | None
    lanes: Lanes | None


class Source(msgspec.Struct, frozen=True):
    """A tensor with where it comes from, and what that says of it."""

    tensor: NodeTensor
    end: End
    cuttable: bool
    rigid: bool


OUTSIDE = End(None, None)


def streams(nodes: Sequence[HardwareNode], classes: Classes) -> tuple[Stream, ...]:
    """Return the streams in the order of their sources; those from the outside come first."""
    sinks = {
        tensor.name: End(node.name, layer_class(classes, node)().lanes()[0])
        for node in nodes
        for tensor in node.inputs
        if not tensor.constant
    }
    fifos = depths(nodes)
    names: Counter[str] = Counter()
    found = []
    for source in _sources(nodes, classes):
        stream = _stream(source, sinks.get(source.tensor.name, OUTSIDE), fifos[source.tensor.name])
        names[stream.name] += 1
        again = names[stream.name] - 1
        found.append(msgspec.structs.replace(stream, name=f"{stream.name}.{again}") if again else stream)
    return tuple(found)


def _sources(nodes: Sequence[HardwareNode], classes: Classes) -> Iterator[Source]:
    made = {tensor.name for node in nodes for tensor in node.outputs}
    for node in nodes:
        for tensor in node.inputs:
            if not tensor.constant and tensor.name not in made:
                yield Source(tensor, OUTSIDE, cuttable=True, rigid=False)
    for node in nodes:
        layer = layer_class(classes, node)()
        rigid = layer.rigid(node)
        for tensor in node.outputs:
            end = End(node.name, layer.lanes()[1])
            yield Source(tensor, end, cuttable=not rigid and not _repeats(node), rigid=rigid)


def _repeats(node: HardwareNode) -> bool:
    """Say whether a node only pads or repeats what it takes: its output is never the better place to cut.

    A window of one pixel repeats nothing; with a stride it even drops pixels, so its output is a good place.
    """
    return node.op == PADDING or (node.op == WINDOW and pair(node, "ConvKernelDim") != (1, 1))


def _stream(source: Source, sink: End, fifo: Fifo) -> Stream:
    tensor, end = source.tensor, source.end
    shape, bits = tensor.shape[1:], datatype(tensor.datatype).bits
    return Stream(
        name=f"{end.layer or 'input'}->{sink.layer or 'output'}",
        source=end.layer,
        sink=sink.layer,
        tensor=tensor.name,
        shape=shape,
        datatype=tensor.datatype,
        element_bits=bits,
        payload_bits=prod(shape) * bits,
        source_lanes=end.lanes or sink.lanes or Lanes.ONE,
        sink_lanes=sink.lanes or end.lanes or Lanes.ONE,
        fifo=fifo,
        cuttable=source.cuttable,
        rigid=source.rigid,
    )
