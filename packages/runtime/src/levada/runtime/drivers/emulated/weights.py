# SPDX-License-Identifier: Apache-2.0
"""Weights that a card's host streams into a layer: the DMA's buffer, read again for every inference, and what becomes of it."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from levada.core.datatypes import DataType, datatype
from levada.core.errors import GraphError, PayloadError, RunFault
from levada.core.interfaces import WeightsRead
from levada.core.manifests import WeightFeed
from levada.runtime.packing import Layout, Tensor, unpack


class Matrix(Struct, frozen=True):
    """What a layer expects of a stream of weights: the tensor that they stand in for, inputs × outputs, and their data type."""

    tensor: str
    inputs: int
    outputs: int
    element: DataType

    @classmethod
    def of(cls, graph: Any, feed: WeightFeed) -> "Matrix":
        """Return what the emulation graph says of the weights. Raise GraphError where it does not keep them under their name."""
        kept = next((tensor for tensor in graph.initializer if tensor.name == feed.tensor), None)
        if kept is None or len(kept.dims) != 2 or not kept.doc_string:
            msg = f"the emulation graph keeps no weights {feed.tensor!r} of layer {feed.layer!r} with their data type; compile again"
            raise GraphError(msg)
        return cls(feed.tensor, kept.dims[0], kept.dims[1], datatype(kept.doc_string))

    def from_stream(self, content: bytes, feed: WeightFeed) -> Tensor:
        """Return the weights that a reading of the buffer brought: each beat holds SIMD inputs for each of PE outputs."""
        rows, columns = self.outputs // feed.pe, self.inputs // feed.simd
        layout = Layout((rows, columns, feed.pe * feed.simd), self.element, feed.pe * feed.simd)
        beats = unpack(content, layout).reshape(rows, columns, feed.pe, feed.simd)
        return beats.transpose(1, 3, 0, 2).reshape(self.inputs, self.outputs)


class WeightDma:
    """The DMA of one layer: idle until started, then it reads its buffer once for every inference, and counts."""

    def __init__(self, feed: WeightFeed, matrix: Matrix, buffer: Path) -> None:
        """Know where the payload lies that the host writes to the buffer when the DMA starts."""
        self._feed, self._matrix, self._path = feed, matrix, buffer
        self._buffer: bytes | None = None
        self._inferences = 0

    @property
    def layer(self) -> str:
        """Return the layer whose weights these are."""
        return self._feed.layer

    @property
    def matrix(self) -> Matrix:
        """Return what the layer expects."""
        return self._matrix

    def start(self) -> None:
        """Fill the buffer. Raise PayloadError where the payload is missing, or is not the size that was planned."""
        try:
            content = self._path.read_bytes()
        except OSError as error:
            msg = f"the weights of layer {self.layer!r} are not here: {error}"
            raise PayloadError(msg) from None
        if len(content) != self._feed.payload_bytes:
            msg = (
                f"the weights of layer {self.layer!r} are {len(content)} bytes, {self._feed.unit} was planned to read "
                f"{self._feed.payload_bytes}; make the deployment again"
            )
            raise PayloadError(msg)
        self._buffer = content

    def read(self) -> Tensor:
        """Return the weights as they came for one more inference. Raise RunFault where the DMA was not started."""
        if self._buffer is None:
            msg = f"layer {self.layer!r} waits for its weights: {self._feed.unit} was not started"
            raise RunFault(msg)
        self._inferences += 1
        return self._matrix.from_stream(self._buffer, self._feed)

    @property
    def total(self) -> WeightsRead:
        """Return what was streamed so far."""
        read = self._inferences * self._feed.inference_bytes
        return WeightsRead(layer=self.layer, inferences=self._inferences, bytes_read=read)
