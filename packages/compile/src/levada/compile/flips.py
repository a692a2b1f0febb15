# SPDX-License-Identifier: Apache-2.0
"""How often the integer graph rounds otherwise than the float graph it was made from.

Scales and biases that streamlining moves into thresholds are rounded in floats, so a value that lies within rounding of a
threshold may fall on its other side. Each quantiser of the QONNX graph is found again as the thresholds (or the
averaging pool) that carry its tag, and their integers are compared: the quantiser's result divided by its scale.

The comparison is teacher-forced: each quantiser of the QONNX graph works on what the *integer* graph gave before it, times
the scale. Without that, one near-tie at the start makes everything behind it differ, and the figure would say nothing.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import msgspec
import numpy as np

from levada.compile._finn import ChangeBatchSize, InferShapes, ModelWrapper, execute_onnx
from levada.compile.properties import QUANTISERS
from levada.compile.wiring import Wiring
from levada.core.errors import GraphError
from levada.core.manifests import FlipRate
from levada.core.progress import Progress

PIXELS_AT_ONCE = 4096
"""Thresholds are compared all at once, 30 and more per value: large images go one by one."""

ENOUGH = 10_000_000
"""So many integers say how often one flips: half an image of ResNet-50, hundreds of a small network's."""

INTEGERS = frozenset({"MultiThreshold", "QuantAvgPool2d"})


class Match(msgspec.Struct, frozen=True):
    """A quantiser in both graphs: its name in the model, its tensor in either, and the scale of its integers."""

    name: str
    qonnx: str
    integer: str
    scale: float


def matches(qonnx: ModelWrapper, integer: ModelWrapper) -> tuple[Match, ...]:
    """Return the activation quantisers that stand in both graphs. Raise GraphError where one was lost on the way."""
    tagged = {node.doc_string: node.output[0] for node in integer.graph.node if node.op_type in INTEGERS}
    wiring = Wiring(qonnx.graph)
    found = []
    for node in qonnx.graph.node:
        if node.op_type not in QUANTISERS or _is_weight(wiring, node):
            continue
        if node.doc_string not in tagged:
            msg = f"{wiring.describe(node)} is lost in the integer graph: no thresholds carry its name {node.doc_string!r}"
            raise GraphError(msg)
        scale = float(np.asarray(qonnx.get_initializer(node.input[_scale_input(node)])).item())
        found.append(Match(node.doc_string, node.output[0], tagged[node.doc_string], scale))
    return tuple(found)


def _is_weight(wiring: Wiring, node: Any) -> bool:
    return node.input[0] in wiring.initialisers


def _scale_input(node: Any) -> int:
    """Return which input holds the scale of the result: Trunc has one of its own for it, where it changes."""
    return 4 if node.op_type == "Trunc" and len(node.input) > 5 else 1


def flip_rates(qonnx: ModelWrapper, integer: ModelWrapper, images: Any, progress: Progress) -> tuple[FlipRate, ...]:
    """Return how many integers differ at each activation quantiser over all ``images`` (NHWC), in the order of the graph."""
    found = matches(qonnx, integer)
    if not len(images):
        return ()
    batch = max(1, min(len(images), PIXELS_AT_ONCE // (images.shape[1] * images.shape[2])))
    graphs = forced(_batched(qonnx, batch), found), _batched(integer, batch)
    flipped = dict.fromkeys((match.name for match in found), 0)
    elements = dict(flipped)
    for chunk in progress.track(_chunks(images, batch), "flip rates", total=-(-len(images) // batch)):
        for match, differs in _compare(graphs, chunk, found, batch):
            flipped[match.name] += int(differs.sum())
            elements[match.name] += differs.size
    return tuple(FlipRate(tensor=name, elements=elements[name], flipped=flipped[name]) for name in flipped)


def enough(integer: ModelWrapper, images: Any) -> int:
    """Return how many of the images hold :data:`ENOUGH` quantised integers together, at least one."""
    per_image: int = sum(
        prod(integer.get_tensor_shape(node.output[0])[1:]) for node in integer.graph.node if node.op_type in INTEGERS
    )
    return min(len(images), max(1, -(-ENOUGH // max(per_image, 1))))


def _chunks(images: Any, batch: int) -> list[Any]:
    return [images[start : start + batch] for start in range(0, len(images), batch)]


def _batched(model: ModelWrapper, batch: int) -> ModelWrapper:
    return model.transform(ChangeBatchSize(batch)).transform(InferShapes())


def forced(qonnx: ModelWrapper, found: Sequence[Match]) -> ModelWrapper:
    """Return the graph with each quantiser's takers fed from a graph input of its tensor's name; it gives ``own`` results."""
    model = qonnx.transform(InferShapes())
    for match in found:
        node = next(each for each in model.graph.node if match.qonnx in each.output)
        value = next(v for v in (*model.graph.value_info, *model.graph.output) if v.name == match.qonnx)
        node.output[0] = own(match)
        model.set_tensor_shape(own(match), model.get_tensor_shape(match.qonnx))
        if match.qonnx not in {output.name for output in model.graph.output}:
            model.graph.input.append(value)
            model.graph.value_info.remove(value)
    return model


def own(match: Match) -> str:
    """Return the name under which a forced graph keeps the quantiser's own result."""
    return f"{match.qonnx}_own"


def _compare(
    graphs: tuple[ModelWrapper, ModelWrapper], chunk: Any, found: Sequence[Match], batch: int
) -> list[tuple[Match, Any]]:
    qonnx, integer = graphs
    images = np.resize(chunk, (batch, *chunk.shape[1:]))
    pixels = {integer.graph.input[0].name: np.moveaxis(images, -1, 1).astype(np.float32)}
    integers = execute_onnx(integer, pixels, return_full_exec_context=True)
    teachers = {match.qonnx: (integers[match.integer] * np.float32(match.scale)) for match in found}
    floats = execute_onnx(qonnx, pixels | teachers, return_full_exec_context=True)
    return [
        (match, np.rint(floats[own(match)] / match.scale)[: len(chunk)] != integers[match.integer][: len(chunk)])
        for match in found
    ]
