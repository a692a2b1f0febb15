# SPDX-License-Identifier: Apache-2.0
"""A picture of Table III: the published rate beside the bound of the slowest layer, and the part that is missing."""

from collections.abc import Iterator, Sequence

from levada.core.manifests.common import Record
from reproduction.svg import BLUE, INK, RED, SOFT, Box, Element, Label, Line, Sheet
from reproduction.wording import NARROW

WIDTH, LEFT, TOP, BAR, PITCH, SPAN = 1100, 250, 84, 16, 62, 540


class Pair(Record, frozen=True, kw_only=True):
    """One design: what was measured on cards, and what its slowest layer allows."""

    design: str
    clock_mhz: float
    cards: int
    published: float | None
    bound: float


def picture(pairs: Sequence[Pair]) -> Sheet:
    """Return two bars per design, and in red what the published rate lacks."""
    most = max(pair.bound for pair in pairs)
    elements: list[Element] = [
        Label(x=24, y=28, text="Images per second: published, and the bound of the slowest layer", size=18, bold=True),
        Label(
            x=24, y=49, text="both single-card designs reach their bound; the paper does not explain what the three cards lack",
            size=13, colour=SOFT,
        ),
    ]  # fmt: skip
    for place, pair in enumerate(pairs):
        elements += _pair(pair, TOP + place * PITCH, most)
    bottom = TOP + len(pairs) * PITCH
    elements.append(Line(x1=LEFT, y1=TOP - 6, x2=LEFT, y2=bottom - 10, colour=INK))
    title = "Published rates beside the bound of the slowest layer"
    return Sheet(width=WIDTH, height=bottom + 6, title=title, elements=tuple(elements))


def _pair(pair: Pair, top: float, most: float) -> Iterator[Element]:
    cards = "one card" if pair.cards == 1 else f"{pair.cards} cards"
    yield Label(x=LEFT - 12, y=top + 14, text=pair.design, size=13, anchor="end", bold=True)
    yield Label(x=LEFT - 12, y=top + 31, text=f"{cards}, {pair.clock_mhz:g} MHz", size=12, colour=SOFT, anchor="end")
    bound = SPAN * pair.bound / most
    yield Box(x=LEFT, y=top + BAR + 3, width=bound, height=BAR, fill=BLUE)
    yield Label(x=LEFT + bound + 8, y=top + 2 * BAR, text=f"{pair.bound:.2f} bound", size=12, colour=BLUE)
    if pair.published is None:
        return
    reached = SPAN * pair.published / most
    yield Box(x=LEFT, y=top, width=reached, height=BAR, fill=INK)
    lacking = 100 * (1 - pair.published / pair.bound)
    if lacking > 5:
        yield Box(x=LEFT + reached, y=top, width=bound - reached, height=BAR, fill="#f6dcd6", edge=RED, radius=0)
        text, colour = f"{pair.published:.2f} published: {lacking:.1f}{NARROW}% short, unexplained", RED
    else:
        text, colour = f"{pair.published:.2f} published ({lacking:.1f}{NARROW}% short)", INK
    yield Label(x=LEFT + max(reached, bound) + 8, y=top + BAR * 0.8, text=text, size=12, colour=colour)
