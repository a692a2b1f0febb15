# SPDX-License-Identifier: Apache-2.0
"""A small hardware graph with a residual block, plans of it, and their builds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from levada.core.boards import Board
from levada.core.interfaces import StoreCost, WeightStore
from levada.core.manifests import (
    Build,
    Dataflow,
    Folding,
    Lanes,
    Layer,
    Memory,
    PlacedLayer,
    Plan,
    PlannedStream,
    Stream,
)
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.resources import Resources
from levada.core.stages import Work
from levada.core.testing import plan as spread
from levada.core.testing import registry, saved

DOMAIN = "finn.custom_op.fpgadataflow"
Pick = Callable[[Layer], Folding]


class Block(WeightStore):
    """Weights in block RAM, 100 LUT of streamer."""

    name = "bram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        return StoreCost(resources=Resources(lut=100, bram18=-(-memory.bits // 36)), origin="test")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        return {"mem_mode": "internal_decoupled", "ram_style": "block"}


class Ultra(Block):
    """Weights in UltraRAM, 100 LUT of streamer."""

    name = "uram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        return StoreCost(resources=Resources(lut=100, uram=-(-memory.bits // 72)), origin="test")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        return {"mem_mode": "internal_decoupled", "ram_style": "ultra"}


class Tables(Block):
    """Weights in LUT RAM, 100 LUT of streamer."""

    name = "lutram"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        return StoreCost(resources=Resources(lut=100 + memory.bits * -(-memory.words // 64)), origin="test")

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        return {"mem_mode": "internal_decoupled", "ram_style": "distributed"}


class Outside(Block):
    """Weights from a DMA of 15 RAMB18."""

    name = "external"

    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        return StoreCost(resources=Resources(lut=2000, bram18=15), origin="test", external_bytes=99)

    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        return {"mem_mode": "external"}


class HardwareGraph:
    """Grows a FINN graph node by node; every method returns the tensor it makes."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(3)
        self.nodes: list[Any] = []
        self.tensors: dict[str, tuple[tuple[int, ...], str]] = {"global_in": ((1, 4, 4, 2), "UINT4")}
        self.constants: dict[str, tuple[Any, str]] = {}

    def constant(self, values: Any, datatype: str) -> str:
        name = f"param{len(self.constants)}"
        self.constants[name] = (np.asarray(values, np.float32), datatype)
        return name

    def node(self, op: str, inputs: list[str], shapes: list[tuple[int, ...]], datatype: str, **attributes: Any) -> str:
        name = f"{op}_{sum(node.op_type == op for node in self.nodes)}"
        outputs = [f"{name}_out{i}" for i in range(len(shapes))]
        self.tensors |= {out: (shape, datatype) for out, shape in zip(outputs, shapes, strict=True)}
        self.nodes.append(
            helper.make_node(op, inputs, outputs, name, domain=DOMAIN, backend="fpgadataflow", **attributes)
        )
        return outputs[0]

    def mvau(self, x: str, mh: int, output: str = "UINT4") -> str:
        (*vectors, mw), bits = self.tensors[x][0], self.tensors[x][1]
        weights = self.constant(self.random.integers(-7, 8, (mw, mh)), "INT4")
        plain = output == "INT13"
        levels = np.sort(self.random.integers(-200, 200, (mh, 15)), axis=1)
        inputs = [x, weights] if plain else [x, weights, self.constant(levels, "INT14")]
        types = {"inputDataType": bits, "weightDataType": "INT4", "outputDataType": output, "accDataType": "INT13"}
        folds = {"MW": mw, "MH": mh, "PE": 1, "SIMD": 1, "numInputVectors": vectors}
        offset = -8 if output.startswith("INT") and not plain else 0
        return self.node(
            "MVAU", inputs, [(*vectors, mh)], output, noActivation=int(plain), ActVal=offset, **types, **folds
        )

    def window(self, x: str, kernel: int, *, depthwise: int = 0) -> str:
        (_, height, _, channels), bits = self.tensors[x]
        out = height - kernel + 1
        sizes = {"ConvKernelDim": [kernel] * 2, "IFMDim": [height] * 2, "OFMDim": [out] * 2, "IFMChannels": channels}
        steps = {"Stride": [1, 1], "Dilation": [1, 1], "SIMD": 1, "depthwise": depthwise, "is1D": 0}
        shape = (1, out, out, kernel * kernel * channels)
        types = {"inputDataType": bits, "outputDataType": bits}
        return self.node("ConvolutionInputGenerator", [x], [shape], bits, **sizes, **steps, **types)

    def padding(self, x: str) -> str:
        (_, height, width, channels), bits = self.tensors[x]
        sizes = {"ImgDim": [height, width], "Padding": [1] * 4, "NumChannels": channels, "SIMD": 1}
        return self.node("FMPadding", [x], [(1, height + 2, width + 2, channels)], bits, inputDataType=bits, **sizes)

    def duplicate(self, x: str) -> str:
        shape, bits = self.tensors[x]
        sizes = {"NumChannels": shape[-1], "PE": 1, "NumOutputStreams": 2, "numInputVectors": list(shape[:-1])}
        return self.node(
            "DuplicateStreams", [x], [shape, shape], bits, inputDataType=bits, outFIFODepths=[2, 2], **sizes
        )

    def add(self, x: str, y: str) -> str:
        shape, bits = self.tensors[x]
        shapes = {f"{side}_shape": list(shape) for side in ("lhs", "rhs", "out")}
        return self.node(
            "ElementwiseAdd", [x, y], [shape], "UINT5", lhs_dtype=bits, rhs_dtype=bits, out_dtype="UINT5", **shapes
        )

    def pool(self, x: str, channels: int) -> str:
        (*sizes, _), bits = self.tensors[x]
        kinds = {"Function": "MaxPool", "InputDataType": bits, "OutputDataType": bits}
        shape = {"Channels": channels, "KernelSize": [4, 4], "OutImgDims": sizes[1:], "PE": 1}
        return self.node("Pool", [x], [(*sizes, channels)], bits, **kinds, **shape)

    def labels(self, x: str) -> str:
        shape, bits = self.tensors[x]
        kinds = {"inputDataType": bits, "outputDataType": "UINT8", "numInputVectors": list(shape[:-1])}
        return self.node("LabelSelect", [x], [(*shape[:-1], 2)], "UINT8", Labels=shape[-1], K=2, PE=1, **kinds)

    def model(self, output: str) -> Any:
        from levada.compile._finn import DataType, ModelWrapper

        infos = {
            name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, (shape, _) in self.tensors.items()
        }
        ends = [infos.pop("global_in")], [infos.pop(output)]
        model = ModelWrapper(
            helper.make_model(helper.make_graph(self.nodes, "small", *ends, value_info=infos.values()))
        )
        for name, (values, _) in self.constants.items():
            model.set_initializer(name, values)
        kinds = {name: datatype for name, (_, datatype) in (self.tensors | self.constants).items()}
        for name, datatype in kinds.items():
            model.set_tensor_datatype(name, DataType[datatype])
        return model


def small_graph() -> Any:
    """Return a convolution, a residual block, a pooling, a classifier and a label selection."""
    graph = HardwareGraph()
    first = graph.mvau(graph.window(graph.padding("global_in"), 3), 4)
    fork = graph.duplicate(first)
    join = graph.add(graph.mvau(fork, 4), fork.replace("_out0", "_out1"))
    pooled = graph.pool(graph.window(join, 4, depthwise=1), 4)
    return graph.model(graph.labels(graph.mvau(pooled, 4, "INT13")))


class Small:
    """The small graph with every way to plan and build it."""

    def __init__(self, folder: Path) -> None:
        from levada.compile import adapt, extraction, plugin
        from levada.compile.agreement import agree

        self.folder, self.model, self.builds = folder, small_graph(), 0
        self.registry: Registry = registry(Block, Ultra, Tables, Outside)
        self.registry.add(plugin, "compile")
        self.nodes = adapt.hardware_nodes(self.model)
        classes = self.registry.layers()
        self.streams = extraction.streams(self.nodes, classes)
        self.layers = agree(extraction.layers(self.nodes, classes, self.registry.board("u280")), self.streams)

    def take(self, dataflow: Dataflow, graph: Any) -> None:
        """Plan and build what compile made instead."""
        from levada.compile._finn import ModelWrapper

        self.model, self.layers, self.streams = ModelWrapper(graph), dataflow.layers, dataflow.streams

    def plan(self, pick: Pick | None = None, *, store: str = "bram", cards: int = 2, depth: int = 0) -> Plan:
        """Plan over cards in equal shares; ``pick`` chooses foldings, ``depth`` is every FIFO's if given."""
        share = len(self.layers) / cards
        placed = [self._place(layer, pick, store, 1 + int(i / share)) for i, layer in enumerate(self.layers)]
        by_name = {layer.name: layer for layer in placed}
        streams = tuple(self._stream(stream, by_name, depth) for stream in self.streams)
        return spread(cards, layers=tuple(placed), streams=streams, cuts=())

    def build(self, plan: Plan) -> Build:
        from levada.compile.build.stage import BuildHardware, BuildOptions

        self.builds += 1
        folder = self.folder / f"build_{self.builds}"
        artefact = saved(folder / "plan", plan, {"finn_graph": self.model.model.SerializeToString()})
        scratch = folder / "work"
        scratch.mkdir()
        self.work = Work(self.registry, Progress(), scratch)
        return BuildHardware().run((artefact,), BuildOptions(), self.work)

    def built_graph(self) -> Any:
        from levada.compile._finn import ModelWrapper

        return ModelWrapper(str(self.work.payloads["specialised_graph"]))

    def _place(self, layer: Layer, pick: Pick | None, store: str, card: int) -> PlacedLayer:
        folding = pick(layer) if pick else layer.foldings[layer.default]
        cost = StoreCost(resources=Resources(), origin="none")
        if folding.weights:
            cost = self.registry.weight_store(store)().cost(folding.weights, layer, self.registry.board("u280"))
        return PlacedLayer(
            name=layer.name,
            op=layer.op,
            node=layer.node,
            segment=card - 1,
            card=card,
            slr=0,
            folding=folding,
            store=store if folding.weights else "none",
            resources=folding.resources + cost.resources,
            external_bytes=cost.external_bytes,
        )

    def _stream(self, stream: Stream, layers: dict[str, PlacedLayer], depth: int) -> PlannedStream:
        source, sink = (layers.get(name or "") for name in (stream.source, stream.sink))
        fifo = type(stream.fifo)(depth=depth, status="rule") if depth else stream.fifo
        return PlannedStream(
            name=stream.name,
            source=stream.source,
            sink=stream.sink,
            tensor=stream.tensor,
            shape=stream.shape,
            datatype=stream.datatype,
            element_bits=stream.element_bits,
            source_lanes=_lanes(stream.source_lanes, source or sink),
            sink_lanes=_lanes(stream.sink_lanes, sink or source),
            beats=0,
            fifo=fifo,
        )


def _lanes(lanes: Lanes, layer: PlacedLayer | None) -> int:
    assert layer is not None
    return {Lanes.PE: layer.folding.pe, Lanes.SIMD: layer.folding.simd, Lanes.ONE: 1}[lanes]


@pytest.fixture
def small(tmp_path: Path, finn: None) -> Small:
    return Small(tmp_path)
