# SPDX-License-Identifier: Apache-2.0
"""Holds a partitioner's answer to a small question against all answers that there are, and shrinks a question on which they differ."""

import msgspec
from partition_reference import Reference
from partition_toys import network

from levada.core.errors import InfeasibleError, UndecidedError
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import judge
from levada.partition.planning import Planned
from levada.partition.stage import ground_of


def disagreement(question, cards, partitioner=Ilp):
    """Return in what the partitioner and the enumeration differ, or the judge with both; an empty text where in nothing."""
    request = question.request(cards)
    reference = Reference(request)
    best = reference.optimum()
    try:
        placement = partitioner().place(request)
    except InfeasibleError as error:
        return "" if best is None else f"refused ({error}), but {best} can be had"
    if reference.worth(placement) != best:
        return f"found {reference.worth(placement)}, but {best} is the best"
    return _unproven(placement.proof, best, request.max_cycles) or _refused(question, request, placement)


def unbounded(question, cards):
    """Return what is wrong with the bounds of an answer that need not be the best: beaten by what can be had, or a refusal of that."""
    request = question.request(cards)
    reference = Reference(request)
    best = reference.optimum()
    try:
        placement = Ilp().place(request)
    except UndecidedError:
        return ""
    except InfeasibleError as error:
        return "" if best is None else f"refused ({error}), but {best} can be had"
    worth = reference.worth(placement)
    if best is None or worth is None:
        return f"{placement} breaks a rule"
    return _misstated(placement.proof, worth, best, request.max_cycles) or _refused(question, request, placement)


def _misstated(proof, worth, best, max_cycles):
    """Return what a proof says wrongly: values that are not the placement's, or a bound above an optimum that it speaks of.

    A bound of a later objective holds for placements that are as good in those before it.
    """
    mine, least = ([float(each) for each in (found if max_cycles is None else found[1:])] for found in (worth, best))
    for number, objective in enumerate(proof.objectives):
        if abs(objective.value - mine[number]) > 1e-9:
            return f"{objective} is in truth {mine[number]}"
        if mine[:number] == least[:number] and objective.bound > least[number] + 1e-9:
            return f"{objective} can be had at {least[number]}"
    return ""


def _unproven(proof, best, max_cycles):
    """Return what is wrong with a proof of the optimum."""
    wanted = [float(each) for each in (best if max_cycles is None else best[1:])]
    said = [objective.value for objective in proof.objectives]
    bounds = [objective.bound for objective in proof.objectives]
    close = all(abs(a - b) < 1e-9 for a, b in zip(wanted + wanted, said + bounds, strict=True))
    return "" if close and (proof.status, proof.gap) == ("optimal", 0) else f"the proof says {proof}, not {wanted}"


def _refused(question, request, placement):
    """Return what the judge has against the plan."""
    plan = assemble(question, Planned(request=request, placement=placement))
    verdict = judge(plan, question.dataflow, ground_of(question))
    return "; ".join(f"{check.rule}: {check.detail}" for check in verdict.checks if not check.passed)


def minimal(question, cards, differs=disagreement):
    """Return the question with every layer, stream and folding left out that the disagreement does not need."""
    for smaller in _smaller(question):
        if differs(smaller, cards):
            return minimal(smaller, cards, differs)
    return question


def told(question):
    """Return a question's layers and streams in lines that are short enough to read."""
    layers = [
        f"{layer.name}: "
        + "; ".join(f"{f.cycles} cycles, PE {f.pe}, SIMD {f.simd}, {f.resources}, {f.weights}" for f in layer.foldings)
        for layer in question.dataflow.layers
    ]
    streams = [
        f"{s.name}: {s.shape} of {s.element_bits} bits, {s.source_lanes.value} to {s.sink_lanes.value}, FIFO {s.fifo.depth} at its "
        f"{s.fifo.side}{'' if s.cuttable else ', not cuttable'}{', rigid' if s.rigid else ''}"
        for s in question.dataflow.streams
    ]
    return "\n".join([*layers, *streams])


def _smaller(question):
    layers = {layer.name: layer.foldings for layer in question.dataflow.layers}
    inner = [s for s in question.dataflow.streams if s.source and s.sink]
    for name in layers if len(layers) > 1 else ():
        kept = {other: each for other, each in layers.items() if other != name}
        yield _of(question, kept, [s for s in inner if name not in (s.source, s.sink)])
    for stream in inner:
        yield _of(question, layers, [other for other in inner if other is not stream])
    for name, foldings in layers.items():
        for number in range(len(foldings) if len(foldings) > 1 else 0):
            yield _of(question, {**layers, name: foldings[:number] + foldings[number + 1 :]}, inner)


def _of(question, layers, streams):
    smaller = network(layers, *streams)
    kept = {name: store for name, store in question.weights.layers.items() if name in layers}
    weights = msgspec.structs.replace(question.weights, layers=kept)
    anchors = tuple(anchor for anchor in question.settings.anchors if anchor.layer in layers)
    settings = msgspec.structs.replace(question.settings, anchors=anchors)
    return msgspec.structs.replace(question, dataflow=smaller, weights=weights, settings=settings)
