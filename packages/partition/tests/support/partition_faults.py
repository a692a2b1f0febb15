# SPDX-License-Identifier: Apache-2.0
"""Ways to corrupt a sound plan, each with the rule that it breaks; a way returns None for a plan that it cannot corrupt."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from levada.core.manifests import Anchor, Copies, LayerAnchor, Outlook, Plan, Scaling, Segment
from levada.core.resources import Fractions, Resources

replace = msgspec.structs.replace


class Fault(NamedTuple):
    """What is corrupted, the rule that notices it, and how it is done."""

    name: str
    rule: str
    corrupt: Callable[[Plan], Plan | None]


LAYERS, STREAMS, CUTS = (
    "every layer is placed once",
    "streams and beats are the dataflow's",
    "cuts are complete and their bytes right",
)
BUILT, ASKED, ROUTE = (
    "foldings and stores are the layers' own",
    "weight streams and unknown costs are as asked",
    "the route is the topology's",
)
PLACES, ANCHORS = "places lie on the route", "input, output and external weights lie where the route says"
CARDS, BOARDS, LIMITS = (
    "every card is the cluster's and holds a layer",
    "capacity and overhead are the boards'",
    "every limit is kept",
)
WISHED = "anchored layers lie where asked"
RATE, PROOF, CLUSTER = "rate and bottleneck are right", "the proof speaks of this plan", "the cluster is the plan's"

OUTLOOK = "the outlook does not contradict the plan"


def _layer(plan, wanted, **fields):
    """Return the plan with the first layer that is ``wanted`` changed; None where there is none."""
    found = next((layer for layer in plan.layers if wanted(layer)), None)
    if found is None:
        return None
    changed = {name: value(found) if callable(value) else value for name, value in fields.items()}
    return replace(plan, layers=tuple(replace(each, **changed) if each is found else each for each in plan.layers))


def _layers(plan, wanted, **fields):
    """Return the plan with every layer that is ``wanted`` changed, all on the card that answers leave."""
    last = plan.route.segments[plan.route.egress].card
    return replace(
        plan, layers=tuple(replace(each, card=last, **fields) if wanted(each) else each for each in plan.layers)
    )


def _stream(plan, wanted, **fields):
    found = next((stream for stream in plan.streams if wanted(stream)), None)
    if found is None:
        return None
    return replace(plan, streams=tuple(replace(each, **fields) if each is found else each for each in plan.streams))


def _cut(plan, **fields):
    if not plan.cuts:
        return None
    changed = {name: value(plan.cuts[0]) for name, value in fields.items()}
    return replace(plan, cuts=(replace(plan.cuts[0], **changed), *plan.cuts[1:]))


def _card(plan, **fields):
    changed = {name: value(plan.cards[-1]) for name, value in fields.items()}
    return replace(plan, cards=(*plan.cards[:-1], replace(plan.cards[-1], **changed)))


def _rows(plan, wanted, **fields):
    rows = [
        replace(row, **{n: value(row) for n, value in fields.items()}) if wanted(row) else row
        for row in plan.utilisation
    ]
    return replace(plan, utilisation=tuple(rows))


def _objective(plan, name, **fields):
    goals = plan.proof.objectives
    if all(goal.name != name for goal in goals):
        return None
    changed = [replace(g, **{n: value(g) for n, value in fields.items()}) if g.name == name else g for g in goals]
    return replace(plan, proof=replace(plan.proof, objectives=tuple(changed)))


def _speed(plan, **fields):
    return replace(plan, performance=replace(plan.performance, **fields))


def _way(plan, **fields):
    return replace(plan, route=replace(plan.route, **fields))


def _moved(plan, role):
    """Return the plan with the layer that meets the outside in another segment, card and SLR to match."""
    streams = [s for s in plan.streams if (s.source if role == "input" else s.sink) is None]
    name = streams[0].sink if role == "input" else streams[0].source
    segments = plan.route.segments
    other = (plan.route.ingress + 1) if role == "input" else plan.route.egress - 1
    if not 0 <= other < len(segments):
        return None
    return _layer(
        plan, lambda each: each.name == name, segment=other, card=segments[other].card, slr=segments[other].slrs[0]
    )


def _wished(plan, **fields):
    """Return the plan with a wish for where its first layer lies."""
    first = plan.layers[0]
    wish = LayerAnchor(**{"layer": first.name, **{name: value(first) for name, value in fields.items()}})
    return replace(plan, asked=replace(plan.asked, anchors=(wish,)))


def _swapped_slr(plan):
    """Return the plan with a layer in another SLR of its card, all else as it was."""
    return _layer(plan, lambda _: True, slr=lambda layer: 1 - layer.slr)


def _backwards(plan):
    """Return the plan with the ends of a cut on each other's cards."""
    if not plan.cuts:
        return None
    stream = next(s for s in plan.streams if s.name == plan.cuts[0].stream)
    ends = {layer.name: layer for layer in plan.layers if layer.name in (stream.source, stream.sink)}
    other = {stream.source: ends[stream.sink], stream.sink: ends[stream.source]}
    layers = (
        replace(each, segment=other[each.name].segment, card=other[each.name].card, slr=other[each.name].slr)
        if each.name in other
        else each
        for each in plan.layers
    )
    return replace(plan, layers=tuple(layers))


def _torn(plan, stream_name="d->e"):
    """Return the plan with a stream that cannot be cut running from one segment to the next."""
    source, sink = stream_name.split("->")
    segment = next(each.segment for each in plan.layers if each.name == source)
    if segment + 1 >= len(plan.route.segments):
        return None
    there = plan.route.segments[segment + 1]
    return _layer(plan, lambda each: each.name == sink, segment=segment + 1, card=there.card, slr=there.slrs[0])


def _weighty(layer):
    return layer.folding.weights is not None


def _more(resources, name="lut", by=1):
    return replace(resources, **{name: resources.get(name) + by})


def _charged(stream):
    return stream.resources != Resources()


def _networked(plan):
    return len(plan.cards) > 1


def _following(plan, **fields):
    sound = Scaling(cards=len(plan.cards) + 1, images_per_s=1.0, at_most=2.0)
    return replace(plan, outlook=Outlook(limited="its room", next_card=replace(sound, **fields)))


def _copied(plan, factor=1.0, *, reason="", **fields):
    """Return the plan with copies that reach ``factor`` times its rate; None where it has no cards for them."""
    rate = plan.performance.images_per_s * factor
    sound = Copies(copies=2, cards=1, images_per_s=rate, at_most=rate, better=factor >= 1)
    told = Outlook(limited="its room", copies=replace(sound, **fields), no_copies=reason)
    return replace(plan, outlook=told) if _networked(plan) else None


FAULTS = [
    Fault("a layer is missing", LAYERS, lambda p: replace(p, layers=p.layers[1:])),
    Fault("a layer is placed twice", LAYERS, lambda p: replace(p, layers=(*p.layers, p.layers[0]))),
    Fault("a layer of another network", LAYERS, lambda p: _layer(p, lambda _: True, name="z")),
    Fault("a layer is renamed", LAYERS, lambda p: _layer(p, lambda _: True, op="Other")),
    Fault("a layer on another card than its segment's", PLACES, lambda p: _layer(p, lambda _: True, card=lambda x: x.card + 1)),
    Fault("a layer in an SLR that there is not", PLACES, lambda p: _layer(p, lambda _: True, slr=7)),
    Fault("a layer in a segment that there is not", PLACES, lambda p: _layer(p, lambda _: True, segment=9)),
    Fault("a layer in another SLR of its card", LIMITS, _swapped_slr),
    Fault("a stream runs backwards", "streams run forward", _backwards),
    Fault("a stream that cannot be cut is", "parts are joined by streams that can be cut", _torn),
    Fault("the input lies elsewhere", ANCHORS, lambda p: _moved(p, "input")),
    Fault("the output lies elsewhere", ANCHORS, lambda p: _moved(p, "output")),
    Fault("an anchor is broken", ANCHORS, lambda p: _way(p, anchors=(*p.route.anchors, Anchor(role="output", segment=p.route.egress + 1)))),
    Fault("an anchor is dropped", ROUTE, lambda p: _way(p, anchors=p.route.anchors[1:])),
    Fault("the route visits a card less", ROUTE, lambda p: _way(p, segments=p.route.segments[:-1])),
    Fault("the route visits an SLR more", ROUTE, lambda p: _way(p, segments=(Segment(card=1, slrs=(0, 1, 0, 1)), *p.route.segments[1:]))),
    Fault("the route ends elsewhere", ROUTE, lambda p: _way(p, egress=p.route.egress + 1)),
    Fault("the route is of another topology", ROUTE, lambda p: _way(p, topology="ring")),
    Fault("a foreign folding", BUILT, lambda p: _layer(p, lambda _: True, folding=lambda x: replace(x.folding, pe=3))),
    Fault("cycles of a folding are edited", BUILT, lambda p: _layer(p, lambda _: True, folding=lambda x: replace(x.folding, cycles=1))),
    Fault("resources of a layer are edited", BUILT, lambda p: _layer(p, lambda _: True, resources=lambda x: _more(x.resources, by=-1))),
    Fault("resources of a layer are forgotten", BUILT, lambda p: _layer(p, lambda _: True, resources=Resources(lut=None))),
    Fault("a store that costs something else", BUILT, lambda p: _layer(p, _weighty, store=lambda x: "uram" if x.store == "bram" else "bram")),
    Fault("a store that nobody knows", BUILT, lambda p: _layer(p, _weighty, store="tape")),
    Fault("weights in no store", BUILT, lambda p: _layer(p, _weighty, store="none")),
    Fault("external bytes are edited", BUILT, lambda p: _layer(p, lambda x: x.external_bytes, external_bytes=1)),
    Fault("external bytes are made up", BUILT, lambda p: _layer(p, _weighty, external_bytes=99)),
    Fault("weight words wider than asked", ASKED, lambda p: replace(p, asked=replace(p.asked, weight_stream_bits=35))),
    Fault("fewer streams per cut were asked for", "cuts have no more streams than asked", lambda p: replace(p, asked=replace(p.asked, streams_per_cut=0)) if p.cuts else None),
    Fault("a layer was to lie on another card", WISHED, lambda p: _wished(p, card=lambda x: x.card + 1)),
    Fault("a layer was to lie in another SLR", WISHED, lambda p: _wished(p, card=lambda x: x.card, slr=lambda x: 1 - x.slr)),
    Fault("a layer that was to lie somewhere is not there", WISHED, lambda p: _wished(p, layer=lambda _: "z", card=lambda x: x.card)),
    Fault("an anchored layer lies in another SLR", WISHED, lambda p: _swapped_slr(_wished(p, card=lambda x: x.card, slr=lambda x: x.slr))),
    Fault("an anchored input lies on another card", WISHED, lambda p: _moved(_wished(p, card=lambda x: x.card), "input")),
    Fault("a layer of an SLR is not counted there", LIMITS, lambda p: _rows(p, lambda row: row.slr is not None, used=lambda row: _more(row.used, by=-1))),
    Fault("use of a card is edited", LIMITS, lambda p: _rows(p, lambda row: row.slr is None, used=lambda row: _more(row.used, by=-1))),
    Fault("capacity of a row is inflated", LIMITS, lambda p: _rows(p, lambda row: row.slr is None, capacity=lambda row: _more(row.capacity))),
    Fault("capacity is inflated everywhere", BOARDS, lambda p: _card(_rows(p, lambda row: row.card == len(p.cards), capacity=lambda row: _more(row.capacity, by=1 if row.slr is not None else 2)), capacity=lambda c: tuple(_more(each) for each in c.capacity))),
    Fault("overhead is dropped", BOARDS, lambda p: _card(p, overhead=lambda c: tuple(Resources() for _ in c.overhead))),
    Fault("overhead lies in another SLR", BOARDS, lambda p: _card(p, overhead=lambda c: c.overhead[::-1])),
    Fault("capacity on another basis", BOARDS, lambda p: replace(p, basis="device")),
    Fault("a limit is exceeded by a card", LIMITS, lambda p: _rows(replace(p, limits=Fractions(lut=0.01)), lambda row: row.slr is None, limit=lambda _: Fractions(lut=0.01))),
    Fault("a limit is exceeded by an SLR", LIMITS, lambda p: _rows(replace(p, asked=replace(p.asked, slr_limits=Fractions(lut=0.01))), lambda row: row.slr is not None, limit=lambda _: Fractions(lut=0.01))),
    Fault("an SLR has a limit of its own", LIMITS, lambda p: _rows(p, lambda row: row.slr == 0, limit=lambda _: Fractions(lut=0.99))),
    Fault("a row of utilisation is missing", LIMITS, lambda p: replace(p, utilisation=p.utilisation[1:])),
    Fault("a card is empty", CARDS, lambda p: replace(p, cards=(*p.cards, replace(p.cards[-1], index=len(p.cards) + 1)))),
    Fault("a card of another name", CARDS, lambda p: _card(p, name=lambda _: "other")),
    Fault("a card in another host", CARDS, lambda p: _card(p, host=lambda _: "other")),
    Fault("cards out of order", CARDS, lambda p: replace(p, cards=p.cards[::-1]) if _networked(p) else None),
    Fault("another cluster", CLUSTER, lambda p: replace(p, cluster="other")),
    Fault("the digest of another cluster", CLUSTER, lambda p: replace(p, cluster_digest="0" * 64)),
    Fault("another network", CLUSTER, lambda p: replace(p, network="other")),
    Fault("a stream is missing", STREAMS, lambda p: replace(p, streams=p.streams[1:])),
    Fault("a converter is dropped", STREAMS, lambda p: _stream(p, _charged, resources=Resources())),
    Fault("a FIFO is edited", STREAMS, lambda p: _stream(p, _charged, fifo=replace(p.streams[0].fifo, depth=3))),
    Fault("lanes are edited", STREAMS, lambda p: _stream(p, lambda s: s.source and s.sink, source_lanes=99)),
    Fault("rigid lanes differ", STREAMS, lambda p: _layer(p, lambda x: x.name == "e", folding=lambda x: replace(x.folding, pe=x.folding.pe * 2))),
    Fault("beats are edited", STREAMS, lambda p: _stream(p, lambda _: True, beats=1)),
    Fault("a cut is missing", CUTS, lambda p: replace(p, cuts=p.cuts[1:]) if p.cuts else None),
    Fault("a cut too many", CUTS, lambda p: replace(p, cuts=(*p.cuts, replace(p.cuts[-1], stream="d->e"))) if p.cuts else None),
    Fault("a cut is named twice", CUTS, lambda p: replace(p, cuts=(*p.cuts, p.cuts[0])) if p.cuts else None),
    Fault("cuts out of order", CUTS, lambda p: replace(p, cuts=p.cuts[::-1]) if len({c.source_segment for c in p.cuts}) > 1 else None),
    Fault("a cut joins other cards", CUTS, lambda p: _cut(p, sink_card=lambda c: c.sink_card + 1)),
    Fault("wire bytes are edited", CUTS, lambda p: _cut(p, wire_bytes=lambda c: c.wire_bytes - 1)),
    Fault("packets are edited", CUTS, lambda p: _cut(p, packets=lambda c: c.packets + 1)),
    Fault("the rate of a cut is edited", CUTS, lambda p: _cut(p, gbps=lambda c: c.gbps / 2)),
    Fault("the rate is beyond the memory", "external weights come as fast as the memory delivers", lambda p: _speed(p, images_per_s=p.performance.images_per_s * 100) if any(x.external_bytes for x in p.layers) else None),
    Fault("more layers read from outside than ports are there", "external weights come as fast as the memory delivers", lambda p: _layers(p, lambda x: x.external_bytes or x.folding.weights, external_bytes=1) if any(x.external_bytes for x in p.layers) else None),
    Fault("the rate is edited", RATE, lambda p: _speed(p, images_per_s=p.performance.images_per_s * 1.01)),
    Fault("cycles are edited", RATE, lambda p: _speed(p, cycles=p.performance.cycles - 1)),
    Fault("the clock is edited", RATE, lambda p: replace(p, clock_mhz=p.clock_mhz + 1)),
    Fault("another bottleneck", RATE, lambda p: _speed(p, limited_by="c")),
    Fault("more was asked for", RATE, lambda p: replace(p, asked=replace(p.asked, images_per_s=p.performance.images_per_s * 1.01))),
    Fault("latency is edited", "latency is right", lambda p: _speed(p, latency_ms=p.performance.latency_ms * 0.99)),
    Fault("a bound above its value", PROOF, lambda p: _objective(p, "network_bytes", bound=lambda g: g.value + 1)),
    Fault("a bound that leaves a gap", PROOF, lambda p: _objective(p, "largest_utilisation", bound=lambda g: g.value / 2)),
    Fault("a gap is edited", PROOF, lambda p: replace(p, proof=replace(p.proof, gap=0.25))),
    Fault("the status is edited", PROOF, lambda p: replace(p, proof=replace(p.proof, status="feasible"))),
    Fault("utilisation of the proof is edited", PROOF, lambda p: _objective(p, "largest_utilisation", value=lambda g: g.value - 0.1, bound=lambda g: g.bound - 0.1)),
    Fault("utilisation of the proof is overstated", PROOF, lambda p: _objective(p, "largest_utilisation", value=lambda g: g.value + 0.1, bound=lambda g: g.bound + 0.1)),
    Fault("bytes of the proof are edited", PROOF, lambda p: _objective(p, "network_bytes", value=lambda g: g.value + 1, bound=lambda g: g.bound + 1)),
    Fault("cycles of the proof are edited", PROOF, lambda p: _objective(p, "cycles", value=lambda g: g.value - 1, bound=lambda g: g.bound - 1)),
    Fault("crossings of the proof are edited", "SLR crossings are as many as the proof says", lambda p: _objective(p, "slr_crossings", value=lambda g: g.value + 1, bound=lambda g: g.bound + 1)),
    Fault("an outlook without a limit", OUTLOOK, lambda p: replace(_following(p), outlook=replace(_following(p).outlook, limited=""))),
    Fault("the next card is another one", OUTLOOK, lambda p: _following(p, cards=len(p.cards))),
    Fault("the next card reaches nothing", OUTLOOK, lambda p: _following(p, images_per_s=0.0)),
    Fault("the next card reaches what is impossible", OUTLOOK, lambda p: _following(p, images_per_s=2.1)),
    Fault("a single copy", OUTLOOK, lambda p: _copied(p, copies=1)),
    Fault("copies without room", OUTLOOK, lambda p: _copied(p, copies=len(p.cards) + 1)),
    Fault("copies on no cards", OUTLOOK, lambda p: _copied(p, cards=0)),
    Fault("copies of no rate", OUTLOOK, lambda p: _copied(p, 0.5, images_per_s=0.0)),
    Fault("copies that reach what is impossible", OUTLOOK, lambda p: _copied(p, 2, at_most=1.0)),
    Fault("slower copies called better", OUTLOOK, lambda p: _copied(p, 0.9, better=True)),
    Fault("faster copies called worse", OUTLOOK, lambda p: _copied(p, 1.1, better=False)),
    Fault("copies of which there are none", OUTLOOK, lambda p: _copied(p, reason="since they do not fit")),
    Fault("copies of a plan whose rate was demanded", OUTLOOK, lambda p: _copied(replace(p, asked=replace(p.asked, images_per_s=1.0)))),
    Fault("copies of a plan whose layers are anchored", OUTLOOK, lambda p: _copied(_wished(p, card=lambda x: x.card))),
    Fault("copies on other boards", OUTLOOK, lambda p: _copied(_card(p, board=lambda _: "other"))),
    Fault("other labels", "the network is the dataflow's", lambda p: replace(p, labels=("x",))),
    Fault("a name of another network", "the network is the dataflow's", lambda p: replace(p, name="other")),
]  # fmt: skip
