# SPDX-License-Identifier: Apache-2.0
"""Flip rates between the QONNX graph and the integer graph."""

import copy

import numpy as np
import pytest

from levada.core.errors import GraphError
from levada.core.progress import Progress

IMAGES = np.random.default_rng(5).integers(0, 256, (7, 6, 6, 2)).astype(np.uint8)


@pytest.fixture
def flips(finn):
    from levada.compile import flips

    return flips


@pytest.fixture
def graphs(forms):
    return copy.deepcopy(forms["clean up"]), copy.deepcopy(forms["single precision"])


def rates(flips, graphs):
    return {rate.tensor: rate for rate in flips.flip_rates(*graphs, IMAGES, Progress())}


def test_every_activation_quantiser_is_matched_by_its_own_name(flips, graphs, forms):
    raw = forms["start"].graph.node
    names = {node.output[0] for node in raw if node.op_type in ("Quant", "Trunc")}
    found = flips.matches(*graphs)
    assert len(found) == 10
    assert {match.name for match in found} <= names


def test_a_quantisers_scale_is_that_of_its_result(flips, graphs):
    scales = [round(match.scale, 6) for match in flips.matches(*graphs)]
    assert scales[0] == 0.27
    assert scales[-1] == round(0.27 / 9 * 2**4, 6)


def test_a_quantiser_that_was_lost_is_named(flips, graphs):
    lost = next(node for node in graphs[1].graph.node if node.doc_string)
    lost.doc_string, name = "", lost.doc_string
    with pytest.raises(GraphError, match=f"is lost in the integer graph: no thresholds carry its name '{name}'"):
        flips.matches(*graphs)


def test_nothing_flips_where_no_value_lies_on_a_step(flips, graphs):
    assert sum(rate.flipped for rate in rates(flips, graphs).values()) == 0


def test_every_element_of_every_image_is_compared(flips, graphs):
    elements = [rate.elements for rate in rates(flips, graphs).values()]
    assert elements[0] == 7 * 6 * 6 * 4
    assert elements[-1] == 7 * 6


def test_no_images_give_no_rates(flips, graphs):
    assert flips.flip_rates(*graphs, IMAGES[:0], Progress()) == ()


@pytest.mark.parametrize(("wanted", "images"), [(1, 1), (1500, 2), (10**9, 7)])
def test_as_many_images_as_hold_enough_integers_are_compared(flips, graphs, monkeypatch, wanted, images):
    per_image = sum(rate.elements for rate in flips.flip_rates(*graphs, IMAGES[:1], Progress()))
    monkeypatch.setattr(flips, "ENOUGH", wanted)
    assert 750 < per_image < 1500
    assert flips.enough(graphs[1], IMAGES) == images


def test_a_threshold_that_moved_is_seen_there_and_only_there(flips, graphs):
    node = [node for node in graphs[1].graph.node if node.op_type == "MultiThreshold"][3]
    thresholds = graphs[1].get_initializer(node.input[1]).copy()
    thresholds[:, 4] = thresholds[:, 5]
    graphs[1].set_initializer(node.input[1], thresholds)
    flipped = {name for name, rate in rates(flips, graphs).items() if rate.flipped}
    assert flipped == {node.doc_string}


def test_values_that_lie_between_two_steps_flip_and_are_counted(compiling, residual_network):
    net, output = residual_network(activation=0.25, residual=0.5)
    flipped = {rate.tensor: rate.flipped for rate in compiling(net, output).flips}
    assert sum(count > 0 for count in flipped.values()) >= 1
