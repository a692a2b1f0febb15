# SPDX-License-Identifier: Apache-2.0
"""The kit for weight stores."""

from itertools import pairwise

from levada.core.boards import Board
from levada.core.interfaces import StoreCost, WeightStore
from levada.core.manifests import Layer, Memory, PlacedLayer
from levada.core.testing.clusters import u280
from levada.core.testing.dataflows import layer
from levada.core.testing.plans import plan

SIZES = (1, 64, 1_024, 16_384)


class WeightStoreConformance:
    """Tests of a weight store: name its class as ``store``; override :meth:`board` and :meth:`layer` where it asks for others."""

    store: type[WeightStore]

    def board(self) -> Board:
        """Return the board that costs are asked for."""
        return u280()

    def layer(self) -> Layer:
        """Return the layer whose weights are kept."""
        return layer("MVAU_2")

    def test_its_cost_says_who_says_so(self) -> None:
        assert self._cost(1024, 8).origin, "a cost needs an origin: finn, levada, or the plug-in's name"

    def test_no_count_is_negative(self) -> None:
        for words in SIZES:
            cost = self._cost(words, 8)
            counts = [*cost.resources.counts(), cost.external_bytes]
            assert all(count is None or count >= 0 for count in counts), f"{words} words cost {cost}"

    def test_its_cost_is_pure(self) -> None:
        assert self._cost(1024, 8) == self._cost(1024, 8), "the same memory must cost the same each time"

    def test_a_deeper_memory_is_not_cheaper(self) -> None:
        _assert_rising([self._cost(words, 16) for words in SIZES], "deeper")

    def test_a_wider_memory_is_not_cheaper(self) -> None:
        _assert_rising([self._cost(1024, bits) for bits in (1, 8, 64, 512)], "wider")

    def test_a_large_memory_costs_something(self) -> None:
        cost = self._cost(1 << 20, 64)
        counts = [*cost.resources.counts(), cost.external_bytes]
        assert any(count is None or count > 0 for count in counts), "2²⁰ words of 64 bits cost nothing"

    def test_its_attributes_are_words_and_numbers(self) -> None:
        for name, value in self._attributes().items():
            assert isinstance(name, str), f"the attribute {name!r} needs a text as its name"
            assert isinstance(value, (int, str)), f"FINN's attribute {name!r} takes no {type(value).__name__}"

    def test_its_attributes_are_pure(self) -> None:
        assert self._attributes() == self._attributes(), "the same layer must get the same attributes each time"

    def _cost(self, words: int, bits: int) -> StoreCost:
        return self.store().cost(Memory(words=words, bits=bits), self.layer(), self.board())

    def _attributes(self) -> dict[str, int | str]:
        return self.store().finn_attributes(_placed(self.layer(), self.store.name))


def _placed(kept: Layer, store: str) -> PlacedLayer:
    here = next(placed for placed in plan().layers if placed.folding.weights is not None)
    return PlacedLayer(
        name=kept.name,
        op=kept.op,
        node=kept.node,
        segment=here.segment,
        card=here.card,
        slr=here.slr,
        folding=kept.foldings[kept.default],
        store=store,
        resources=here.resources,
    )


def _assert_rising(costs: list[StoreCost], word: str) -> None:
    for smaller, larger in pairwise(costs):
        assert not _cheaper(larger, smaller), f"a {word} memory costs less: {larger} against {smaller}"


def _cheaper(one: StoreCost, other: StoreCost) -> bool:
    """Say whether ``one`` is lower in something and higher in nothing; what is unknown decides nothing."""
    mine, theirs = ((*cost.resources.counts(), cost.external_bytes) for cost in (one, other))
    pairs = [(a, b) for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None]
    return any(a < b for a, b in pairs) and all(a <= b for a, b in pairs)
