# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 folded anew: what may be chosen has honest costs, wide weights let it go faster, and build finds what was planned."""

import pytest

from levada.core.artefact import load
from levada.core.manifests import Build, Dataflow, Plan
from levada.core.resources import total

PROVEN_BITS, WIDEST_BITS = 8_191, 16_384
MEMORY = {"bram": "bram18", "uram": "uram", "lutram": "lut", "external": "bram18"}
"""What each weight store is made of; an external one of the DMA's block RAM."""


@pytest.fixture(scope="module")
def layers(dataflow):
    return load(dataflow, Dataflow).manifest.layers


def weight_bits(folding):
    return folding.weights.bits if folding.weights else 0


def fewest_cycles(layers, most_bits):
    return max(min(f.cycles for f in layer.foldings if weight_bits(f) <= most_bits) for layer in layers)


def test_no_folding_has_unknown_costs(layers):
    unknown = {(layer.name, f.resources.unknown()) for layer in layers for f in layer.foldings if f.resources.unknown()}
    assert unknown == set()


def test_no_folding_is_free_of_logic(layers):
    free = {layer.name for layer in layers for f in layer.foldings if not (f.resources.lut and f.resources.ff)}
    assert free == set()


def test_whatever_multiplies_in_dsp_slices_has_some(layers):
    without = {layer.name for layer in layers for f in layer.foldings if f.multiplier == "dsp" and not f.resources.dsp}
    assert without == set()


@pytest.mark.parametrize(("bits", "cycles"), [(PROVEN_BITS, 150_528), (WIDEST_BITS, 75_264)])
def test_the_width_of_weight_words_bounds_the_rate(layers, bits, cycles):
    assert fewest_cycles(layers, bits) == cycles


def test_no_weight_word_is_wider_than_rtl_takes(layers):
    assert max(weight_bits(folding) for layer in layers for folding in layer.foldings) <= WIDEST_BITS


# ------------------------------------------------------------------------- as fast as one and three cards take it


@pytest.fixture(params=[1, 3])
def plan(fastest, request):
    return load(fastest(request.param) / "plan", Plan).manifest


@pytest.fixture(params=[1, 3])
def both(fastest, request):
    """A plan and its build."""
    folder = fastest(request.param)
    return load(folder / "plan", Plan).manifest, load(folder / "build", Build).manifest


def without(layers, holds):
    return [layer.name for layer in layers if not holds(layer)]


def test_every_chosen_layer_takes_luts_and_flip_flops(plan):
    assert without(plan.layers, lambda layer: layer.resources.lut and layer.resources.ff) == []


def test_every_chosen_layer_that_multiplies_in_dsp_slices_has_some(plan):
    multiplying = [layer for layer in plan.layers if layer.folding.multiplier == "dsp"]
    assert multiplying
    assert without(multiplying, lambda layer: layer.resources.dsp) == []


def test_every_chosen_weight_store_takes_of_what_it_is_made_of(plan):
    stored = [layer for layer in plan.layers if layer.folding.weights]
    assert len(stored) == 54
    assert without(stored, lambda each: taken(each) > 0) == []


def taken(layer) -> int:
    """Return what the layer's weight store takes of its own resource."""
    name = MEMORY[layer.store]
    return layer.resources.get(name) - layer.folding.resources.get(name)


def test_nothing_that_was_chosen_has_unknown_costs(plan):
    assert without([*plan.layers, *plan.streams], lambda each: not each.resources.unknown()) == []


def test_each_card_is_estimated_within_1_percent_of_its_plan(both):
    plan, build = both
    for card in build.cards:
        assert card.estimated.counts() == pytest.approx(planned(plan, card.card).counts(), rel=0.01)


def planned(plan, card):
    """Return what the plan says of a card's layers and of the streams that lie beside them."""
    layers = {layer.name: layer for layer in plan.layers if layer.card == card}
    streams = (stream for stream in plan.streams if stream.beside in layers)
    return total(each.resources for each in (*layers.values(), *streams))


def test_converters_and_fifos_are_among_what_is_estimated(both):
    plan, build = both
    assert all(card.converters and card.fifos for card in build.cards)
    assert total(stream.resources for stream in plan.streams).lut > 0.01 * total(c.estimated for c in build.cards).lut


def test_finn_s_own_figures_stand_beside_with_fewer_luts_for_its_rtl_units_count_none(both):
    plan, build = both
    for card in build.cards:
        assert any(
            layer.card == card.card and layer.folding.implementation == "rtl" and layer.op == "MVAU"
            for layer in plan.layers
        )
        assert 0 < card.finn.lut < card.estimated.lut
