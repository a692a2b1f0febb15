# SPDX-License-Identifier: Apache-2.0
"""Rules on what a plan promises: rate, bottleneck, latency, and the proof of its objectives."""

from collections.abc import Iterator, Sequence

from levada.core.manifests import Objective, PlacedLayer, Plan
from levada.core.resources import NAMES
from levada.partition.rules.case import SLACK, Case
from levada.partition.rules.memories import waits
from levada.partition.rules.streams import loads


def rate(case: Case) -> Iterator[str]:
    """Find another rate or bottleneck than that of the slowest layer, line or memory, and one under what was asked for."""
    speed, asked = case.plan.performance, case.plan.asked.images_per_s
    slowest = max((layer.folding.cycles for layer in case.plan.layers), default=0)
    if speed.cycles != slowest or not slowest:
        yield f"the slowest layer takes {slowest} cycles, the plan says {speed.cycles}"
        return
    by_layers = case.plan.clock_mhz * 1e6 / slowest
    bytes_each_way = [sum(cut.wire_bytes for cut in cuts) for cuts, _, _ in loads(case.plan)]
    busiest = max(bytes_each_way, default=0)
    by_links = case.ground.network.line_gbps * 1e9 / (8 * busiest) if busiest else by_layers
    by_weights = waits(case)
    by_memory = min(by_weights.values(), default=by_layers)
    least = min(by_layers, by_links, by_memory)
    if abs(speed.images_per_s - least) > SLACK * by_layers:
        yield f"layers allow {by_layers} images/s, links {by_links} and memory {by_memory}, the plan says {speed.images_per_s}"
    full = [cuts for cuts, _, _ in loads(case.plan) if sum(cut.wire_bytes for cut in cuts) == busiest]
    limits = [(by_layers, layer.name) for layer in case.plan.layers if layer.folding.cycles == slowest]
    limits += [(by_links, cut.stream) for cuts in full for cut in cuts]
    limits += [(allowed, name) for name, allowed in by_weights.items()]
    if speed.limited_by not in {name for allowed, name in limits if allowed <= least * (1 + SLACK)}:
        yield f"the rate is said to be limited by {speed.limited_by!r}, which is not the slowest"
    if asked is not None and speed.images_per_s < asked * (1 - SLACK):
        yield f"{asked:g} images/s were asked for, the plan reaches {speed.images_per_s:g}"


def latency(case: Case) -> Iterator[str]:
    """Follow the slowest path again: every layer waits for its whole input, every cut takes its hop and its bytes at line rate."""
    network = case.ground.network
    over = {cut.stream: network.hop_latency_us + cut.wire_bytes * 8 / network.line_gbps / 1e3 for cut in case.plan.cuts}
    ready: dict[str, float] = {}
    for original in case.dataflow.layers:
        layer = case.placed(original.name)
        inputs = [stream for stream in case.dataflow.streams if stream.sink == original.name]
        arrivals = [ready.get(stream.source or "", 0.0) + over.get(stream.name, 0.0) for stream in inputs]
        busy = layer.folding.cycles / case.plan.clock_mhz if layer is not None else 0.0
        ready[original.name] = max(arrivals, default=0.0) + busy
    longest = max(ready.values(), default=0.0) / 1e3
    if abs(longest - case.plan.performance.latency_ms) > SLACK * longest:
        yield f"an image takes up to {longest} ms, the plan says {case.plan.performance.latency_ms}"


def proof(case: Case) -> Iterator[str]:
    """Find values that the plan does not have, bounds above them, and a status or a gap that they do not bear out."""
    mine = case.plan.proof
    for objective in mine.objectives:
        if not objective.bound <= objective.value * (1 + SLACK) + SLACK:
            yield f"objective {objective.name!r} came to {objective.value}, under its bound {objective.bound}"
    yield from _value_faults(case.plan, {objective.name: objective.value for objective in mine.objectives})
    gap = max((_gap(objective) for objective in mine.objectives), default=0.0)
    if mine.objectives and abs(mine.gap - gap) > SLACK:
        yield f"the proof speaks of a gap of {mine.gap}, its bounds leave {gap}"
    if gap > SLACK if mine.status == "optimal" else gap <= 0:
        yield f"the proof is called {mine.status}, its bounds leave a gap of {gap}"


def _value_faults(plan: Plan, values: dict[str, float]) -> Iterator[str]:
    speed = plan.performance
    wire = sum(cut.wire_bytes for cut in plan.cuts)
    if values.get("network_bytes", wire) != wire:
        yield f"the proof speaks of {values['network_bytes']} network bytes, the cuts carry {wire}"
    largest = _largest(plan)
    said = values.get("largest_utilisation", largest)
    if said < largest - SLACK:
        yield f"the proof speaks of a utilisation of {said}, a card has {largest}"
    if plan.proof.status == "optimal" and _known(plan) and said > largest + plan.asked.utilisation_step + SLACK:
        yield f"the proof speaks of a utilisation of {said}, no card has more than {largest}"
    cycles = values.get("cycles", speed.cycles)
    if cycles < speed.cycles or (
        "cycles" in values and cycles - plan.clock_mhz * 1e6 / speed.images_per_s >= 1 + SLACK
    ):
        yield f"the proof speaks of {cycles:g} cycles, the plan of {speed.cycles} and {speed.images_per_s:g} images/s"


def _gap(objective: Objective) -> float:
    return max(0.0, 1 - objective.bound / objective.value) if objective.value else 0.0


def _largest(plan: Plan) -> float:
    shares = [
        (use.used.get(name) or 0) / (use.capacity.get(name) or float("inf"))
        for use in plan.utilisation
        if use.slr is None
        for name in NAMES
    ]
    return max(shares, default=0.0)


def _known(plan: Plan) -> bool:
    return not any(use.used.unknown() or use.capacity.unknown() for use in plan.utilisation if use.slr is None)


def crossings(case: Case) -> Iterator[str]:
    """Count the SLR boundaries on the way of every stream: between its ends, or from each end to the QSFPs, or to the nearest memory."""
    said = [each.value for each in case.plan.proof.objectives if each.name == "slr_crossings"]
    if any(case.board_of(layer) is None for layer in case.plan.layers):
        yield "layers lie on cards of which no board is known"
        return
    crossed = 0
    for stream in case.dataflow.streams:
        source, sink = case.placed(stream.source), case.placed(stream.sink)
        if source is not None and sink is not None and source.card == sink.card:
            crossed += abs(source.slr - sink.slr)
        elif source is not None and sink is not None:
            crossed += sum(_to_network(case, end) for end in (source, sink))
        else:
            crossed += sum(_to_memory(case, end) for end in (source, sink) if end is not None)
    if said and said[0] != crossed:
        yield f"the proof speaks of {said[0]:g} SLR crossings, the streams cross {crossed}"


def _to_network(case: Case, layer: PlacedLayer) -> int:
    board = case.board_of(layer)
    return _way(layer.slr, board.qsfp_slrs[:1] if board else ())


def _to_memory(case: Case, layer: PlacedLayer) -> int:
    board = case.board_of(layer)
    return _way(layer.slr, [memory.slr for memory in board.memories] if board else ())


def _way(slr: int, stops: Sequence[int]) -> int:
    return min((abs(slr - stop) for stop in stops), default=slr)
