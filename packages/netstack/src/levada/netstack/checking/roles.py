# SPDX-License-Identifier: Apache-2.0
"""Rules on who does what: layers in one place, images in at one card, answers out at one."""

from levada.core.manifests import Deployment
from levada.netstack.checking.finding import Finding, finding, repeated


def every_layer_has_one_place(deployment: Deployment) -> Finding:
    """The two ends of each stream lie in parts of cards, and no layer is in two."""
    layers = [layer for card in deployment.cards for part in card.parts for layer in part.layers]
    ends = {end for stream in deployment.streams for end in (stream.source, stream.sink) if end is not None}
    problems = [f"layer {layer!r} is in two parts" for layer in repeated(layers)]
    problems += [f"layer {layer!r} is in no part" for layer in sorted(ends - set(layers))]
    return finding(problems, f"{len(layers)} layers, each in one part of one card")


def parts_name_their_streams(deployment: Deployment) -> Finding:
    """A part's inputs and outputs are just the streams with one end in it."""
    problems = []
    for card in deployment.cards:
        for part in card.parts:
            mine = set(part.layers)
            inputs = {s.name for s in deployment.streams if s.sink in mine and s.source not in mine}
            outputs = {s.name for s in deployment.streams if s.source in mine and s.sink not in mine}
            wrong = (inputs ^ set(part.inputs)) | (outputs ^ set(part.outputs))
            problems += [
                f"segment {part.segment}: stream {name!r} is in its lists and not in its layers, or reverse"
                for name in sorted(wrong)
            ]
    return finding(problems, "each part lists the streams that enter and leave it")


def ingress_and_egress_are_where_the_streams_end(deployment: Deployment) -> Finding:
    """Images enter at the card of the first layers, answers leave at that of the last."""
    cards = {layer: card.index for card in deployment.cards for part in card.parts for layer in part.layers}
    first = {cards.get(stream.sink or "") for stream in deployment.streams if stream.source is None}
    last = {cards.get(stream.source or "") for stream in deployment.streams if stream.sink is None}
    problems = []
    if first != {deployment.ingress_card}:
        problems.append(f"the ingress is card {deployment.ingress_card}, the input's layers are on {_listed(first)}")
    if last != {deployment.egress_card}:
        problems.append(f"the egress is card {deployment.egress_card}, the output's layers are on {_listed(last)}")
    return finding(
        problems, f"images enter at card {deployment.ingress_card}, answers leave at card {deployment.egress_card}"
    )


def _listed(cards: set[int | None]) -> str:
    return ", ".join(sorted(f"card {card}" for card in cards)) or "no card"
