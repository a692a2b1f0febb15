# SPDX-License-Identifier: Apache-2.0
"""One part of the network at work: aligns its input streams by frame, computes in small batches, keeps what comes out."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from levada.core.errors import DependencyError, GraphError
from levada.core.manifests import Part, PlannedStream
from levada.runtime.drivers.emulated.subgraph import HOW_TO_GET, extract
from levada.runtime.drivers.emulated.weights import Matrix, WeightDma
from levada.runtime.packing import Tensor

BATCH = 8
BATCH_S = 0.5


class Item(Struct, frozen=True):
    """One frame's tensor (canonical type, shape without batch)."""

    frame: int
    tensor: Any


class Session(Protocol):
    """What computes a part: onnxruntime's InferenceSession, or a test's."""

    def run(self, outputs: Sequence[str], feeds: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Return the outputs, batch first."""


def open_model(path: Path) -> Any:
    """Return the emulation graph in a file. Raise DependencyError without onnx, GraphError for no ONNX model."""
    try:
        import onnx
    except ImportError as error:
        raise DependencyError(HOW_TO_GET) from error
    try:
        return onnx.load(path)
    except (OSError, ValueError, onnx.onnx_cpp2py_export.checker.ValidationError) as error:
        msg = f"cannot read the emulation graph {path.name}: {error}"
        raise GraphError(msg) from error
    except Exception as error:
        if type(error).__name__ != "DecodeError":  # protobuf's, which is no dependency of ours
            raise
        msg = f"{path.name} is no ONNX model: {error}"
        raise GraphError(msg) from error


def open_session(
    model: Any, inputs: Sequence[PlannedStream], outputs: Sequence[PlannedStream], weights: Sequence[Matrix] = ()
) -> Session:
    """Return an onnxruntime session, one thread, for the nodes of ``model`` between two sets of streams and ``weights``."""
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(HOW_TO_GET) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    part = extract(model, inputs, outputs, weights).SerializeToString()
    session: Session = onnxruntime.InferenceSession(part, options, providers=["CPUExecutionProvider"])
    return session


class Compute:
    """One part. Its input queues hold frames in rising order; a frame that one input lost is dropped from the others.

    A batch is what takes about :data:`BATCH_S`, so that the cards after it have something to do, and those who watch see it move.
    A part with weights from outside computes frame by frame: they are streamed for each anew.
    """

    def __init__(
        self,
        part: Part,
        streams: Mapping[str, PlannedStream],
        session: Session,
        dmas: Sequence[WeightDma] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start empty."""
        self._tensors = {name: streams[name].tensor for name in (*part.inputs, *part.outputs)}
        self._outputs, self._session, self._dmas, self._clock = part.outputs, session, dmas, clock
        self._batch = 1
        self._inbox: dict[str, deque[Item]] = {name: deque() for name in part.inputs}
        self.outbox: deque[tuple[str, Item]] = deque()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names of the input streams."""
        return tuple(self._inbox)

    def waiting(self, stream: str) -> int:
        """Return how many frames of an input stream are queued."""
        return len(self._inbox[stream])

    def put(self, stream: str, item: Item) -> None:
        """Queue a frame of an input stream."""
        self._inbox[stream].append(item)

    def run(self) -> bool:
        """Compute up to a batch of frames that all inputs have, unless earlier results still wait; say whether any."""
        if self.outbox:
            return False
        self._align()
        count = min(self._batch, *(len(queue) for queue in self._inbox.values()))
        frames = self._common(count)
        if not frames:
            return False
        feeds = {
            self._tensors[name]: np.stack([queue.popleft().tensor for _ in frames])
            for name, queue in self._inbox.items()
        }
        started_s = self._clock()
        feeds |= {dma.matrix.tensor: dma.read() for dma in self._dmas}
        results = self._session.run([self._tensors[name] for name in self._outputs], feeds)
        if not self._dmas:
            self._batch = _batch((self._clock() - started_s) / len(frames))
        for row, frame in enumerate(frames):
            for name, result in zip(self._outputs, results, strict=True):
                self.outbox.append((name, Item(frame, result[row])))
        return True

    def _align(self) -> None:
        """Drop frames that can never be whole: older than the oldest of another input, since streams keep their order."""
        while all(self._inbox.values()):
            newest = max(queue[0].frame for queue in self._inbox.values())
            stale = [queue for queue in self._inbox.values() if queue[0].frame < newest]
            if not stale:
                return
            for queue in stale:
                queue.popleft()

    def _common(self, count: int) -> tuple[int, ...]:
        """Return the leading frames, at most ``count``, that every input has at the same place."""
        frames: list[int] = []
        for place in range(count):
            heads = {queue[place].frame for queue in self._inbox.values()}
            if len(heads) != 1:
                break
            frames += heads
        return tuple(frames)

    @property
    def in_flight(self) -> int:
        """Return how many frames wait here."""
        return max((len(queue) for queue in self._inbox.values()), default=0) + len({i.frame for _, i in self.outbox})


def _batch(frame_s: float) -> int:
    """Return how many frames to compute at once where one takes ``frame_s``."""
    return BATCH if frame_s * BATCH <= BATCH_S else max(int(BATCH_S / frame_s), 1)
