# SPDX-License-Identifier: Apache-2.0
"""Summaries of manifests for people: a few lines each, the figures first."""

from functools import singledispatch

from levada.core.manifests import (
    Build,
    BuiltCard,
    Dataflow,
    Deployment,
    Images,
    Manifest,
    Model,
    Plan,
    Run,
)
from levada.core.resources import NAMES
from levada.core.show_plan import plan_lines
from levada.core.show_run import run_lines
from levada.core.show_words import count, some


@singledispatch
def lines(manifest: Manifest) -> list[str]:
    """Return the summary of a manifest, one string a line."""
    return [f"a {type(manifest).__name__}"]


@lines.register
def _model(manifest: Model) -> list[str]:
    bits = manifest.bits
    scores = [
        f"  {score.metric} on {score.dataset}:{score.split} = {score.value:.2%} ({score.samples} images)"
        for score in manifest.scores
    ]
    head = f"model {manifest.name} W{bits.weights}A{bits.activations} (first {bits.first} bit, last {bits.last} bit, residual {bits.residual} bit)"
    return [head, *scores]


@lines.register
def _images(manifest: Images) -> list[str]:
    return [
        f"images {manifest.dataset}:{manifest.split}: {manifest.count} of {_shape(manifest.tensor.shape)} {manifest.tensor.datatype}"
    ]


@lines.register
def _dataflow(manifest: Dataflow) -> list[str]:
    foldings = sum(len(layer.foldings) for layer in manifest.layers)
    cuttable = sum(stream.cuttable for stream in manifest.streams)
    flipped, elements = sum(flip.flipped for flip in manifest.flips), sum(flip.elements for flip in manifest.flips)
    rate = f"{flipped / elements:.2e}" if elements else "not compared"
    return [
        f"dataflow {manifest.name} for {manifest.board}: {len(manifest.layers)} layers, {foldings} foldings, "
        f"{len(manifest.streams)} streams ({cuttable} can be cut)",
        f"  flip rate QONNX to streamlined: {rate} ({flipped} of {elements} integers)",
        f"  golden images: {manifest.golden_count}, the emulation graph bit-equal to FINN's execution on each of them",
    ]


@lines.register
def _deployment(manifest: Deployment) -> list[str]:
    verdict = manifest.verdict
    held = sum(check.passed for check in verdict.checks)
    flow = (
        f"{manifest.flow.mode} flow, {manifest.flow.credits} credits per hop" if manifest.hops else "no network needed"
    )
    cards = ", ".join(
        f"card {card.index} {card.name} ({card.driver}, {some(len(card.parts), 'part')})" for card in manifest.cards
    )
    return [
        f"deployment {manifest.name} on {manifest.cluster}: {flow}",
        f"  {cards}",
        *_feeds(manifest),
        f"  checker {verdict.checker}: {held} of {len(verdict.checks)} rules hold",
    ]


@lines.register
def _build(manifest: Build) -> list[str]:
    rows = []
    for card in manifest.cards:
        pairs = ", ".join(
            f"{name} {count(card.estimated.get(name))} (planned {count(card.planned.get(name))})" for name in NAMES
        )
        parts = f"{some(card.converters, 'width converter')}, {some(card.fifos, 'FIFO')}"
        rows += [f"  card {card.card}: {parts}; {pairs}", f"    FINN's own figures: {_raw(card)}"]
    head = f"build {manifest.name} up to {manifest.reached}, by {manifest.tool}; counts without shell and network"
    return [head, *rows, *_RAW_NOTE]


_RAW_NOTE = (
    "  FINN's own figures: what it says of the same graph, unaltered; in brackets as a part of the estimate. It gives no FF, and 0 LUT",
    "  for RTL matrix-vector units, weight streamers, paddings, duplications, additions, pools and label selection, whatever their size.",
)


def _raw(card: BuiltCard) -> str:
    pairs = [(name, card.finn.get(name), card.estimated.get(name)) for name in NAMES]
    return ", ".join(
        f"{name} {count(finn)}" + (f" ({finn / ours:.2f})" if finn is not None and ours else "")
        for name, finn, ours in pairs
    )


def _feeds(deployment: Deployment) -> list[str]:
    return [
        f"  card {card.index}: {feed.unit} streams the weights of {feed.layer} from the host, {feed.inference_bytes} bytes per image"
        for card in deployment.cards
        for feed in card.weights
    ]


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


lines.register(Plan)(plan_lines)
lines.register(Run)(run_lines)
