# SPDX-License-Identifier: Apache-2.0
"""From a Model to a Dataflow: run the passes, prove the emulation graph, and write down what came out."""

import io
from math import prod
from typing import Any

import msgspec
import numpy as np

from levada.compile import adapt, extraction, golden, passes, pipeline
from levada.compile._finn import ModelWrapper
from levada.compile.agreement import agree
from levada.compile.emulation.network import emulation_graph
from levada.compile.fifo_files import FifoWish, deepen
from levada.compile.flips import enough, flip_rates
from levada.compile.reading import read_graph, read_images
from levada.core.artefact import Artefact
from levada.core.boards import Board
from levada.core.errors import GraphError
from levada.core.manifests import Dataflow, FlipRate, Model, Stream, Tensor
from levada.core.progress import Progress
from levada.core.stages import Work


class Graphs(msgspec.Struct, frozen=True):
    """The network as the passes leave it: as QONNX, as streamlined integers, as hardware layers."""

    qonnx: Any
    integer: Any
    hardware: Any


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a compilation: ``flip_images`` of the golden images are compared with QONNX, enough of them if None."""

    board: Board
    top_k: int
    fifos: FifoWish
    flip_images: int | None


def compile_model(model: Artefact[Model], asked: Asked, work: Work) -> Dataflow:
    """Return the dataflow of ``model`` as ``asked``; its payloads go to ``work``. Call it inside a FINN session."""
    manifest = model.manifest
    images = read_images(model.payload("golden_inputs"), manifest.inputs[0])
    source = read_graph(model.payload("graph"), manifest.inputs[0])
    graphs = transform(source, asked.top_k, work.progress)
    classes = work.registry.layers()
    nodes = adapt.hardware_nodes(graphs.hardware)
    streams = deepen(extraction.streams(nodes, classes), nodes, asked.fifos)
    with work.progress.task("foldings and their costs"):
        layers = agree(extraction.layers(nodes, classes, asked.board), streams)
    with work.progress.task("writing the emulation graph"):
        emulation = emulation_graph(manifest.name, nodes, adapt.constants(graphs.hardware), classes)
    proof = golden.prove(graphs.hardware, emulation, images, streams, work.progress)
    compared = enough(graphs.integer, images) if asked.flip_images is None else asked.flip_images
    flips = flip_rates(graphs.qonnx, graphs.integer, images[:compared], work.progress)
    _keep(work, model, graphs.hardware, emulation, proof)
    work.progress.say(_summary(layers, streams, flips, len(images)))
    return Dataflow(
        name=manifest.name,
        board=asked.board.name,
        part=asked.board.part,
        layers=layers,
        streams=tuple(msgspec.structs.replace(each, sha256=proof.sha256.get(each.name)) for each in streams),
        input=_end(streams, "input"),
        output=_end(streams, "output"),
        labels=manifest.labels,
        scores=manifest.scores,
        flips=flips,
        golden_count=len(images),
    )


def transform(source: ModelWrapper, top_k: int, progress: Progress) -> Graphs:
    """Run every pass on a QONNX graph and keep its three forms."""
    passes.check_order(pipeline.whole(top_k))
    qonnx = passes.run(pipeline.READ, source, progress, "reading QONNX")
    integer = passes.run(pipeline.to_integer(top_k), qonnx, progress, "streamlining to integers")
    hardware = passes.run(pipeline.TO_HARDWARE, integer, progress, "inferring hardware layers")
    return Graphs(qonnx, integer, hardware)


def _end(streams: tuple[Stream, ...], end: str) -> Tensor:
    found = [each for each in streams if (each.source if end == "input" else each.sink) is None]
    if len(found) != 1:
        msg = f"expected a dataflow of one {end}, got {len(found)}: {[each.name for each in found]!r}"
        raise GraphError(msg)
    (stream,) = found
    layout = "NHWC" if len(stream.shape) == 3 else "NC"
    return Tensor(name=stream.tensor, shape=stream.shape, datatype=stream.datatype, layout=layout)


def _keep(work: Work, model: Artefact[Model], hardware: ModelWrapper, emulation: Any, proof: golden.Golden) -> None:
    work.add_bytes("finn_graph", "finn_graph.onnx", hardware.model.SerializeToString(deterministic=True))
    work.add_bytes("emulation_graph", "emulation_graph.onnx", emulation.SerializeToString(deterministic=True))
    work.carry(model, "golden_inputs", *(name for name in ("golden_labels",) if name in model.manifest.files))
    work.add_bytes("golden_answers", "golden_answers.npy", _npy(proof.answers))
    work.add_bytes("golden_digests", "golden_digests.npy", _npy(proof.digests))


def _npy(array: Any) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def _summary(layers: tuple[Any, ...], streams: tuple[Stream, ...], flips: tuple[FlipRate, ...], images: int) -> str:
    values = sum(prod(each.shape) for each in streams if each.cuttable) * images
    flipped, elements = sum(flip.flipped for flip in flips), sum(flip.elements for flip in flips)
    return (
        f"{len(layers)} layers, {len(streams)} streams; emulation equals FINN's execution in {values} values "
        f"of {images} images; {flipped} of {elements} integers flipped since QONNX"
    )
