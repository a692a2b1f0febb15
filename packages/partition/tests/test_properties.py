# SPDX-License-Identifier: Apache-2.0
"""What must hold of any placement, whatever the graph: more freedom is never worse, names mean nothing, and bounds bound."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from partition_strategies import requests

from levada.core.errors import InfeasibleError
from levada.core.manifests import LayerAnchor
from levada.core.resources import Fractions
from levada.partition.ilp import Ilp
from levada.partition.topologies import Chain, Loop

replace = msgspec.structs.replace
often = settings(max_examples=30, deadline=None, derandomize=True)
IMPOSSIBLE = [float("inf")]


def proof(request):
    """Return the proof of the best placement, None where there is none."""
    try:
        return Ilp().place(request).proof
    except InfeasibleError:
        return None


def worth(request):
    """Return what the objectives come to in their order; what cannot be had is worse than all that can."""
    found = proof(request)
    return IMPOSSIBLE if found is None else [objective.value for objective in found.objectives]


def on_streams(request, change):
    dataflow = replace(request.dataflow, streams=tuple(change(each) for each in request.dataflow.streams))
    return replace(request, dataflow=dataflow)


@often
@given(requests(several=True))
def test_no_value_lies_under_its_bound(request):
    found = proof(request)
    assert found is None or all(each.bound <= each.value for each in found.objectives)


@often
@given(requests(several=True))
def test_a_proof_is_called_optimal_where_there_is_no_gap(request):
    found = proof(request)
    assert found is None or (found.status == "optimal") == (found.gap == 0)


@often
@given(requests(several=True), some.sampled_from([0.4, 0.6, 0.8]))
def test_higher_limits_are_never_worse(request, share):
    tight = Fractions(*(share,) * 5)
    assert worth(request) <= worth(replace(request, limits=tight, slr_limits=tight))


@often
@given(requests(), some.integers(1, 3))
def test_fewer_streams_per_cut_are_never_better(request, most):
    assert worth(request) <= worth(replace(request, streams_per_cut=most))


@often
@given(requests(several=True), some.integers(0, 2), some.sampled_from([1, 2]))
def test_an_anchor_is_never_better_than_none(request, layer, card):
    anchors = (LayerAnchor(layer=request.dataflow.layers[layer].name, card=card),)
    assert worth(replace(request, anchors=())) <= worth(replace(request, anchors=anchors))


@often
@given(requests(several=True))
def test_a_stream_that_may_be_cut_is_never_worse_than_one_that_may_not(request):
    free = on_streams(request, lambda each: replace(each, cuttable=True))
    assert worth(free) <= worth(request)


@often
@given(requests(several=True))
def test_a_choice_is_never_worse_than_its_first(request):
    fixed = tuple(replace(each, candidates=each.candidates[:1]) for each in request.options)
    assert worth(request) <= worth(replace(request, options=fixed))


@often
@given(requests(several=True), some.sampled_from([1.1, 1.5, 3.0]))
def test_a_lower_rate_is_never_dearer(request, factor):
    least = max(min(each.cycles for each in options.candidates) for options in request.options)
    quick, slow = (replace(request, max_cycles=int(least * each)) for each in (1.0, factor))
    assert worth(slow) <= worth(quick)


@often
@given(requests(several=True))
def test_names_mean_nothing(request):
    def renamed(name):
        return name and f"{ord('z') - ord(name)}"

    layers = tuple(replace(each, name=renamed(each.name)) for each in request.dataflow.layers)
    streams = tuple(
        replace(each, source=renamed(each.source), sink=renamed(each.sink)) for each in request.dataflow.streams
    )
    options = tuple(replace(each, layer=renamed(each.layer)) for each in request.options)
    anchors = tuple(replace(each, layer=renamed(each.layer)) for each in request.anchors)
    dataflow = replace(request.dataflow, layers=layers, streams=streams)
    other = replace(request, dataflow=dataflow, options=options, anchors=anchors)
    assert worth(other) == pytest.approx(worth(request))


@often
@given(requests(several=True), some.randoms(use_true_random=False))
def test_the_order_in_which_streams_and_candidates_are_told_means_nothing(request, draw):
    def shuffled(each):
        return tuple(draw.sample(each, len(each)))

    dataflow = replace(request.dataflow, streams=shuffled(request.dataflow.streams))
    options = tuple(replace(each, candidates=shuffled(each.candidates)) for each in request.options)
    assert worth(replace(request, dataflow=dataflow, options=options)) == pytest.approx(worth(request))


@often
@given(requests())
def test_the_loop_over_one_card_is_the_chain_over_it(request):
    alone = replace(request, cards=request.cards[:1])
    ways = [replace(alone, route=topology().route([alone.cards[0].board])) for topology in (Loop, Chain)]
    assert worth(ways[0]) == worth(ways[1])
