# SPDX-License-Identifier: Apache-2.0
"""A picture like the paper's Fig. 2: bytes of one inference on every way, in the loop and in the chain."""

from collections.abc import Iterator, Sequence

from levada.core.manifests import Plan
from reproduction.svg import AMBER, BLUE, INK, RED, SOFT, TEAL, Box, Element, Label, Line, Sheet
from reproduction.traffic import Load, loads
from reproduction.wording import amount

WIDTH, LEFT, RIGHT, TOP = 1100, 320, 130, 84
BAR, GAP, BETWEEN = 22, 10, 40


def picture(plans: Sequence[Plan]) -> Sheet:
    """Return one group of bars per plan, one bar per way, all to the same scale."""
    most = max((load.payload_bytes for plan in plans for load in loads(plan)), default=1)
    elements: list[Element] = [*_heading()]
    y: float = TOP
    for plan in plans:
        found = loads(plan)
        elements += _group(plan.route.topology, found, y, most)
        y += 26 + len(found) * (BAR + GAP) + BETWEEN
    title = "Bytes of one inference into, between and out of the cards"
    return Sheet(width=WIDTH, height=y + 8, title=title, elements=(*elements, *_legend(y - 14)))


def _heading() -> Iterator[Element]:
    yield Label(x=24, y=28, text="Bytes of one inference on every way", size=18, bold=True)
    text = (
        "what crosses between the cards, beside what an accelerator split otherwise would have to copy to each of them"
    )
    yield Label(x=24, y=49, text=text, size=13, colour=SOFT)


def _group(topology: str, found: Sequence[Load], top: float, most: int) -> Iterator[Element]:
    yield Label(x=24, y=top + 10, text=topology, size=14, bold=True)
    yield Line(x1=24, y1=top + 18, x2=WIDTH - 24, y2=top + 18)
    for place, load in enumerate(found):
        yield from _bar(load, top + 28 + place * (BAR + GAP), most)
    bottom = top + 24 + len(found) * (BAR + GAP)
    yield Line(x1=LEFT, y1=top + 24, x2=LEFT, y2=bottom, colour=INK)


def _bar(load: Load, y: float, most: int) -> Iterator[Element]:
    length = (WIDTH - LEFT - RIGHT - 120) * load.payload_bytes / most
    yield Label(x=LEFT - 10, y=y + BAR * 0.7, text=load.name, size=13, anchor="end")
    yield Box(x=LEFT, y=y, width=max(length, 1.5), height=BAR, fill=_colour(load), hint=f"{load.payload_bytes} bytes")
    beside = f"{amount(load.payload_bytes)}"
    extra = f"  ({amount(load.wire_bytes)} on the wire)" if load.wire_bytes is not None else ""
    yield Label(x=LEFT + max(length, 1.5) + 8, y=y + BAR * 0.7, text=beside + extra, size=13, colour=INK)


def _colour(load: Load) -> str:
    if "host" not in (load.source, load.sink):
        return BLUE
    if load.sink == "host":
        return RED
    return AMBER if load.name.startswith("external") else TEAL


def _legend(y: float) -> Iterator[Element]:
    x = 24.0
    for word, colour in (
        ("image", TEAL), ("external weights", AMBER), ("between cards, over the network", BLUE), ("answer", RED),
    ):  # fmt: skip
        yield Box(x=x, y=y - 10, width=12, height=12, fill=colour)
        yield Label(x=x + 17, y=y, text=word, size=12)
        x += 44 + 6.6 * len(word)
