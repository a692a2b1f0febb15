# SPDX-License-Identifier: Apache-2.0
"""A picture of cycles per layer, in the order of the data, the slowest ones marked."""

from collections.abc import Iterator, Sequence

from levada.core.manifests import PlacedLayer, Plan
from reproduction.svg import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    SOFT,
    TEAL,
    VIOLET,
    Box,
    Element,
    Label,
    Line,
    Sheet,
)
from reproduction.wording import number

LEFT, RIGHT, TOP, HEIGHT, BELOW = 84, 28, 86, 300, 62
WIDTH = 1100
COLOURS = {
    "MVAU": BLUE,
    "ConvolutionInputGenerator": TEAL,
    "FMPadding": VIOLET,
    "Thresholding": AMBER,
    "ElementwiseAdd": GREEN,
}
OTHER = "other layers"


def picture(plan: Plan, clocks_mhz: Sequence[float]) -> Sheet:
    """Return the bars of every layer's cycles, the slowest in red, with the rates that they allow at these clocks."""
    elements = [*_heading(plan, clocks_mhz), *_axis(plan), *_bars(plan), *_bound(plan), *_legend(plan)]
    title = f"Cycles per image of the {len(plan.layers)} layers of {plan.name}"
    return Sheet(width=WIDTH, height=TOP + HEIGHT + BELOW, title=title, elements=tuple(elements))


def slowest(plan: Plan) -> list[PlacedLayer]:
    """Return the layers that take as many cycles as the plan says bound its rate."""
    return [layer for layer in plan.layers if layer.folding.cycles == plan.performance.cycles]


def _heading(plan: Plan, clocks_mhz: Sequence[float]) -> Iterator[Element]:
    count = len(slowest(plan))
    bound = f"{number(plan.performance.cycles)} cycles"
    yield Label(x=LEFT, y=28, text="Cycles per image, layer by layer", size=18, bold=True)
    which = "one layer is the slowest" if count == 1 else f"{count} layers are equally slow"
    rates = ", ".join(f"{1e6 * mhz / plan.performance.cycles:.2f} images/s at {mhz:g} MHz" for mhz in clocks_mhz)
    text = f"{which}, with {bound}: {rates}"
    yield Label(x=LEFT, y=49, text=text, size=13, colour=SOFT)


def _axis(plan: Plan) -> Iterator[Element]:
    step = _step(plan.performance.cycles)
    for cycles in range(0, plan.performance.cycles + 1, step):
        y = _y(cycles, plan)
        yield Line(x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y)
        yield Label(x=LEFT - 8, y=y + 4, text=number(cycles), size=11, colour=SOFT, anchor="end")
    yield Label(x=LEFT, y=TOP + HEIGHT + 20, text=f"first: {plan.layers[0].name}", size=11, colour=SOFT)
    yield Label(
        x=WIDTH - RIGHT, y=TOP + HEIGHT + 20, text=f"last: {plan.layers[-1].name}", size=11, colour=SOFT, anchor="end"
    )
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield Label(
        x=middle, y=TOP + HEIGHT + 20, text="layers in the order of the data →", size=11, colour=SOFT, anchor="middle"
    )


def _step(top: int) -> int:
    """Return a round distance of four to nine grid lines under ``top``."""
    power: int = 10 ** (len(str(top)) - 1)
    fitting = [step for step in (power // 5, power // 2, power) if step and top <= 7 * step]
    return fitting[0] if fitting else 2 * power


def _bars(plan: Plan) -> Iterator[Element]:
    pitch = (WIDTH - LEFT - RIGHT) / len(plan.layers)
    for place, layer in enumerate(plan.layers):
        top = _y(layer.folding.cycles, plan)
        yield Box(
            x=LEFT + place * pitch + pitch * 0.1,
            y=top,
            width=pitch * 0.8,
            height=TOP + HEIGHT - top,
            fill=RED if layer.folding.cycles == plan.performance.cycles else COLOURS.get(layer.op, GREY),
            radius=min(2, pitch / 4),
            hint=f"{layer.name}: {layer.folding.cycles} cycles, PE {layer.folding.pe}, SIMD {layer.folding.simd}",
        )
    yield Line(x1=LEFT, y1=TOP + HEIGHT, x2=WIDTH - RIGHT, y2=TOP + HEIGHT, colour=INK)


def _bound(plan: Plan) -> Iterator[Element]:
    y = _y(plan.performance.cycles, plan)
    yield Line(x1=LEFT, y1=y, x2=WIDTH - RIGHT, y2=y, colour=RED, width=1.2, dashes="5 4")
    text = f"{number(plan.performance.cycles)} ({plan.performance.limited_by})"
    yield Label(x=WIDTH - RIGHT, y=y - 7, text=text, size=12, colour=RED, anchor="end", bold=True)


def _legend(plan: Plan) -> Iterator[Element]:
    present = dict.fromkeys(layer.op if layer.op in COLOURS else OTHER for layer in plan.layers)
    x, y = float(LEFT), TOP + HEIGHT + 46
    for word, colour in [("the slowest", RED), *((op, COLOURS.get(op, GREY)) for op in present)]:
        yield Box(x=x, y=y - 10, width=12, height=12, fill=colour)
        yield Label(x=x + 17, y=y, text=word, size=12)
        x += 40 + 6.6 * len(word)


def _y(cycles: int, plan: Plan) -> float:
    return TOP + HEIGHT * (1 - cycles / plan.performance.cycles)
