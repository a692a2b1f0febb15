# SPDX-License-Identifier: Apache-2.0
"""A plan becomes a specialised graph, and its cards' estimates stand beside the plan's."""

from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec
import pytest

from levada.core.errors import InternalFault
from levada.core.manifests import Folding, Layer
from levada.core.resources import NAMES, Resources, total

PART = "xcu280-fsvh2892-2L-e"


def form(implementation: str, thresholds: str | None) -> Any:
    """Pick the smallest such MVAU of 2 by 2, and the default of every other layer."""

    def pick(layer: Layer) -> Folding:
        fits = [f for f in layer.foldings if f.implementation == implementation and (f.pe, f.simd) == (2, 2)]
        fits = [f for f in fits if f.weights and f.thresholds in (thresholds, None)]
        return fits[0] if fits else layer.foldings[layer.default]

    return pick


def finn_of(nodes: Iterable[Any]) -> Resources:
    """Return what FINN's own functions say of these nodes together; there is none for FF."""
    from levada.compile._finn import getCustomOp

    names = ("lut_estimation", "bram_estimation", "uram_estimation", "dsp_estimation")
    units = [getCustomOp(node) for node in nodes]
    lut, bram18, uram, dsp = (sum(getattr(unit, name)(PART) for unit in units) for name in names)
    return Resources(lut=lut, ff=None, bram18=bram18, uram=uram, dsp=dsp)


def ops(graph: Any) -> Counter[str]:
    return Counter(node.op_type for node in graph.graph.node)


def pool_of(lanes: int) -> Any:
    """Fold the depthwise window and its pooling to these lanes, and other layers by default."""

    def pick(layer: Layer) -> Folding:
        rigid = layer.name in ("ConvolutionInputGenerator_1", "Pool_0")
        return next(f for f in layer.foldings if f.pe == lanes) if rigid else layer.foldings[layer.default]

    return pick


def test_the_build_says_how_far_it_came_and_with_what(small: Any) -> None:
    build = small.build(small.plan())
    assert (build.reached, build.tool) == ("estimate", f"finn-plus {version('finn-plus')}")
    assert [card.card for card in build.cards] == [1, 2]


def test_every_layer_is_specialised(small: Any) -> None:
    small.build(small.plan())
    assert all(op.endswith(("_hls", "_rtl")) for op in ops(small.built_graph()))


@pytest.mark.parametrize(
    ("implementation", "thresholds"), [("hls", "fused"), ("hls", "standalone"), ("rtl", "standalone")]
)
def test_matrix_units_take_the_form_of_the_plan(small: Any, implementation: str, thresholds: str) -> None:
    small.build(small.plan(form(implementation, thresholds)))
    found = ops(small.built_graph())
    assert found[f"MVAU_{implementation}"] == 3
    assert found["Thresholding_rtl"] == (0 if thresholds == "fused" else 2)


def test_the_folding_of_the_plan_is_in_the_graph(small: Any) -> None:
    small.build(small.plan(form("rtl", "standalone")))
    folds = [_attributes(node) for node in small.built_graph().graph.node if node.op_type == "MVAU_rtl"]
    assert {(fold["PE"], fold["SIMD"], fold["resType"]) for fold in folds} == {(2, 2, "dsp")}


@pytest.mark.parametrize(
    ("store", "attribute", "value"), [("lutram", "ram_style", "distributed"), ("external", "mem_mode", "external")]
)
def test_weights_are_kept_where_the_plan_says(small: Any, store: str, attribute: str, value: str) -> None:
    small.build(small.plan(store=store))
    units = [node for node in small.built_graph().graph.node if node.op_type.startswith("MVAU")]
    assert {_attributes(node)[attribute] for node in units} == {value}


def test_deep_stages_of_detached_thresholds_may_use_block_ram(small: Any) -> None:
    small.build(small.plan(form("rtl", "standalone")))
    detached = next(node for node in small.built_graph().graph.node if node.op_type == "Thresholding_rtl")
    assert _attributes(detached)["depth_trigger_bram"] == -(-16_384 // 14)


def test_different_lanes_get_a_width_converter(small: Any) -> None:
    plan = small.plan(form("hls", "fused"))
    build = small.build(plan)
    unequal = [s for s in plan.streams if s.source_lanes != s.sink_lanes and s.source and s.sink]
    assert unequal
    assert sum(card.converters for card in build.cards) == len(unequal)


def test_shallow_fifos_are_left_to_the_ports(small: Any) -> None:
    build = small.build(small.plan(depth=1))
    assert sum(card.fifos for card in build.cards) == 0


def test_deep_fifos_are_inserted_on_every_stream(small: Any) -> None:
    plan = small.plan(depth=64)
    build = small.build(plan)
    assert sum(card.fifos for card in build.cards) == len(plan.streams)


def test_a_fifo_is_as_deep_as_its_elements_in_beats(small: Any) -> None:
    plan = small.plan(form("hls", "fused"), depth=64)
    small.build(plan)
    graph = small.built_graph()
    fifos = {_attributes(node)["depth"] for node in graph.graph.node if node.op_type == "StreamingFIFO_rtl"}
    assert fifos == {64 // stream.source_lanes for stream in plan.streams} == {64, 32}


def test_the_planned_figure_is_the_sum_of_the_card_s_layers_where_streams_are_free(small: Any) -> None:
    plan = small.plan()
    for card in small.build(plan).cards:
        assert card.planned == total(layer.resources for layer in plan.layers if layer.card == card.card)


def test_what_a_stream_was_planned_with_counts_on_the_card_of_its_sink(small: Any) -> None:
    bare = small.plan()
    into_second = next(s for s in bare.streams if s.sink in {layer.name for layer in bare.layers if layer.card == 2})
    charged = [msgspec.structs.replace(s, resources=Resources(lut=7 * (s == into_second))) for s in bare.streams]
    before, after = small.build(bare).cards, small.build(msgspec.structs.replace(bare, streams=tuple(charged))).cards
    assert [new.planned.lut - old.planned.lut for old, new in zip(before, after, strict=True)] == [0, 7]


@pytest.mark.parametrize("store", ["bram", "lutram", "external"])
@pytest.mark.parametrize("implementation", ["hls", "rtl"])
def test_without_converters_and_fifos_the_estimate_is_near_the_plan(
    small: Any, store: str, implementation: str
) -> None:
    plan = small.plan(form(implementation, "standalone"), store=store, depth=1)
    for card in small.build(plan).cards:
        assert card.estimated.lut == pytest.approx(card.planned.lut, rel=0.2)
        assert card.estimated.dsp == card.planned.dsp


@pytest.mark.parametrize("store", ["bram", "lutram", "external"])
def test_with_one_lane_everywhere_fused_units_are_estimated_as_planned(small: Any, store: str) -> None:
    plan = small.plan(lambda layer: layer.foldings[0], store=store, depth=1)
    for card in small.build(plan).cards:
        assert (card.estimated.lut, card.estimated.ff) == (card.planned.lut, card.planned.ff)


def test_converters_and_fifos_come_on_top(small: Any) -> None:
    shallow = total(card.estimated for card in small.build(small.plan(depth=1)).cards)
    deep = total(card.estimated for card in small.build(small.plan(depth=64)).cards)
    assert deep.lut > shallow.lut
    assert deep.ff > shallow.ff


@pytest.mark.parametrize("store", ["bram", "uram", "lutram", "external"])
@pytest.mark.parametrize("implementation", ["hls", "rtl"])
def test_finn_s_own_figures_are_the_sums_of_its_functions(small: Any, store: str, implementation: str) -> None:
    build = small.build(small.plan(form(implementation, "standalone"), store=store, depth=64))
    assert total(card.finn for card in build.cards) == finn_of(small.built_graph().graph.node)


def test_finn_s_own_figures_are_those_of_a_card_s_nodes(small: Any) -> None:
    plan = small.plan(lambda layer: layer.foldings[0], depth=1)  # a node for each layer, in their order
    first, second = small.build(plan).cards
    nodes, share = small.built_graph().graph.node, sum(layer.card == 1 for layer in plan.layers)
    assert (first.finn, second.finn) == (finn_of(nodes[:share]), finn_of(nodes[share:]))


@pytest.mark.parametrize(("store", "name"), [("bram", "bram18"), ("uram", "uram"), ("lutram", "lut")])
def test_finn_s_own_figures_are_for_the_store_of_the_plan(small: Any, store: str, name: Any) -> None:
    (stored,), (outside,) = (small.build(small.plan(store=each, cards=1)).cards for each in (store, "external"))
    more = {each for each in NAMES if each != "ff" and stored.finn.get(each) > outside.finn.get(each)}
    assert more == {name}


def test_a_dma_s_block_ram_is_counted(small: Any) -> None:
    build = small.build(small.plan(store="external"))
    assert sum(card.estimated.bram18 for card in build.cards) == 3 * 15


def test_nothing_is_unknown(small: Any) -> None:
    assert [card.estimated.unknown() for card in small.build(small.plan()).cards] == [(), ()]


def test_what_the_plan_does_not_know_the_build_does_not_know(small: Any) -> None:
    plan = small.plan()
    first, *rest = plan.layers
    unsure = msgspec.structs.replace(first, resources=msgspec.structs.replace(first.resources, ff=None))
    build = small.build(msgspec.structs.replace(plan, layers=(unsure, *rest)))
    assert [card.estimated.ff is None for card in build.cards] == [True, False]


def test_the_same_plan_gives_the_same_bytes(small: Any) -> None:
    graphs = []
    for _ in range(2):
        small.build(small.plan(form("rtl", "standalone"), depth=64))
        graphs.append(small.work.payloads["specialised_graph"].read_bytes())
    assert graphs[0] == graphs[1]


def test_one_card_takes_everything(small: Any) -> None:
    (card,) = small.build(small.plan(cards=1)).cards
    assert card.estimated.lut > 0


def test_a_depthwise_window_may_be_wide_if_its_pooling_is(small: Any) -> None:
    small.build(small.plan(pool_of(4)))
    pool = next(node for node in small.built_graph().graph.node if node.op_type == "Pool_hls")
    assert _attributes(pool)["PE"] == 4


def test_a_form_that_finn_quietly_replaces_is_a_fault(small: Any) -> None:
    plan = small.plan()
    first = next(layer for layer in plan.layers if layer.op == "DuplicateStreams")
    wrong = msgspec.structs.replace(first, folding=msgspec.structs.replace(first.folding, implementation="rtl"))
    layers = tuple(wrong if layer is first else layer for layer in plan.layers)
    with pytest.raises(
        InternalFault,
        match="'DuplicateStreams_0' should become DuplicateStreams_rtl, but FINN makes it DuplicateStreams_hls",
    ):
        small.build(msgspec.structs.replace(plan, layers=layers))


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    values = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}
