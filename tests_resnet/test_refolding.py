# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 folded anew: what may be chosen has honest costs, wide weights let it go faster, and build finds what was planned."""

import msgspec
import pytest

from levada.core.artefact import load
from levada.core.manifests import Build, Dataflow

PROVEN_BITS, WIDEST_BITS = 8_191, 16_384
CYCLES = 301_056
"""664 images/s at 200 MHz: three times what the published folding reaches."""


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


# ------------------------------------------------------------------------------------------- plan and estimate


def quick_folding(layer):
    """Return a folding of at most CYCLES with proven weights: the one that takes least of a U280 of any resource."""
    quick = [f for f in layer.foldings if f.cycles <= CYCLES and weight_bits(f) <= PROVEN_BITS]
    return min(quick, key=lambda f: f.resources.lut / 1_303_680 + f.resources.dsp / 9_024 + f.resources.bram18 / 4_032)


def written(layer):
    folding = quick_folding(layer)
    words = {name: getattr(folding, name) for name in ("implementation", "multiplier", "thresholds")}
    lines = [f'{name} = "{word}"' for name, word in words.items() if word]
    return "\n".join([f"[{layer.name}]", f"pe = {folding.pe}", f"simd = {folding.simd}", *lines])


@pytest.fixture(scope="module")
def cards(levada, dataflow, layers, tmp_path_factory):
    """The cards of the estimate of a plan that is folded anew."""
    folder = tmp_path_factory.mktemp("refolded")
    (folder / "folding.toml").write_text("\n".join(map(written, layers)))
    limits = [
        word for name in ("lut", "bram", "uram", "dsp") for word in ("--limit", f"{name}=1", "--slr-limit", f"{name}=1")
    ]
    levada("partition", dataflow, "--cluster", "u280x3", "--cards", 3, "--topology", "chain", "--weights", "auto",
           "--folding", folder / "folding.toml", "--basis", "paper", *limits, "--time-limit-s", 10, "--out", folder / "plan")  # fmt: skip
    levada("build", folder / "plan", "--to", "estimate", "--out", folder / "build")
    return load(folder / "build", Build).manifest.cards


def test_each_card_is_estimated_within_1_percent_of_its_plan(cards):
    for card in cards:
        planned, estimated = (msgspec.structs.asdict(each) for each in (card.planned, card.estimated))
        assert estimated == pytest.approx(planned, rel=0.01)


def test_converters_and_fifos_are_among_what_is_estimated(cards):
    assert all(card.converters and card.fifos for card in cards)
