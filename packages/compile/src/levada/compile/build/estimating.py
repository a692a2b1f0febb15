# SPDX-License-Identifier: Apache-2.0
"""A specialised graph estimated: FINN's own figures of every node, and Levada's where FINN has none.

Per layer and resource the folding's origin decides. Where it is FINN's, the figure is what FINN now says of the specialised
node. Where it is Levada's, it is the folding's; memories are the sum of both, since FINN counts the weights and Levada the
rest. The logic of a weight store (streamer, DMA) is the store's. Flip-flops are Levada's throughout.

What FINN says of the same nodes is summed beside it, unaltered.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from levada.compile._finn import ModelWrapper, getCustomOp
from levada.compile.build.owning import Owners, Role, role
from levada.compile.costs.rams import lutram_luts
from levada.compile.layers.base import FINN
from levada.compile.wiring import Wiring
from levada.core.manifests import BuiltCard, PlacedLayer, Plan
from levada.core.manifests.common import Record
from levada.core.resources import Resources, total
from levada.core.stream_costs import converter, fifo

SAYS_NOTHING = Resources(ff=None)
"""What FINN says of no nodes: of FF it never says anything."""


class Link(Record, frozen=True, kw_only=True):
    """A width converter or FIFO on a stream, and what it takes."""

    role: Role
    resources: Resources


def estimates(model: ModelWrapper, owners: Owners, plan: Plan, parts: Mapping[int, str]) -> tuple[BuiltCard, ...]:
    """Return the estimate of every card beside the plan's; ``parts`` maps a card to its FPGA part."""
    wiring = Wiring(model.graph)
    found: dict[str, Resources] = defaultdict(Resources)
    links: dict[int, list[Link]] = defaultdict(list)
    unaltered: dict[int, Resources] = defaultdict(lambda: SAYS_NOTHING)
    for node in model.graph.node:
        layer = owners.owner(node, wiring)
        said = finn_says(node, parts[layer.card])
        unaltered[layer.card] += said
        figures = finn_figures(node, said)
        if role(node) is Role.LAYER:
            found[layer.name] += figures
        else:
            links[layer.card].append(Link(role=role(node), resources=figures))
    return tuple(_card(card.index, plan, found, links[card.index], unaltered[card.index]) for card in plan.cards)


def finn_says(node: Any, part: str) -> Resources:
    """Return what FINN says of a specialised node, unaltered: it gives no FF, and 0 where it has no estimate."""
    said = getCustomOp(node).node_res_estimation(part)
    lut, bram18, uram, dsp = (int(said[name]) for name in ("LUT", "BRAM_18K", "URAM", "DSP"))
    return Resources(lut=lut, ff=None, bram18=bram18, uram=uram, dsp=dsp)


def finn_figures(node: Any, said: Resources) -> Resources:
    """Return what FINN ``said`` of a node without its weights in LUT RAM, which are the store's, and with FF.

    Those of converters and FIFOs are Levada's, those of layers are added from the folding.
    """
    op = getCustomOp(node)
    ff: int | None = 0
    if role(node) is Role.CONVERTER:
        ff = converter(op.get_instream_width(), op.get_outstream_width()).ff
    elif role(node) is Role.FIFO:
        ff = fifo(op.get_nodeattr("depth"), op.get_instream_width()).ff
    tables = Resources(lut=_weight_tables(node, op))
    return _difference(msgspec.structs.replace(said, ff=ff), tables)


def layer_estimate(layer: PlacedLayer, finn: Resources) -> Resources:
    """Return the estimate of one layer from FINN's figures of its nodes, and the plan's folding and store."""
    planned, origins = layer.folding.resources, layer.folding.origins
    store = _difference(layer.resources, planned)
    logic = Resources(
        lut=finn.lut if origins.lut == FINN else planned.lut,
        ff=planned.ff,
        bram18=None if planned.bram18 is None else finn.bram18,
        uram=None if planned.uram is None else finn.uram,
        dsp=finn.dsp if origins.dsp == FINN else planned.dsp,
    )
    rest = Resources(
        bram18=0 if origins.bram18 == FINN else planned.bram18, uram=0 if origins.uram == FINN else planned.uram
    )
    return logic + rest + (store if layer.external_bytes else Resources(lut=store.lut, ff=store.ff, dsp=store.dsp))


def _card(
    index: int, plan: Plan, found: Mapping[str, Resources], links: Sequence[Link], unaltered: Resources
) -> BuiltCard:
    roles = [link.role for link in links]
    layers = {layer.name: layer for layer in plan.layers if layer.card == index}
    streams = (stream.resources for stream in plan.streams if stream.beside in layers)
    return BuiltCard(
        card=index,
        planned=total(layer.resources for layer in layers.values()) + total(streams),
        estimated=total(layer_estimate(layer, found[layer.name]) for layer in layers.values())
        + total(link.resources for link in links),
        finn=unaltered,
        converters=roles.count(Role.CONVERTER),
        fifos=roles.count(Role.FIFO),
    )


def _weight_tables(node: Any, op: Any) -> int:
    """Return the LUT that FINN counts in an MVAU for weights in LUT RAM (``MVAU_hls.lut_estimation``, the last term)."""
    if node.op_type != "MVAU_hls" or op.get_nodeattr("mem_mode") != "internal_decoupled":
        return 0
    distributed = op.get_nodeattr("ram_style") == "distributed"
    return lutram_luts(op.calc_wmem(), op.get_instream_width(1)) if distributed else 0


def _difference(whole: Resources, part: Resources) -> Resources:
    """Return ``whole`` without ``part``; unknown where either is."""
    pairs = zip(whole.counts(), part.counts(), strict=True)
    return Resources(*(None if mine is None or theirs is None else mine - theirs for mine, theirs in pairs))
