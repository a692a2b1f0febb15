# SPDX-License-Identifier: Apache-2.0
"""The golden answers: FINN's own execution of the hardware graph, and the proof that the emulation graph equals it."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from levada.compile._finn import ModelWrapper, execute_onnx
from levada.compile.emulation.network import runner
from levada.core.datatypes import datatype
from levada.core.errors import InternalFault
from levada.core.manifests import Stream
from levada.core.progress import Progress

BATCH = 8


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """What FINN gave: answers (images × k, int64), digests (cuttable streams × images × 32), sha256 per cuttable stream."""

    answers: Any
    digests: Any
    sha256: dict[str, str]


class Pair(msgspec.Struct, frozen=True):
    """One image's values of one stream: as FINN computed them, and as the emulation graph did."""

    stream: Stream
    image: int
    finn: Any
    emulated: Any


def prove(model: ModelWrapper, emulation: Any, images: Any, streams: Sequence[Stream], progress: Progress) -> Golden:
    """Run both graphs on all ``images`` and compare every cuttable stream, value by value.

    Raise InternalFault naming stream, image, index and both values where they differ.
    """
    cuttable = [stream for stream in streams if stream.cuttable]
    digests = np.zeros((len(cuttable), len(images), 32), np.uint8)
    whole = {stream.name: hashlib.sha256() for stream in cuttable}
    answers = []
    with progress.task("FINN's execution and emulation, image by image", total=len(images)) as task:
        for image, pairs in enumerate(_images(model, emulation, images, cuttable)):
            for row, pair in enumerate(pairs):
                content = compare(pair).tobytes()
                digests[row, image] = np.frombuffer(hashlib.sha256(content).digest(), np.uint8)
                whole[pair.stream.name].update(content)
            answers.append(next(pair.finn for pair in pairs if pair.stream.sink is None))
            task.advance()
    sha256 = {name: digest.hexdigest() for name, digest in whole.items()}
    return Golden(answers=np.stack(answers).astype(np.int64), digests=digests, sha256=sha256)


def _images(model: ModelWrapper, emulation: Any, images: Any, streams: Sequence[Stream]) -> Iterator[list[Pair]]:
    run = runner(emulation, [stream.tensor for stream in streams])
    source = model.graph.input[0].name
    for start in range(0, len(images), BATCH):
        emulated = run(images[start : start + BATCH])
        for at, image in enumerate(images[start : start + BATCH]):
            values = execute_onnx(model, {source: image[None].astype(np.float32)}, return_full_exec_context=True)
            yield [Pair(each, start + at, values[each.tensor][0], emulated[each.tensor][at]) for each in streams]


def compare(pair: Pair) -> Any:
    """Return FINN's values in canonical form. Raise InternalFault where they are no values of the stream or not equal."""
    kind, stream = datatype(pair.stream.datatype), pair.stream
    _refuse(pair, (pair.finn < kind.minimum) | (pair.finn > kind.maximum), f"is no {stream.datatype}")
    canonical = np.ascontiguousarray(pair.finn.astype(np.dtype(kind.canonical).newbyteorder("<")))
    _refuse(pair, canonical != pair.finn, "is no integer")
    if pair.emulated.shape != canonical.shape or pair.emulated.dtype != canonical.dtype:
        msg = (
            f"stream {stream.name!r}: FINN's execution gives {canonical.dtype} {canonical.shape!r}, "
            f"the emulation graph {pair.emulated.dtype} {pair.emulated.shape!r}"
        )
        raise InternalFault(msg)
    _refuse(pair, canonical != pair.emulated, "is not what the emulation graph gives")
    return canonical


def _refuse(pair: Pair, wrong: Any, why: str) -> None:
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    emulated = pair.emulated[index].item() if pair.emulated.shape == pair.finn.shape else None
    msg = (
        f"stream {pair.stream.name!r}, image {pair.image}, index {index!r}: FINN's execution gives {pair.finn[index].item()!r}, "
        f"which {why}; the emulation graph gives {emulated!r} ({int(wrong.sum())} of {wrong.size} values so); "
        f"please report this with the model"
    )
    raise InternalFault(msg)
