# SPDX-License-Identifier: Apache-2.0
"""What compile makes, build takes: a residual network with an averaging pool and a classifier, in every form."""

from collections.abc import Callable
from typing import Any

import pytest

from levada.core.manifests import Folding, Layer


@pytest.fixture
def compiled(small: Any, compiling: Any, residual_network: Callable[..., Any]) -> Any:
    """Return the planner with a compiled network in place of the small graph."""
    small.take(compiling(*residual_network()), compiling.payload("finn_graph"))
    return small


def fastest(implementation: str) -> Callable[[Layer], Folding]:
    """Pick the fastest folding of a matrix unit in this form, and the default of other layers."""

    def pick(layer: Layer) -> Folding:
        forms = [fold for fold in layer.foldings if fold.weights and fold.implementation == implementation]
        return min(forms, key=lambda fold: fold.cycles) if forms else layer.foldings[layer.default]

    return pick


def test_a_compiled_network_is_built_in_its_smallest_and_fastest_forms_with_the_fifos_of_its_joins(
    compiled: Any,
) -> None:
    picks = (None, fastest("hls"), fastest("rtl"))
    default, hls, rtl = (compiled.build(compiled.plan(pick, cards=1)).cards[0].estimated for pick in picks)
    assert default.lut < hls.lut
    assert rtl.dsp > default.dsp
    assert not (default + hls + rtl).unknown()
    joins = [stream for stream in compiled.plan(cards=1).streams if stream.fifo.depth > 2 * stream.source_lanes]
    assert compiled.build(compiled.plan(cards=1)).cards[0].fifos >= len(joins) > 0
