# SPDX-License-Identifier: Apache-2.0
"""Fit the platform's share on two of the paper's three designs, predict the third, and print all three fits as a table.

``python docs/calibrate.py W1A2_DATAFLOW W4A5_DATAFLOW [--write]``: folders that `levada compile --board u280 --fifos finn-examples` wrote.
With ``--write`` the table goes into docs/estimates.md. Totals depend on no placement, so nothing is planned here.
"""

import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import tomllib

from levada.core.artefact import load
from levada.core.boards_alveo import HBM_CONTROLLER, PLATFORM_SHARE, U280
from levada.core.manifests import Dataflow, Record
from levada.core.networks import VNX
from levada.core.resources import Resources, total
from levada.core.stream_costs import link
from levada.partition.beats import lanes
from levada.partition.stores import Bram, External, Uram

PAGE = Path(__file__).with_name("estimates.md")
PUBLISHED = Path(__file__).parents[1] / "examples" / "paper" / "published.toml"
BEGIN, END = "<!-- calibrate.py -->\n", "<!-- end -->\n"
RULE = "finn-examples"
STEP = 0.001
GOALS = (
    ("w1a2", 0),
    ("w1a2", 1),
    ("w4a5-bram", 0),
    ("w4a5-bram", 1),
    ("w4a5-uram", 0),
    ("w4a5-uram", 1),
    ("w4a5-uram", 2),
)
"""The rows that should be within 10 %: LUT (0) and BRAM36 (1) of all designs, URAM (2) of the last."""
FITTED_ON = ("w1a2", "w4a5-bram")
COUNTS = ("lut", "bram36", "uram")


class Design(Record, frozen=True, kw_only=True):
    """A design without the platform, as (LUT, BRAM36, URAM), and the same of what is published."""

    name: str
    cards: int
    counted: tuple[float, float, float]
    published: tuple[float, float, float]

    def ratio(self, count: int, share: float) -> float:
        """Return predicted / published where the platform fills ``share`` of the static region."""
        return (self.counted[count] + share * self.cards * _static()[count]) / self.published[count]


def designs(w1a2: Dataflow, w4a5: Dataflow) -> tuple[Design, ...]:
    """Return the paper's three designs."""
    return (
        _design("w1a2", w1a2, Bram(), 1),
        _design("w4a5-bram", w4a5, Bram(), 3),
        _design("w4a5-uram", w4a5, Uram(), 1),
    )


def fit(made: Iterable[Design]) -> float:
    """Return the share that makes the squared relative errors of LUT and BRAM36 least, to three places."""
    made = tuple(made)
    shares = [round(STEP * step, 3) for step in range(round(1 / STEP) + 1)]
    return min(shares, key=lambda share: sum((each.ratio(count, share) - 1) ** 2 for each in made for count in (0, 1)))


def table(made: tuple[Design, ...]) -> str:
    """Return the three fits, each on two designs, with all ratios; those of the design left out are predictions."""
    lines = ["| fitted on | share | design | LUT | BRAM36 | URAM |", "|---|---|---|---|---|---|"]
    for left_out in reversed(made):
        kept = [each for each in made if each is not left_out]
        share = fit(kept)
        for each in made:
            ratios = [f"{each.ratio(count, share):.3f}" for count in range(3)]
            word = f"**{each.name}** (predicted)" if each is left_out else each.name
            lines.append(f"| {', '.join(one.name for one in kept)} | {share} | {word} | {' | '.join(ratios)} |")
    lines += ["", "| design | | LUT | BRAM36 | URAM |", "|---|---|---|---|---|"]
    for each in made:
        ours = [each.ratio(count, PLATFORM_SHARE) * each.published[count] for count in range(3)]
        lines += [
            f"| {each.name} | published | {' | '.join(f'{count:,.1f}' for count in each.published)} |",
            f"| | Levada, share {PLATFORM_SHARE} | {' | '.join(f'{count:,.1f}' for count in ours)} |",
        ]
    return "\n".join(lines) + "\n"


def _design(name: str, dataflow: Dataflow, store: Bram | Uram, cards: int) -> Design:
    network = VNX.overhead if cards > 1 else Resources()
    fixed = [HBM_CONTROLLER, network] * cards + [U280.dma] * 2
    sums = total(chain(_layers(dataflow, store), _streams(dataflow), fixed))
    return Design(name=name, cards=cards, counted=_three(sums), published=_published(name))


def _layers(dataflow: Dataflow, store: Bram | Uram) -> Iterable[Resources]:
    for layer in dataflow.layers:
        folding = layer.foldings[layer.named[RULE]]
        yield folding.resources
        if folding.weights is not None:
            kept = store if folding.thresholds else External()
            yield kept.cost(folding.weights, layer, U280).resources


def _streams(dataflow: Dataflow) -> Iterable[Resources]:
    foldings = {layer.name: layer.foldings[layer.named[RULE]] for layer in dataflow.layers}
    for stream in dataflow.streams:
        sink = lanes(stream, stream.sink_lanes, foldings[stream.sink]) if stream.sink else None
        source = lanes(stream, stream.source_lanes, foldings[stream.source]) if stream.source else sink
        ends = source or 1, sink or source or 1
        yield link(stream.element_bits, ends, stream.fifo.depth, stream.fifo.side)


def _static() -> tuple[float, float, float]:
    """Return what of a U280 lies outside its dynamic region."""
    device, region = (_three(total(U280.capacity(basis))) for basis in ("device", "finn"))
    return device[0] - region[0], device[1] - region[1], 0.0


def _three(counts: Resources) -> tuple[float, float, float]:
    return counts.lut or 0, (counts.bram18 or 0) / 2, counts.uram or 0


def _published(name: str) -> tuple[float, float, float]:
    figures = tomllib.loads(PUBLISHED.read_text())["figures"]
    found = {each["quantity"]: each["value"] for each in figures if each["design"] == name and "of_cards" not in each}
    return found["lut"], found["bram36"], found["uram"]


def main(arguments: list[str]) -> None:
    """Print the table, or write it into the page."""
    w1a2, w4a5 = (load(Path(folder), Dataflow).manifest for folder in arguments[:2])
    printed = table(designs(w1a2, w4a5))
    if "--write" in arguments:
        page = PAGE.read_text()
        head, rest = page.split(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}{printed}{END}{rest.split(END)[1]}")
    sys.stdout.write(printed)


if __name__ == "__main__":
    main(sys.argv[1:])
