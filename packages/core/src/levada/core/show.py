# SPDX-License-Identifier: Apache-2.0
"""Summaries of manifests for people: a few lines each, the figures first."""

from functools import singledispatch

from levada.core.manifests import (
    Build,
    BuiltCard,
    Copies,
    Dataflow,
    Deployment,
    HopTraffic,
    Images,
    Manifest,
    Model,
    Plan,
    Run,
    Scaling,
    Utilisation,
    WeightTraffic,
)
from levada.core.resources import NAMES

TABLE_ROWS = 8


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
def _plan(manifest: Plan) -> list[str]:
    speed = manifest.performance
    network = f", network {manifest.network}" if manifest.cuts else ", no network"
    head = f"plan {manifest.name} on {len(manifest.cards)} of {manifest.cluster}, {manifest.route.topology}{network}"
    rate = (
        f"  predicted {speed.images_per_s:.1f} images/s at {manifest.clock_mhz:g} MHz ({speed.cycles} cycles, limited by {speed.limited_by}), "
        f"latency {speed.latency_ms:.3f} ms; {manifest.proof.status} by {manifest.proof.method}, gap {manifest.proof.gap:.2%}"
    )
    fewer = [f"  ruled out: {reason}" for reason in manifest.proof.ruled_out]
    return [head, rate, *fewer, *_outlook(manifest), *_cards(manifest), *_cuts(manifest)]


@lines.register
def _deployment(manifest: Deployment) -> list[str]:
    verdict = manifest.verdict
    held = sum(check.passed for check in verdict.checks)
    flow = (
        f"{manifest.flow.mode} flow, {manifest.flow.credits} credits per hop" if manifest.hops else "no network needed"
    )
    cards = ", ".join(
        f"card {card.index} {card.name} ({card.driver}, {_some(len(card.parts), 'part')})" for card in manifest.cards
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
            f"{name} {_count(card.estimated.get(name))} (planned {_count(card.planned.get(name))})" for name in NAMES
        )
        parts = f"{_some(card.converters, 'width converter')}, {_some(card.fifos, 'FIFO')}"
        rows += [f"  card {card.card}: {parts}; {pairs}", f"    FINN's own figures: {_raw(card)}"]
    head = f"build {manifest.name} up to {manifest.reached}, by {manifest.tool}; counts without shell and network"
    return [head, *rows, *_RAW_NOTE]


@lines.register
def _run(manifest: Run) -> list[str]:
    drivers = ", ".join(f"{agent.host} (pid {agent.pid}: {', '.join(agent.drivers)})" for agent in manifest.agents)
    speed = f"  {manifest.images_per_s:.1f} images/s wall clock{_until(manifest)}, latency p50 {manifest.latency.p50_ms:.1f} ms, p99 {manifest.latency.p99_ms:.1f} ms"
    emulated = any("emulated" in agent.drivers for agent in manifest.agents)
    failures = [f"  image {f.image} failed at {f.place}: {f.reason}" for f in manifest.failures[:TABLE_ROWS]]
    more = len(manifest.failures) - len(failures)
    events = [f"  {event.at_ms:.0f} ms: {event.place}: {event.text}" for event in manifest.events[:TABLE_ROWS]]
    later = len(manifest.events) - len(events)
    return [
        f"run {manifest.name}: {manifest.answered} of {manifest.images} images answered, {len(manifest.failures)} failed",
        f"  compared with FINN's execution: {_against(manifest.mismatches, 'answers')}; {_against(manifest.stream_mismatches, 'cut streams')}{_correct(manifest)}",
        f"  agents: {drivers}",
        speed + (" (emulated: says nothing of a card's rate)" if emulated else ""),
        *_hops(manifest),
        *_weights(manifest),
        *failures,
        *([f"  … and {more} more"] if more else []),
        *events,
        *([f"  … and {_some(later, 'event')} more"] if later else []),
    ]


def _outlook(plan: Plan) -> list[str]:
    """Return what limits the rate, what one card more would buy, and how copies of a shorter pipeline compare."""
    outlook = plan.outlook
    rows = [f"  what limits it: {outlook.limited}"] if outlook.limited else []
    if outlook.next_card is not None:
        rows.append(f"  one card more: {_scaling(outlook.next_card)}")
    if outlook.copies is not None:
        rows.append(f"  {_copies(outlook.copies, plan.performance.images_per_s)}")
    elif outlook.no_copies:
        rows.append(f"  copies of a shorter pipeline: none, {outlook.no_copies}")
    return rows


def _scaling(scaling: Scaling) -> str:
    reached = [] if scaling.images_per_s is None else [f"{scaling.cards} cards would reach {_rate(scaling)}"]
    reason = [scaling.reason] if scaling.reason else []
    return "; ".join([*reached, *_most(scaling), *reason])


def _copies(copies: Copies, rate: float) -> str:
    many = f"{copies.copies} copies on {_some(copies.cards, 'card')} each would reach {_rate(copies)}"
    if not copies.better:
        beaten = "copies" if copies.at_most is not None and copies.at_most < rate else "the copies that were found"
        return "; ".join([f"better than {beaten}: {many}", *_most(copies)])
    than = "more than" if copies.images_per_s > rate else "as much as"
    return f"copies would do: {many}, {than} this pipeline's {rate:.1f}"


def _rate(found: Scaling | Copies) -> str:
    """Return a rate that was found in words; more may be possible where that is not proven to be the most."""
    return f"{'' if _settled(found) else 'at least '}{found.images_per_s:.1f} images/s"


def _settled(found: Scaling | Copies) -> bool:
    return None not in (found.images_per_s, found.at_most) and found.at_most == found.images_per_s


def _most(found: Scaling | Copies) -> list[str]:
    """Return the bound of a rate in words; none where nothing is proven."""
    if found.at_most is None:
        return []
    return [
        "proven to be the most" if _settled(found) else f"more than {found.at_most:.1f} images/s is proven impossible"
    ]


def _cards(plan: Plan) -> list[str]:
    rows = []
    for card in plan.cards:
        layers = sum(layer.card == card.index for layer in plan.layers)
        use = next((use for use in plan.utilisation if use.card == card.index and use.slr is None), None)
        rows.append(
            f"  card {card.index} {card.name} ({card.board}): {_some(layers, 'layer')}; with shell and network "
            f"{_use(use)} of basis {plan.basis!r}"
        )
        rows += _places(plan, card.index)
    return rows


def _places(plan: Plan, card: int) -> list[str]:
    """Return the layers of a card by segment and SLR, both in the order in which data visits them."""
    rows = []
    for number, segment in enumerate(plan.route.segments):
        for slr in dict.fromkeys(segment.slrs if segment.card == card else ()):
            names = [layer.name for layer in plan.layers if (layer.segment, layer.slr) == (number, slr)]
            rows += [f"    segment {number}, SLR {slr}: {', '.join(names)}"] if names else []
    return rows


_RAW_NOTE = (
    "  FINN's own figures: what it says of the same graph, unaltered; in brackets as a part of the estimate. It gives no FF, and 0 LUT",
    "  for RTL matrix-vector units, weight streamers, paddings, duplications, additions, pools and label selection, whatever their size.",
)


def _raw(card: BuiltCard) -> str:
    pairs = [(name, card.finn.get(name), card.estimated.get(name)) for name in NAMES]
    return ", ".join(
        f"{name} {_count(finn)}" + (f" ({finn / ours:.2f})" if finn is not None and ours else "")
        for name, finn, ours in pairs
    )


def _use(use: Utilisation | None) -> str:
    if use is None:
        return "use unknown"
    shares = []
    for name in NAMES:
        used, capacity = use.used.get(name), use.capacity.get(name)
        share = f"{used / capacity:.1%}" if used is not None and capacity else "unknown"
        shares.append(f"{name} {_count(used)} ({share})")
    return ", ".join(shares)


def _cuts(plan: Plan) -> list[str]:
    return [
        f"  cut {cut.stream}: card {cut.source_card} → card {cut.sink_card}, bytes per image: "
        f"payload {cut.payload_bytes}, stream {cut.stream_bytes}, wire {cut.wire_bytes} ({_some(cut.packets, 'packet')}); {cut.gbps:.3g} Gb/s at that rate"
        for cut in plan.cuts
    ]


def _feeds(deployment: Deployment) -> list[str]:
    return [
        f"  card {card.index}: {feed.unit} streams the weights of {feed.layer} from the host, {feed.inference_bytes} bytes per image"
        for card in deployment.cards
        for feed in card.weights
    ]


def _until(run: Run) -> str:
    """Return a word on a rate that a run without failures would not have had."""
    return " over the answered ones of a run with failures" if run.failures else ""


def _hops(run: Run) -> list[str]:
    return [
        f"  hop {hop.stream}: card {hop.source_card} → card {hop.sink_card}, {_crossed(hop, run)}" for hop in run.hops
    ]


def _crossed(hop: HopTraffic, run: Run) -> str:
    if hop.frames is None or hop.packets is None:
        return "counts unknown (nobody told them)"
    planned = (hop.predicted_packets, hop.predicted_stream_bytes, hop.predicted_wire_bytes)
    verdict = _verdict((hop.packets, hop.stream_bytes, hop.wire_bytes) == planned)
    counts = f"{_some(hop.frames, 'frame')}, {_some(hop.packets, 'packet')}, {hop.stream_bytes} stream bytes, {hop.wire_bytes} wire bytes"
    return f"{counts}, {verdict}{_digest(hop, hop.frames < run.images)}"


def _weights(run: Run) -> list[str]:
    return [
        f"  weights of {weights.layer}: host of card {weights.card} → {weights.unit}, {_streamed(weights)}"
        for weights in run.weights
    ]


def _streamed(weights: WeightTraffic) -> str:
    if weights.inferences is None:
        return "bytes unknown (nobody told them)"
    times = _some(weights.inferences, "inference")
    return f"{weights.bytes_read} bytes for {times}, {_verdict(weights.bytes_read == weights.predicted_bytes)}"


def _verdict(equal: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "as planned" if equal else "NOT as planned"


def _digest(hop: HopTraffic, incomplete: bool) -> str:  # noqa: FBT001 - asked once
    if hop.golden_sha256 is None:
        return ""
    if hop.sha256 is None or incomplete:
        return ", sha256 not compared (incomplete)" if hop.sha256 else ", sha256 unknown"
    return ", sha256 golden" if hop.sha256 == hop.golden_sha256 else ", sha256 NOT golden"


def _against(mismatches: int | None, what: str) -> str:
    return (
        f"{what} not compared (no golden ones for these images)"
        if mismatches is None
        else f"{mismatches} mismatches in {what}"
    )


def _correct(run: Run) -> str:
    return (
        ""
        if run.correct is None or not run.images
        else f"; {run.correct} of {run.images} right ({run.correct / run.images:.2%})"
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _count(count: int | None) -> str:
    return "unknown" if count is None else str(count)
