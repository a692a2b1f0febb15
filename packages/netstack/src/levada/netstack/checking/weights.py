# SPDX-License-Identifier: Apache-2.0
"""Rules on weights that hosts stream: the DMA lies on the card that holds the layer, and leads to it."""

from collections.abc import Iterator

from levada.core.manifests import CardDeployment, Deployment, WeightFeed
from levada.netstack.checking.finding import Finding, finding, repeated

WEIGHT_DMA = "wdma"


def streamed_weights_reach_their_layers(deployment: Deployment) -> Finding:
    """Weights outside have a DMA on their layer's card, joined to the kernel of its segment, and a buffer that holds something."""
    problems = [text for card in deployment.cards for text in (*_units(card), *_feeds(card))]
    payloads = [feed.payload for card in deployment.cards for feed in card.weights]
    problems += [f"payload {name!r} is the buffer of two DMAs" for name in repeated(payloads)]
    with_feeds = tuple(card.index for card in deployment.cards if card.weights)
    if with_feeds != deployment.weight_cards:
        problems.append(f"weights are streamed to cards {with_feeds}, cards {deployment.weight_cards} are named")
    total = sum(feed.payload_bytes * feed.readings for card in deployment.cards for feed in card.weights)
    return finding(problems, f"{total} bytes of weights per inference from hosts, each DMA on the card of its layer")


def _units(card: CardDeployment) -> Iterator[str]:
    """Yield what is wrong between a card's weight DMAs and its list of weights."""
    there = [unit.name for unit in card.link.units if unit.kernel == WEIGHT_DMA]
    fed = [feed.unit for feed in card.weights]
    yield from (f"card {card.name}: {unit} streams no layer's weights" for unit in there if unit not in fed)
    yield from (
        f"card {card.name}: {unit} is to stream weights and is no weight DMA" for unit in fed if unit not in there
    )
    yield from (f"card {card.name}: {unit} streams the weights of two layers" for unit in repeated(fed))
    yield from (
        f"card {card.name}: layer {layer!r} gets two streams of weights"
        for layer in repeated(feed.layer for feed in card.weights)
    )


def _feeds(card: CardDeployment) -> Iterator[str]:
    for feed in card.weights:
        place = f"card {card.name}: {feed.unit}"
        segment = next((part.segment for part in card.parts if feed.layer in part.layers), None)
        sinks = [link.sink for link in card.link.streams if link.source.partition(".")[0] == feed.unit]
        if segment is None:
            yield f"{place} streams the weights of layer {feed.layer!r}, which is not on this card"
        elif not all(sink.startswith(f"segment{segment}_slr") for sink in sinks):
            yield f"{place} leads to {', '.join(sinks)}, its layer {feed.layer!r} lies in segment {segment}"
        yield from _sizes(place, feed)


def _sizes(place: str, feed: WeightFeed) -> Iterator[str]:
    if not feed.payload_bytes or not feed.readings:
        yield f"{place} reads {feed.payload_bytes} bytes {feed.readings} times per inference"
    if feed.pe < 1 or feed.simd < 1:
        yield f"{place} streams beats of {feed.pe} × {feed.simd} elements"
