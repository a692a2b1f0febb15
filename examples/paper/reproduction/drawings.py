# SPDX-License-Identifier: Apache-2.0
"""The pictures of the page, made from what was computed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from levada.core.manifests import Plan
from reproduction import layer_chart, link_chart, rate_chart, resource_chart, svg
from reproduction.comparison import COUNTS, PRINTED, WORDS, Paper
from reproduction.document import Picture
from reproduction.outcomes import BRAM


def resources(paper: Paper) -> Picture:
    """Return the bars of Tables II and IV."""
    panels = tuple(
        resource_chart.Panel(
            resource=WORDS[column],
            bars=tuple(
                resource_chart.Bars(
                    design=made.design.name,
                    published=paper.published.value(made.design.name, column),
                    levada=count(paper.counted(made, PRINTED)),
                    finn=None if made.finn is None else count(made.finn),
                )
                for made in paper.made.outcomes
            ),
            line=count(paper.capacities["device"]) or 0,
            line_text="one VU37P",
        )
        for column, count in COUNTS.items()
    )
    return Picture(
        name="resources",
        caption="LUT, BRAM36 and URAM: published, Levada's, and FINN's own estimate.",
        svg=svg.render(resource_chart.picture(panels)),
    )


def rates(paper: Paper) -> Picture:
    """Return the bars of Table III and of the last column of Table IV."""
    pairs = [
        rate_chart.Pair(
            design=made.design.title,
            clock_mhz=made.plan.clock_mhz,
            cards=len(made.plan.cards),
            published=paper.published.value(made.design.name, "rate"),
            bound=made.plan.performance.images_per_s,
        )
        for made in paper.made.outcomes
    ]
    caption = "Published rates beside the bound that the slowest layer sets at the paper's clock."
    return Picture(name="rates", caption=caption, svg=svg.render(rate_chart.picture(pairs)))


def links(paper: Paper) -> Picture:
    """Return the bars of Fig. 2."""
    return Picture(
        name="links",
        caption="Fig. 2 for our cuts: bytes of one inference into, between and out of the cards.",
        svg=svg.render(link_chart.picture(paper.made.outcome(BRAM).plans)),
    )


def layers(paper: Paper) -> Iterator[Picture]:
    """Yield the cycles of every layer, once for each network."""
    for network in dict.fromkeys(made.design.network for made in paper.made.outcomes):
        plans = [made.plan for made in paper.made.outcomes if made.design.network == network]
        caption = f"{network.upper()} in the folding of finn-examples: cycles per image of every layer."
        drawn = svg.render(layer_chart.picture(plans[0], [plan.clock_mhz for plan in plans]))
        yield Picture(name=f"layers-{network}", caption=caption, svg=drawn)


def floorplans(paper: Paper) -> Iterator[Picture]:
    """Yield every plan of every design as cards, SLRs, layers and bars of use."""
    for made in paper.made.outcomes:
        for plan in made.plans:
            way = f", {plan.route.topology}" if len(plan.cards) > 1 else ""
            yield Picture(
                name=f"floorplan-{made.design.name}{f'-{plan.route.topology}' if way else ''}",
                caption=(
                    f"{made.design.title}{way}: where each layer lies, and how full each SLR and card is with shell and network "
                    f"(basis {plan.basis}; the tick is the limit)."
                ),
                svg=_floorplan(plan),
                inline=False,
            )


def _floorplan(plan: Plan) -> str:
    from levada.partition.picture import draw  # loads matplotlib

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "floorplan.svg"
        draw(plan, file)
        return file.read_text(encoding="utf-8")
