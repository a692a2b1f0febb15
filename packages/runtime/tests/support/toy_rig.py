# SPDX-License-Identifier: Apache-2.0
"""A small network with a skip stream as an emulation graph, cut over 1 to 3 cards, with its golden record, on disk.

::

    input ─► A ─► B ─► C ─► D ─► output
             └──────────────┘
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from levada_toynet import packetisation, wire_bytes
from onnx import TensorProto, helper, numpy_helper, save_model

from levada.core import testing
from levada.core.artefact import Artefact, encode, save
from levada.core.clusters import digest_of
from levada.core.datatypes import datatype
from levada.core.manifests import (
    ArpEntry,
    CardDeployment,
    Dataflow,
    Deployment,
    Fifo,
    FlowControl,
    Hop,
    LinkSpec,
    NetworkPort,
    Part,
    Performance,
    PlannedStream,
    RegisterWrite,
    Tensor,
    Verdict,
    WeightFeed,
)
from levada.runtime.packing import Layout, canonical

SHAPE = (2, 4)
STREAMS = (
    ("input->A", None, "A", "x", SHAPE, "UINT8", 4),
    ("A->B", "A", "B", "s", SHAPE, "UINT4", 2),
    ("A->D", "A", "D", "skip", SHAPE, "INT5", 4),
    ("B->C", "B", "C", "t", SHAPE, "UINT6", 1),
    ("C->D", "C", "D", "u", SHAPE, "UINT7", 2),
    ("D->output", "D", None, "y", (2,), "UINT4", 1),
)
WEIGHTS = np.array([[1, 2, 0, -1], [0, 3, 1, 2], [-2, 1, 4, 0], [5, 0, -3, 1]], np.int8)
"""Four inputs × four outputs of layer D, INT4."""
BEATS = "01325e01102fd410"
"""The same as a DMA streams them to two PEs of two SIMD lanes, in hex."""
INPUT = Tensor(name="x", shape=SHAPE, datatype="UINT8", layout="NHWC")
OUTPUT = Tensor(name="y", shape=(2,), datatype="UINT4", layout="NC")
ROUTES = {
    (1, "loop"): ((1, "ABCD"),),
    (1, "chain"): ((1, "ABCD"),),
    (2, "chain"): ((1, "AB"), (2, "CD")),
    (3, "chain"): ((1, "A"), (2, "B"), (3, "CD")),
    (3, "loop"): ((1, "A"), (2, "B"), (3, "C"), (1, "D")),
}


def streams() -> tuple[PlannedStream, ...]:
    return tuple(
        PlannedStream(
            name=name,
            source=source,
            sink=sink,
            tensor=tensor,
            shape=shape,
            datatype=kind,
            element_bits=datatype(kind).bits,
            source_lanes=lanes,
            sink_lanes=lanes,
            beats=int(np.prod(shape)) // lanes,
            fifo=Fifo(depth=2, status="rule"),
        )
        for name, source, sink, tensor, shape, kind, lanes in STREAMS
    )


@cache
def model():
    """Return the emulation graph; every stream is a tensor of it."""
    make, nodes, constants = helper.make_node, [], {}

    def number(value):
        constants.setdefault(f"c{value}", numpy_helper.from_array(np.array(value, np.int32), f"c{value}"))
        return f"c{value}"

    def affine(source, factor, offset, modulus, target, kind, shift=0):
        names = [f"{target}_{step}" for step in range(5)]
        nodes.extend(
            [
                make("Cast", [source], [names[0]], to=TensorProto.INT32),
                make("Mul", [names[0], number(factor)], [names[1]]),
                make("Add", [names[1], number(offset)], [names[2]]),
                make("Mod", [names[2], number(modulus)], [names[3]]),
                make("Sub", [names[3], number(shift)], [names[4]]),
                make("Cast", [names[4]], [target], to=kind),
            ]
        )

    affine("x", 1, 3, 16, "s", TensorProto.UINT8)
    affine("x", 3, 0, 32, "skip", TensorProto.INT8, shift=16)
    affine("s", 5, 1, 64, "t", TensorProto.UINT8)
    affine("t", 7, 2, 128, "u", TensorProto.UINT8)
    nodes.append(make("Cast", ["u"], ["wide_u"], to=TensorProto.INT32))
    nodes.append(make("Cast", ["skip"], ["wide_skip"], to=TensorProto.INT32))
    nodes.append(make("Add", ["wide_u", "wide_skip"], ["joined"]))
    nodes.append(make("Cast", ["D_weights"], ["wide_weights"], to=TensorProto.INT32))
    nodes.append(make("MatMul", ["joined", "wide_weights"], ["weighed"]))
    nodes.append(make("ReduceMax", ["weighed", "last"], ["best"], keepdims=0))
    affine("best", 1, 0, 16, "y", TensorProto.UINT8)
    kept = numpy_helper.from_array(WEIGHTS, "D_weights")
    kept.doc_string = "INT4"
    initialisers = [*constants.values(), numpy_helper.from_array(np.array([2], np.int64), "last"), kept]
    x = helper.make_tensor_value_info("x", TensorProto.UINT8, ["N", *SHAPE])
    y = helper.make_tensor_value_info("y", TensorProto.UINT8, ["N", 2])
    graph = helper.make_graph(nodes, "rig", [x], [y], initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def reference(images: np.ndarray, weights: np.ndarray = WEIGHTS) -> dict[str, np.ndarray]:
    """Return every stream's tensor for these images, computed apart from the graph."""
    x = images.astype(np.int32)
    s, skip = (x + 3) % 16, x * 3 % 32 - 16
    t = (s * 5 + 1) % 64
    u = (t * 7 + 2) % 128
    y = ((u + skip) @ weights.astype(np.int32)).max(axis=2) % 16
    return {"input->A": x, "A->B": s, "A->D": skip, "B->C": t, "C->D": u, "D->output": y}


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), dtype=np.uint8)


def deployment(cards: int = 3, topology: str = "chain", network: str = "toy", **overrides) -> Deployment:
    route = ROUTES[cards, topology]
    hops = _hops(route)
    whole = Deployment(
        name="rig",
        cluster=f"u280x{cards}",
        cluster_digest=digest_of(testing.cluster(cards), cards),
        network=network,
        clock_mhz=200.0,
        cards=tuple(_card(index, route, hops) for index in range(1, cards + 1)),
        hops=hops,
        streams=streams(),
        flow=FlowControl(mode="framed", credits=8, rx_buffer_bytes=4096),
        ingress_card=1,
        egress_card=route[-1][0],
        weight_cards=(),
        performance=Performance(cycles=100, images_per_s=1e6, latency_ms=0.1, limited_by="A"),
        verdict=Verdict(checker="rig", checks=()),
        input=INPUT,
        output=OUTPUT,
        labels=(),
        golden_count=0,
    )
    return msgspec.structs.replace(whole, **overrides)


def fed(manifest: Deployment) -> Deployment:
    """Return a deployment in which a host streams the weights of layer D, which lies last."""
    card = manifest.cards[manifest.egress_card - 1]
    feed = WeightFeed(
        layer="D",
        unit="wdma_0",
        tensor="D_weights",
        payload=f"weights_{card.index}_wdma_0",
        payload_bytes=len(BEATS) // 2,
        readings=3,
        pe=2,
        simd=2,
    )
    cards = list(manifest.cards)
    cards[card.index - 1] = msgspec.structs.replace(card, weights=(feed,))
    return msgspec.structs.replace(manifest, cards=tuple(cards), weight_cards=(card.index,))


def _hops(route: Sequence[tuple[int, str]]) -> tuple[Hop, ...]:
    places = {layer: (number, card) for number, (card, layers) in enumerate(route) for layer in layers}
    hops = []
    for stream in streams():
        ends = places.get(stream.source), places.get(stream.sink)
        if None in ends or ends[0][1] == ends[1][1]:
            continue
        size = Layout.of(stream).stream_bytes
        hops.append(
            Hop(
                stream=stream.name,
                stream_id=len(hops),
                source_card=ends[0][1],
                sink_card=ends[1][1],
                source_port=f"port{ends[0][1]}",
                sink_port=f"port{ends[1][1]}",
                source_socket=len(hops),
                sink_socket=len(hops),
                packetisation=packetisation(size),
                wire_bytes=wire_bytes(size),
            )
        )
    return tuple(hops)


def _card(index: int, route: Sequence[tuple[int, str]], hops: Sequence[Hop]) -> CardDeployment:
    touched = any(index in (hop.source_card, hop.sink_card) for hop in hops)
    return CardDeployment(
        index=index,
        name=f"u280-{index}",
        host=f"fpga{index}",
        board="u280",
        driver="emulated",
        pcie=None,
        parts=tuple(_part(number, layers) for number, (card, layers) in enumerate(route) if card == index),
        ports=(_port(index, len({card for card, _ in route})),) if touched else (),
        link=LinkSpec(units=(), streams=()),
    )


def _part(segment: int, layers: str) -> Part:
    known = streams()
    return Part(
        segment=segment,
        layers=tuple(layers),
        inputs=tuple(s.name for s in known if s.sink in tuple(layers) and s.source not in tuple(layers)),
        outputs=tuple(s.name for s in known if s.source in tuple(layers) and s.sink not in tuple(layers)),
    )


def mac(card: int) -> str:
    return f"02:00:00:00:00:{card:02x}"


def _port(card: int, cards: int) -> NetworkPort:
    return NetworkPort(
        name=f"port{card}",
        card=card,
        ip=f"10.0.0.{card}",
        mac=mac(card),
        gateway="10.0.0.254",
        arp=tuple(ArpEntry(ip=f"10.0.0.{other}", mac=mac(other)) for other in range(1, cards + 1)),
        sockets=(),
        registers=(RegisterWrite(register="enable", value=1),),
    )


def dataflow(tensors: dict[str, np.ndarray]) -> Dataflow:
    """Return the dataflow with the golden digests of these tensors."""
    base = testing.dataflow()
    template = base.streams[0]
    known = tuple(
        msgspec.structs.replace(
            template,
            name=s.name,
            source=s.source,
            sink=s.sink,
            tensor=s.tensor,
            shape=s.shape,
            datatype=s.datatype,
            element_bits=s.element_bits,
            cuttable=True,
            sha256=hashlib.sha256(canonical(tensors[s.name], datatype(s.datatype))).hexdigest(),
        )
        for s in streams()
    )
    return msgspec.structs.replace(base, name="rig", streams=known, input=INPUT, output=OUTPUT)


def digests(tensors: dict[str, np.ndarray]) -> np.ndarray:
    rows = [
        [
            np.frombuffer(hashlib.sha256(canonical(image, datatype(s.datatype))).digest(), np.uint8)
            for image in tensors[s.name]
        ]
        for s in streams()
    ]
    return np.array(rows)


def saved(
    folder: Path, manifest: Deployment | None = None, count: int = 20, beats: str = BEATS
) -> Artefact[Deployment]:
    """Return a deployment on disk with all payloads: graph, golden record over ``count`` images, weights, and dummies."""
    whole = msgspec.structs.replace(manifest or deployment(), golden_count=count)
    source = folder / "payloads"
    source.mkdir(parents=True)
    images = pictures(count)
    tensors = reference(images)
    save_model(model(), source / "emulation_graph.onnx")
    np.save(source / "golden_inputs.npy", images)
    np.save(source / "golden_answers.npy", tensors["D->output"].astype(np.int64))
    np.save(source / "golden_digests.npy", digests(tensors))
    (source / "dataflow.json").write_bytes(encode(dataflow(tensors)))
    for dummy in ("plan.json", "finn_graph.onnx"):
        (source / dummy).write_bytes(b"{}")
    for feed in [feed for card in whole.cards for feed in card.weights]:
        (source / f"{feed.payload}.bin").write_bytes(bytes.fromhex(beats))
    return save(folder / "deployment", whole, {path.stem: path for path in source.iterdir()})
