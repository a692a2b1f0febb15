# SPDX-License-Identifier: Apache-2.0
"""What the network demands of a placement: streams per card, and bytes per inference that the line carries at the rate wanted.

Neither binds as a rule (a cut of ResNet-50 needs under 1 % of 100 Gb/s), and the rows cost a variable per stream and card. So they are
written only after a placement without them was found to break them.
"""

from fractions import Fraction
from math import ceil

from levada.core.manifests import Record
from levada.core.networks import NetworkModel
from levada.partition.formulation import Formulation
from levada.partition.layout import Layout
from levada.partition.problem import Edge
from levada.partition.program import Linear, combine
from levada.partition.reduction import share


class LinkRules(Record, frozen=True, kw_only=True):
    """The most streams that may enter and leave a card, and the most bytes per inference each way (None: any)."""

    streams: int
    bytes_each_way: float | None


def rules(network: NetworkModel, clock_mhz: float, cycles: int) -> LinkRules:
    """Return what ``network`` demands of cards that take ``cycles`` per inference."""
    seconds = cycles / (clock_mhz * 1e6)
    return LinkRules(streams=network.max_streams, bytes_each_way=network.line_gbps * 1e9 / 8 * seconds)


def streams_only(demands: LinkRules) -> LinkRules:
    """Return the rules without the one on bytes."""
    return LinkRules(streams=demands.streams, bytes_each_way=None)


def link_cycles(layout: Layout, network: NetworkModel, clock_mhz: float) -> int:
    """Return the cycles per inference that the busiest direction of any card's line needs."""
    leaving, entering = layout.card_bytes()
    most = max((*leaving.values(), *entering.values()), default=0)
    return ceil(Fraction(most * 8) / share(network.line_gbps * 1e9) * share(clock_mhz * 1e6))


def kept(layout: Layout, demands: LinkRules) -> bool:
    """Say whether a layout keeps to the rules."""
    leaving, entering = layout.card_bytes()
    most = max((*leaving.values(), *entering.values()), default=0)
    too_much = demands.bytes_each_way is not None and most > demands.bytes_each_way
    return not too_much and max(layout.card_streams().values(), default=0) <= demands.streams


def write_links(formulation: Formulation, demands: LinkRules) -> None:
    """Require the rules. A stream counts with its widest variant, so the rows may ask more than is needed."""
    edges = [formulation.problem.edges[number] for number in formulation.cuts]
    for card in range(1, len(formulation.problem.cards) + 1):
        leaving = [(edge, _crossing(formulation, edge.source, edge.sink, card)) for edge in edges]
        entering = [(edge, _crossing(formulation, edge.sink, edge.source, card)) for edge in edges]
        both = combine((1, crossing) for _, crossing in (*leaving, *entering))
        formulation.program.at_most(both, demands.streams)
        if demands.bytes_each_way is not None:
            for direction in (leaving, entering):
                loads = ((_widest(formulation, edge), crossing) for edge, crossing in direction)
                formulation.program.at_most(combine(loads), demands.bytes_each_way)


def _crossing(formulation: Formulation, here: int, there: int, card: int) -> Linear:
    """Return 1 where task ``here`` lies on ``card`` and task ``there`` does not."""
    crossing = formulation.program.variable()
    formulation.program.at_least(crossing, formulation.on_card(here, card) - formulation.on_card(there, card))
    return crossing


def _widest(formulation: Formulation, edge: Edge) -> int:
    return max(variant.wire_bytes[edge.port] for variant in formulation.problem.tasks[edge.source].variants)
