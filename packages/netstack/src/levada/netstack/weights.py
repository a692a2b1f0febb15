# SPDX-License-Identifier: Apache-2.0
"""Weights that a host streams into a card: taken out of the emulation graph, in the order and packing in which FINN reads them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from levada.core.datatypes import DataType, datatype
from levada.core.errors import DependencyError, GraphError, NetworkError
from levada.core.interfaces import weight_beats
from levada.core.manifests import WeightFeed

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOW_TO_GET = "packing them needs onnx and numpy; install them with: pip install 'levada-netstack[weights]'"


def packed(graph: Path, feeds: Iterable[WeightFeed]) -> dict[str, bytes]:
    """Return payload name → the bytes that a DMA's buffer holds, for each feed.

    Raise DependencyError without onnx, GraphError where the emulation graph does not keep the weights, NetworkError where they do not
    make the beats that were planned.
    """
    wanted = tuple(feeds)
    if not wanted:
        return {}
    try:
        import onnx
    except ImportError as error:
        msg = f"layer {wanted[0].layer!r} takes its weights from the host, and {HOW_TO_GET}"
        raise DependencyError(msg) from error
    kept = {tensor.name: tensor for tensor in onnx.load(graph).graph.initializer}
    return {feed.payload: _packed(feed, kept.get(feed.tensor)) for feed in wanted}


def _packed(feed: WeightFeed, tensor: Any) -> bytes:
    from onnx import numpy_helper

    if tensor is None or not tensor.doc_string:
        msg = f"the emulation graph keeps no weights {feed.tensor!r} of layer {feed.layer!r} with their data type; compile again"
        raise GraphError(msg)
    matrix, element = numpy_helper.to_array(tensor), datatype(tensor.doc_string)
    if matrix.shape[0] % feed.simd or matrix.shape[1] % feed.pe:
        msg = f"layer {feed.layer!r}: PE {feed.pe} and SIMD {feed.simd} do not divide its weights of {matrix.shape!r}; plan again"
        raise NetworkError(msg)
    content = pack(weight_beats(matrix, feed.pe, feed.simd), element)
    if len(content) != feed.payload_bytes:
        msg = (
            f"layer {feed.layer!r}: its weights of {matrix.shape!r} {element.name} are {len(content)} bytes in beats of "
            f"{feed.pe} × {feed.simd}, the plan says {feed.payload_bytes}; plan again"
        )
        raise NetworkError(msg)
    return content


def pack(beats: "NDArray[Any]", element: DataType) -> bytes:
    """Return beats (a row each) as FINN packs them: element 0 in the lowest bits, each beat padded to whole bytes."""
    import numpy as np

    codes = beats > 0 if element.name == "BIPOLAR" else beats
    words = np.ascontiguousarray(codes, dtype="<i4").view(np.uint8).reshape(*beats.shape, 4)
    bits = np.unpackbits(words, axis=-1, bitorder="little", count=element.bits)
    return np.packbits(bits.reshape(len(beats), -1), axis=1, bitorder="little").tobytes()
