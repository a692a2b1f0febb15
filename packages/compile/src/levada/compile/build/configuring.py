# SPDX-License-Identifier: Apache-2.0
"""A FINN graph told how to be built: foldings, weight stores, standalone thresholds, FIFO depths.

All functions change the graph in place, through node handles that a transformation would make stale.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from onnx import NodeProto, TensorProto, helper

from levada.compile._finn import DataType, ModelWrapper, getCustomOp
from levada.compile.build.sites import Site
from levada.compile.costs.divisors import ceil_div
from levada.compile.layers.thresholding import rom_attributes
from levada.compile.wiring import Wiring
from levada.core.errors import InternalFault
from levada.core.manifests import PlannedStream
from levada.core.plugins import Registry

Attributes = dict[str, Any]
SHALLOWEST = 2


def configure(model: ModelWrapper, sites: Sequence[Site], registry: Registry) -> dict[str, Attributes]:
    """Set the attributes of every site; return those that only specialised nodes know, by output tensor."""
    nodes = {node.name: node for node in model.graph.node}
    late: dict[str, Attributes] = {}
    for site in sites:
        node = nodes[site.layer.node]
        later = _set_known(node, _attributes(site, registry))
        if site.detaches:
            detached = detach_thresholds(model, node, site.layer.folding.pe)
            later, node = _rom_attributes(model, detached), detached
        late[node.output[0]] = later
    return late


def set_late(model: ModelWrapper, late: Mapping[str, Attributes]) -> None:
    """Set what only specialised nodes know. Raise InternalFault for an attribute that none knows."""
    for node in model.graph.node:
        unknown = _set_known(node, late.get(node.output[0], {}))
        if unknown:
            msg = (
                f"node {node.name!r} ({node.op_type}) has no attributes {sorted(unknown)!r}; its layer class names them"
            )
            raise InternalFault(msg)


def set_fifo_depths(model: ModelWrapper, streams: Sequence[PlannedStream]) -> None:
    """Set the depth of every stream's FIFO, in beats, on the node at the end that the FIFO is at; on the other, where none is."""
    wiring = Wiring(model.graph)
    inputs, outputs = _shallow(model)
    for stream in streams:
        depth = fifo_beats(stream)
        producer, consumers = wiring.producer(stream.tensor), wiring.consumers(stream.tensor)
        if producer is not None and (stream.fifo.side == "source" or not consumers):
            outputs[producer.name][list(producer.output).index(stream.tensor)] = depth
            continue
        for consumer in consumers:
            inputs[consumer.name][list(consumer.input).index(stream.tensor)] = depth
    for node in model.graph.node:
        op = getCustomOp(node)
        op.set_nodeattr("inFIFODepths", inputs[node.name])
        op.set_nodeattr("outFIFODepths", outputs[node.name])


def fifo_beats(stream: PlannedStream) -> int:
    """Return the depth of a stream's FIFO in the beats of the side it stands on."""
    lanes = stream.source_lanes if stream.fifo.side == "source" else stream.sink_lanes
    return max(SHALLOWEST, ceil_div(stream.fifo.depth, lanes))


def detach_thresholds(model: ModelWrapper, node: NodeProto, pe: int) -> NodeProto:
    """Split an MVAU into one that puts out accumulators and a Thresholding behind it; return the latter."""
    op = getCustomOp(node)
    levels, result = node.input[2], node.output[0]
    sums = f"{result}_sums"
    detached = helper.make_node(
        "Thresholding",
        [sums, levels],
        [result],
        name=f"{node.name}_thresholds",
        domain=node.domain,
        backend="fpgadataflow",
        preferred_impl_style="rtl",
        PE=pe,
        NumChannels=op.get_nodeattr("MH"),
        numSteps=model.get_tensor_shape(levels)[1],
        inputDataType=op.get_nodeattr("accDataType"),
        weightDataType=model.get_tensor_datatype(levels).name,
        outputDataType=op.get_nodeattr("outputDataType"),
        numInputVectors=list(op.get_nodeattr("numInputVectors")),
        ActVal=op.get_nodeattr("ActVal"),
    )
    _release(model, node, sums)
    model.graph.node.insert(list(model.graph.node).index(node) + 1, detached)
    return detached


def _release(model: ModelWrapper, node: NodeProto, sums: str) -> None:
    """Make an MVAU put out accumulators into tensor ``sums``."""
    op = getCustomOp(node)
    shape = model.get_tensor_shape(node.output[0])
    del node.input[2]
    node.output[0] = sums
    op.set_nodeattr("noActivation", 1)
    op.set_nodeattr("ActVal", 0)
    op.set_nodeattr("outputDataType", op.get_nodeattr("accDataType"))
    model.graph.value_info.append(helper.make_tensor_value_info(sums, TensorProto.FLOAT, shape))
    model.set_tensor_datatype(sums, DataType[op.get_nodeattr("accDataType")])


def _attributes(site: Site, registry: Registry) -> Attributes:
    attributes: Attributes = dict(site.hardware(registry).finn_attributes(site.node, site.layer.folding))
    if site.layer.folding.weights is not None:
        attributes |= registry.weight_store(site.layer.store)().finn_attributes(site.layer)
    return attributes


def _set_known(node: NodeProto, attributes: Mapping[str, Any]) -> Attributes:
    op = getCustomOp(node)
    known = op.get_nodeattr_types()
    for name in attributes.keys() & known.keys():
        op.set_nodeattr(name, attributes[name])
    return {name: value for name, value in attributes.items() if name not in known}


def _rom_attributes(model: ModelWrapper, thresholding: NodeProto) -> Attributes:
    levels = thresholding.input[1]
    return rom_attributes(
        int(model.get_tensor_datatype(levels).bitwidth()), shared=model.get_tensor_shape(levels)[0] == 1
    )


def _shallow(model: ModelWrapper) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return the depths of all inputs and outputs, shallow; FINN's own default has one entry, too few for weights or forks."""
    inputs = {node.name: [SHALLOWEST] * len(node.input) for node in model.graph.node}
    return inputs, {node.name: [SHALLOWEST] * len(node.output) for node in model.graph.node}
