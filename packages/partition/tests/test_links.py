# SPDX-License-Identifier: Apache-2.0
"""What the network demands of a placement: streams per card and bytes each way."""

from fractions import Fraction

import msgspec
import pytest
from partition_reference import Reference, exhaustive
from partition_toys import FREE_NETWORK, fold, line, network, request_for, stream, toy

from levada.core.errors import InfeasibleError, UndecidedError
from levada.partition.cbc import Stop
from levada.partition.ilp import Ilp
from levada.partition.links import LinkRules, kept, rules, streams_only
from levada.partition.reduction import reduce, share
from levada.partition.search import search
from levada.partition.solving import Terms

SMALL = (1, 1, 8)


def fork(lut=(400, 400, 400, 400), shape=SMALL):
    """Return a fork of a into b and c, joined in d."""
    pairs = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    return network(
        {name: fold(lut=count) for name, count in zip("abcd", lut, strict=True)},
        *(stream(*pair, shape=shape) for pair in pairs),
    )


def request(dataflow, **network):
    limited = msgspec.structs.replace(FREE_NETWORK, **network)
    return request_for(dataflow, [toy(slrs=1)] * 2, network=limited)


def streams_cut(request):
    placement = Ilp().place(request)
    segments = {choice.layer: choice.segment for choice in placement.choices}
    return [s.name for s in request.dataflow.streams if s.source and s.sink and segments[s.source] != segments[s.sink]]


def terms(links=None):
    return Terms(step=share(0.0), seconds=30.0, links=links)


def layout(request):
    return search(reduce(request), terms()).layout


def test_as_many_streams_are_cut_as_balance_asks_for():
    assert len(streams_cut(request(fork()))) == 2


def test_no_more_streams_are_cut_than_the_network_has():
    skewed = network(
        {"a": fold(lut=300), "b": fold(lut=300), "c": fold(lut=200), "d": fold(lut=100)},
        stream("a", "b"),
        stream("b", "c"),
        stream("a", "c"),
        stream("c", "d"),
    )
    assert (len(streams_cut(request(skewed))), len(streams_cut(request(skewed, max_streams=1)))) == (2, 1)


def test_too_few_streams_for_any_placement_are_named():
    with pytest.raises(
        InfeasibleError, match="although every resource suffices; the network's streams per card or its rate"
    ):
        Ilp().place(request(fork(), max_streams=0))


@pytest.mark.parametrize(("streams", "fits"), [(1, False), (2, True)])
def test_streams_in_and_out_of_a_card_count_together(streams, fits):
    row = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"))
    narrow = msgspec.structs.replace(FREE_NETWORK, max_streams=streams)
    found = search(reduce(request_for(row, [toy(slrs=1)] * 3)), terms(rules(narrow, 100.0, 1000)))
    assert isinstance(found, Stop) is not fits


def test_a_line_that_is_too_slow_for_the_layers_limits_the_rate():
    """The layers' 100 cycles leave 12.5 bytes; the cut of 4 x 4 x 8 elements needs far more."""
    slow = request(network({"a": fold(), "b": fold()}, stream("a", "b")), line_gbps=0.1)
    proof = Ilp().place(slow).proof
    cycles = next(each for each in proof.objectives if each.name == "cycles")
    assert (cycles.value > 100, cycles.bound, proof.status) == (True, 100, "feasible")


def test_a_demanded_rate_that_the_line_cannot_carry_is_infeasible():
    slow = request(network({"a": fold(), "b": fold()}, stream("a", "b")), line_gbps=0.1)
    with pytest.raises(InfeasibleError, match="its rate forbid it"):
        Ilp().place(msgspec.structs.replace(slow, max_cycles=100))


def test_a_cut_that_the_line_carries_is_taken_before_a_balanced_one_that_it_does_not():
    foldings = {"a": fold(lut=500), "b": fold(lut=300), "c": fold(lut=200)}
    tensors = network(foldings, stream("a", "b", shape=(8, 8, 8)), stream("b", "c", shape=SMALL))
    fast, slow = request(tensors), request(tensors, line_gbps=1.5)
    assert (streams_cut(fast), streams_cut(slow)) == (["a->b"], ["b->c"])


def test_what_the_network_costs_of_utilisation_is_proven():
    foldings = {"a": fold(lut=500), "b": fold(lut=300), "c": fold(lut=200)}
    tensors = network(foldings, stream("a", "b", shape=(8, 8, 8)), stream("b", "c", shape=SMALL))
    placement = Ilp().place(request(tensors, line_gbps=1.5))
    utilisation = next(each for each in placement.proof.objectives if each.name == "largest_utilisation")
    assert (utilisation.value, utilisation.bound, placement.proof.status) == (0.8, 0.8, "optimal")
    assert Reference(request(tensors)).worth(placement)[1] == Fraction(4, 5)


def test_where_streams_may_have_several_widths_the_bound_is_that_without_the_network():
    """The rows ask for the widest of a stream's variants, so a better placement may exist."""
    foldings = {"a": [fold(lut=500, pe=1), fold(lut=501, pe=8)], "b": fold(lut=300), "c": fold(lut=200)}
    tensors = network(foldings, stream("a", "b", shape=(8, 8, 8)), stream("b", "c", shape=SMALL))
    placement = Ilp().place(request(tensors, line_gbps=1.5))
    utilisation = next(each for each in placement.proof.objectives if each.name == "largest_utilisation")
    assert (utilisation.value, utilisation.bound, placement.proof.status) == (0.8, 0.5, "feasible")


def test_rules_are_the_networks_at_the_cycles():
    demands = rules(FREE_NETWORK, 200.0, 2000)
    assert (demands.streams, demands.bytes_each_way) == (16, pytest.approx(125_000))


def test_streams_alone_can_be_demanded():
    assert streams_only(LinkRules(streams=3, bytes_each_way=5.0)) == LinkRules(streams=3, bytes_each_way=None)


@pytest.mark.parametrize(
    ("demands", "verdict"),
    [
        (LinkRules(streams=2, bytes_each_way=None), True),
        (LinkRules(streams=1, bytes_each_way=None), False),
        (LinkRules(streams=2, bytes_each_way=1e6), True),
        (LinkRules(streams=2, bytes_each_way=10.0), False),
    ],
)
def test_a_layout_keeps_to_the_rules_or_not(demands, verdict):
    assert kept(layout(request(fork())), demands) is verdict


@pytest.mark.parametrize("gbps", [40.0, 30.0])
def test_what_only_the_widest_stream_forbids_is_not_called_impossible(gbps):
    """Elements of three bits cross one by one as eight bits each, or eight at once without a gap; the rows count the former."""
    source = (fold(lut=700, cycles=1000, pe=1), fold(lut=900, cycles=1000, pe=8))
    graph = line(source, fold(lut=200, cycles=1000, pe=8), shape=(100, 100, 8), bits=3)
    line_of = msgspec.structs.replace(FREE_NETWORK, line_gbps=gbps)
    asked = request_for(graph, [toy(slrs=1)] * 2, network=line_of, max_cycles=1000)
    assert exhaustive(asked) is not None
    with pytest.raises(UndecidedError):
        Ilp().place(asked)
