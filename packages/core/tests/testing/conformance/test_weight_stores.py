# SPDX-License-Identifier: Apache-2.0
"""The kit for weight stores: passed by block RAM, failed by each kind of bad store."""

import itertools

import pytest

from levada.core.interfaces import StoreCost, WeightStore
from levada.core.resources import Resources
from levada.core.testing.conformance import WeightStoreConformance, failures


class Blocks(WeightStore):
    """Block RAM, 1024 words of 18 bits each."""

    name = "blocks"

    def cost(self, memory, layer, board):
        halves = -(-memory.words // 1024) * -(-memory.bits // 18)
        return StoreCost(resources=Resources(bram18=halves), origin="test")

    def finn_attributes(self, layer):
        return {"ram_style": "block", "runtime_writeable_weights": 0}


class Outside(Blocks):
    """Weights that stay outside."""

    name = "outside"

    def cost(self, memory, layer, board):
        return StoreCost(resources=Resources(lut=None), origin="test", external_bytes=memory.words * memory.bits // 8)


class Large(Blocks):
    """Block RAM for small memories and UltraRAM for large ones: not cheaper in every count."""

    name = "large"

    def cost(self, memory, layer, board):
        if memory.words * memory.bits < 100_000:
            return super().cost(memory, layer, board)
        return StoreCost(resources=Resources(uram=-(-memory.words * memory.bits // 294_912)), origin="test")


class TestBlocks(WeightStoreConformance):
    store = Blocks


class TestOutside(WeightStoreConformance):
    store = Outside


class TestLarge(WeightStoreConformance):
    store = Large


def costing(cost, origin="test", external=0):
    """Return a store whose BRAM count is a function of words and bits."""

    class Bad(Blocks):
        name = "bad"

        def cost(self, memory, layer, board):
            counts = Resources(bram18=cost(memory.words, memory.bits))
            return StoreCost(resources=counts, origin=origin, external_bytes=external)

    return Bad


def attributed(attributes):
    """Return a store with these attributes, one set after another."""
    given = itertools.cycle(attributes)
    return type("Bad", (Blocks,), {"finn_attributes": lambda self, layer: next(given)})


COUNTER = itertools.count()
BAD = {
    "no origin": (costing(lambda words, bits: words, origin=""), "test_its_cost_says_who_says_so"),
    "a negative count": (costing(lambda words, bits: -1), "test_no_count_is_negative"),
    "negative bytes": (costing(lambda words, bits: words, external=-1), "test_no_count_is_negative"),
    "another cost each time": (costing(lambda words, bits: next(COUNTER)), "test_its_cost_is_pure"),
    "cheaper when deeper": (costing(lambda words, bits: 10**6 // words), "test_a_deeper_memory_is_not_cheaper"),
    "cheaper when wider": (costing(lambda words, bits: 10**6 // bits), "test_a_wider_memory_is_not_cheaper"),
    "free": (costing(lambda words, bits: 0), "test_a_large_memory_costs_something"),
    "an attribute that is a list": (attributed([{"ram": []}]), "test_its_attributes_are_words_and_numbers"),
    "an attribute without a name": (attributed([{3: "block"}]), "test_its_attributes_are_words_and_numbers"),
    "other attributes each time": (attributed([{"a": 1}, {"a": 2}]), "test_its_attributes_are_pure"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_store_fails(tmp_path, fault):
    store, test = BAD[fault]
    assert test in failures(type("Kit", (WeightStoreConformance,), {"store": store}), tmp_path)


def test_a_failure_shows_both_costs(tmp_path):
    store, test = BAD["cheaper when deeper"]
    text = failures(type("Kit", (WeightStoreConformance,), {"store": store}), tmp_path)[test]
    assert "a deeper memory costs less: StoreCost(" in text
    assert "against" in text
