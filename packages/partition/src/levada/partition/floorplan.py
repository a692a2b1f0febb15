# SPDX-License-Identifier: Apache-2.0
"""A plan as boxes: cards, their SLRs, the layers in them and how full they are, and what crosses between the cards.

Plain values without any drawing, which :mod:`levada.partition.picture` puts on paper.
"""

from collections.abc import Iterable, Iterator

from levada.core.manifests import CardUse, PlacedLayer, Plan, Record, Utilisation
from levada.core.resources import NAMES, Fractions, Name, Resources

LEAST = 0.02
"""The length of the smallest layer's cell, so that it can be seen."""

LEGEND = (
    "Bars: what is used of the capacity, shell and network included; black tick: the limit. Strips: an SLR's layers, each as long as the largest "
    f"share of the SLR that it takes and no shorter than {LEAST * 100:g} % of the strip, all shrunk alike where they would be too long: a full strip is no full "
    "SLR. Dark at the network's input, light at its output, hatched in the tail of a loop. Estimates, not synthesis."
)

LABELS: dict[Name, str] = {"lut": "LUT", "ff": "FF", "bram18": "BRAM", "uram": "URAM", "dsp": "DSP"}


class Cell(Record, frozen=True, kw_only=True):
    """A layer in an SLR's strip: from ``left`` over ``width`` of its length; ``depth`` is 0 at the network's input, 1 at its output.

    ``tail`` says that it belongs to a later part of its card than the first.
    """

    layer: str
    left: float
    width: float
    depth: float
    tail: bool


class Bar(Record, frozen=True, kw_only=True):
    """The share of one resource that is used, and the limit; None where nobody knows the use or the capacity."""

    label: str
    share: float | None
    limit: float


class SlrBox(Record, frozen=True, kw_only=True):
    """One SLR."""

    index: int
    cells: tuple[Cell, ...]
    bars: tuple[Bar, ...]


class CardBox(Record, frozen=True, kw_only=True):
    """One card with its SLRs, the lowest number first."""

    index: int
    name: str
    board: str
    layers: int
    slrs: tuple[SlrBox, ...]
    bars: tuple[Bar, ...]


class Link(Record, frozen=True, kw_only=True):
    """All streams from one card to another."""

    source: int
    sink: int
    streams: int
    wire_bytes: int
    gbps: float

    def text(self) -> str:
        """Return streams, bytes and rate in words."""
        count = "1 stream" if self.streams == 1 else f"{self.streams} streams"
        return f"{count}\n{self.wire_bytes / 1000:,.1f} kB per image\n{self.gbps:.3g} Gb/s"


class Floorplan(Record, frozen=True, kw_only=True):
    """Everything a picture of a plan shows."""

    title: str
    cards: tuple[CardBox, ...]
    links: tuple[Link, ...]


def floorplan(plan: Plan) -> Floorplan:
    """Return the boxes of ``plan``."""
    depth = {layer.name: number / max(1, len(plan.layers) - 1) for number, layer in enumerate(plan.layers)}
    cards = "1 card" if len(plan.cards) == 1 else f"{len(plan.cards)} cards, {plan.route.topology}"
    speed = plan.performance
    return Floorplan(
        title=f"{plan.name}: {cards}, {speed.images_per_s:.2f} images/s at {plan.clock_mhz:g} MHz "
        f"(limited by {speed.limited_by}); capacities on basis {plan.basis!r}",
        cards=tuple(_card(plan, card, depth) for card in plan.cards),
        links=tuple(_links(plan)),
    )


def _card(plan: Plan, card: CardUse, depth: dict[str, float]) -> CardBox:
    first = next(number for number, segment in enumerate(plan.route.segments) if segment.card == card.index)
    rows = {row.slr: row for row in plan.utilisation if row.card == card.index}
    mine = [layer for layer in plan.layers if layer.card == card.index]
    return CardBox(
        index=card.index,
        name=card.name,
        board=card.board,
        layers=len(mine),
        slrs=tuple(
            SlrBox(
                index=slr,
                cells=_cells([layer for layer in mine if layer.slr == slr], capacity, depth, first),
                bars=_bars(rows[slr]),
            )
            for slr, capacity in enumerate(card.capacity)
        ),
        bars=_bars(rows[None]),
    )


def _cells(layers: Iterable[PlacedLayer], capacity: Resources, depth: dict[str, float], first: int) -> tuple[Cell, ...]:
    """Return layers side by side, each as long as the largest share of the SLR's resources that it takes; all shrunk where they are too long."""
    shares = [(layer, max(LEAST, _largest_share(layer.resources, capacity))) for layer in layers]
    scale = max(1.0, sum(share for _, share in shares))
    cells, left = [], 0.0
    for layer, share in shares:
        width = share / scale
        tail = layer.segment > first
        cells.append(Cell(layer=layer.name, left=left, width=width, depth=depth[layer.name], tail=tail))
        left += width
    return tuple(cells)


def _largest_share(used: Resources, capacity: Resources) -> float:
    return max((used.get(name) or 0) / (capacity.get(name) or float("inf")) for name in NAMES)


def _bars(row: Utilisation) -> tuple[Bar, ...]:
    return tuple(_bar(name, row.used.get(name), row.capacity.get(name), row.limit) for name in NAMES)


def _bar(name: Name, used: int | None, capacity: int | None, limit: Fractions) -> Bar:
    share = None if used is None or not capacity else used / capacity
    return Bar(label=LABELS[name], share=share, limit=limit.get(name))


def _links(plan: Plan) -> Iterator[Link]:
    pairs = dict.fromkeys((cut.source_card, cut.sink_card) for cut in plan.cuts)
    for source, sink in pairs:
        cuts = [cut for cut in plan.cuts if (cut.source_card, cut.sink_card) == (source, sink)]
        yield Link(
            source=source,
            sink=sink,
            streams=len(cuts),
            wire_bytes=sum(cut.wire_bytes for cut in cuts),
            gbps=sum(cut.gbps for cut in cuts),
        )
