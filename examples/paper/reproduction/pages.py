# SPDX-License-Identifier: Apache-2.0
"""The page: what is reproduced, table by table, with pictures, and how to read it."""

from collections.abc import Iterable, Iterator

from levada.core.manifests import Basis
from reproduction import drawings
from reproduction.comparison import BASES, COUNTS, EVERY_BASIS, WORDS, Paper
from reproduction.document import Document, Grid, Section
from reproduction.outcomes import BRAM, DESIGNS, URAM, W1A2, Design
from reproduction.rows import Row, Table
from reproduction.traffic import loads
from reproduction.wording import NONE, number, percent, times

BASIS_WORDS: dict[Basis, str] = {
    "paper": "the paper's count of a U280",
    "finn": "FINN's dynamic region",
    "device": "the data sheet",
}


RATES: tuple[tuple[Table, Design], ...] = (("III", W1A2), ("III", BRAM), ("IV", URAM))
COUNTED: tuple[tuple[Table, Design], ...] = (("II", W1A2), ("IV", BRAM), ("IV", URAM))
"""Where each design's rate and counts are taken from; the design of both tables from one of them."""


class Found:
    """Rows, looked up by table, design, quantity and basis."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Index ``rows``."""
        self.rows = tuple(rows)
        self._rows = {(each.table, each.design, each.quantity, each.basis): each for each in self.rows}

    def get(self, table: Table, design: Design, quantity: str, basis: Basis | None = None) -> Row:
        """Return a row; an empty one where there is none."""
        empty = Row(table=table, design=design.name, quantity=quantity, basis=basis)
        return self._rows.get((table, design.name, quantity, basis), empty)

    def of(self, *tables: Table) -> tuple[Row, ...]:
        """Return the rows of some tables."""
        return tuple(each for each in self.rows if each.table in tables)


def document(paper: Paper, rows: Iterable[Row]) -> Document:
    """Return the whole page."""
    found = Found(rows)
    return Document(
        title="ResNet-50 across network-connected FPGAs: published, and computed by Levada",
        lead=(
            f"Published figures are those of {paper.published.source}; they were measured on Alveo U280 cards, with Vitis. "
            "Everything under “Levada” was computed by this run, without any vendor's tool and without a card: the networks were "
            "exported, compiled and placed, and their cost estimated.",
            "A ratio is Levada's figure over the published one. Every percentage names what it is a percentage of.",
        ),
        sections=(
            Section(heading="At a glance", parts=(_glance(found),)),
            _accuracy(found),
            _resources(paper, found),
            _rates(paper, found),
            _links(paper),
            _fits(paper, found),
            _floorplans(paper, found),
            _layers(paper),
            _breakdown(paper, found),
            _reading(paper),
        ),
    )


def _glance(found: Found) -> Grid:
    wanted = [
        *(found.get("III", design, "cycles of the slowest layer") for design in (W1A2, BRAM)),
        *(found.get(table, design, "images/s, cycle bound") for table, design in RATES),
        found.get("IV", URAM, "URAM of the convolutions' weights"),
        *(found.get("text", design, "fewest cards", basis) for basis in BASES for design in DESIGNS),
    ]
    return Grid(
        caption="",
        header=("design", "quantity", "basis", "published", "Levada", "ratio"),
        rows=tuple(_plain(each) for each in wanted),
        words=3,
    )


def _plain(each: Row) -> tuple[str, ...]:
    basis = NONE if each.basis is None else BASIS_WORDS[each.basis]
    return (each.design, each.quantity, basis, number(each.published), number(each.levada), times(each.ratio))


# ------------------------------------------------------------------------------------- the paper's tables


def _accuracy(found: Found) -> Section:
    rows = [
        (
            row.design,
            f"{number(row.published)} (published)",
            "not measured" if row.levada is None else number(row.levada),
        )
        for row in found.of("I")
    ]
    return Section(
        heading="Table I: accuracy",
        paragraphs=(
            "Accuracy needs trained weights and ImageNet. Where no trained network was given (--model), weights were random and "
            "calibrated with noise: good for planning, not for answers.",
        ),
        parts=(Grid(caption="", header=("design", "top-1 of ImageNet-1K, %", "measured here, %"), rows=tuple(rows)),),
    )


def _resources(paper: Paper, found: Found) -> Section:
    return Section(
        heading="Tables II and IV: resources",
        paragraphs=(
            "Counts are of all cards together, with everything on them: layers, weights, width converters, FIFOs, weight DMA, the network, and "
            "the platform that a published total holds. FINN's own estimate is what its node_res_estimation says of the same graph, specialised, "
            "with its converters and FIFOs, and nothing of platform and network.",
            "URAM beyond the weights is FIFOs: FINN's RTL FIFO of today goes there when it is deep. The 20 and 40 of the paper's designs with weights in "
            "block RAM are not weights either; which parts its tools put there, it does not say.",
        ),
        parts=(
            drawings.resources(paper),
            Grid(
                caption="Counts",
                header=("design", "resource", "published", "Levada", "ratio", "FINN's own", "ratio"),
                rows=tuple(_counts(found)),
                words=2,
            ),
            Grid(
                caption="Percentages",
                header=(
                    "design", "resource", "of", *(f"{BASIS_WORDS[basis]}: {side}" for basis in BASES for side in ("published", "Levada")),
                ),
                rows=tuple(_percentages(found)),
                words=3,
            ),
        ),
    )  # fmt: skip


def _counts(found: Found) -> Iterator[tuple[str, ...]]:
    for table, design in COUNTED:
        for column in COUNTS:
            ours = found.get(table, design, WORDS[column])
            finn = found.get(table, design, f"{WORDS[column]}, FINN's own estimate")
            yield (
                design.name, WORDS[column], number(ours.published),
                number(ours.levada), times(ours.ratio), number(finn.levada), times(finn.ratio),
            )  # fmt: skip


def _percentages(found: Found) -> Iterator[tuple[str, ...]]:
    for table, design in COUNTED:
        for column in COUNTS:
            prefix = f"{WORDS[column]}, % of "
            quantities = dict.fromkeys(
                row.quantity for row in found.of(table) if row.design == design.name and row.quantity.startswith(prefix)
            )
            for quantity in quantities:
                pairs = [found.get(table, design, quantity, basis) for basis in BASES]
                figures = [share for row in pairs for share in (_percent(row.published), _percent(row.levada))]
                yield (design.name, WORDS[column], quantity.removeprefix(prefix), *figures)


def _percent(value: object) -> str:
    return percent(value) if isinstance(value, (int, float)) else NONE


def _rates(paper: Paper, found: Found) -> Section:
    rows = []
    for table, design in RATES:
        bound = found.get(table, design, "images/s, cycle bound")
        short = found.get(table, design, "published rate below the cycle bound, %")
        rows.append(
            (
                design.name,
                *(number(found.get(table, design, each).levada) for each in ("cards", "clock, MHz", "cycles of the slowest layer")),
                number(bound.levada),
                number(bound.published),
                times(None if not bound.ratio else 1 / bound.ratio),
                _percent(short.levada),
            )
        )  # fmt: skip
    header = (
        "design",
        "cards",
        "clock, MHz",
        "slowest layer, cycles",
        "bound, images/s",
        "published",
        "published over bound",
        "short by",
    )
    return Section(
        heading="Table III: throughput",
        paragraphs=(
            "The bound is the clock over the cycles of the slowest layer. Nothing is fitted: the clocks are the paper's, the cycles FINN's. "
            "The two designs on one card reach 99.4 % of their bound. The one on three cards does not, and the paper does not say why; "
            "no constant here hides the difference.",
        ),
        parts=(drawings.rates(paper), Grid(caption="", header=header, rows=tuple(rows))),
    )


def _links(paper: Paper) -> Section:
    rows = []
    for plan in paper.made.outcome(BRAM).plans:
        found = loads(plan)
        copied = sum(load.payload_bytes for load in found if load.source == "host")
        for load in found:
            share = None if load.source == "host" else 100 * load.payload_bytes / copied
            rows.append(
                (plan.route.topology, load.name, number(load.payload_bytes), number(load.wire_bytes), _percent(share))
            )
    return Section(
        heading="Fig. 2: bytes of one inference",
        paragraphs=(
            "The paper's figure is a picture without figures. Its point is that intermediate results are much smaller than image and "
            "external weights, which a design split otherwise would copy to every card. On the wire means framed packets with every header and gap.",
        ),
        parts=(
            drawings.links(paper),
            Grid(
                caption="",
                header=("topology", "way", "payload, bytes", "on the wire, bytes", "of image + external weights"),
                rows=tuple(rows),
                words=2,
            ),
        ),
    )


def _fits(paper: Paper, found: Found) -> Section:
    rows = [
        (each.design.name, BASIS_WORDS[each.basis], str(each.cards), number(each.fits), each.reason)
        for each in paper.made.attempts
    ]
    limit = found.get("text", BRAM, "fewest cards", "paper")
    return Section(
        heading="How many cards?",
        paragraphs=(
            "Block RAM is limited to 80 % of a card, as in the paper, with shell and network counted in. A “no” is proven by the integer "
            f"program. The paper used {number(limit.published)} cards for the design with weights in block RAM.",
        ),
        parts=(Grid(caption="", header=("design", "basis", "cards", "fits", "why not"), rows=tuple(rows), words=5),),
    )


# -------------------------------------------------------------------------------------- what it looks like


def _floorplans(paper: Paper, found: Found) -> Section:
    rows = [
        (row.design, row.quantity.removesuffix(", %"), BASIS_WORDS[row.basis], _percent(row.levada))
        for row in found.of("text")
        if row.basis and " with shell and network, %" in row.quantity
    ]
    return Section(
        heading="Floorplans",
        parts=(
            *drawings.floorplans(paper),
            Grid(caption="Use of each card", header=("design", "what", "basis", "use"), rows=tuple(rows), words=3),
        ),
    )


def _layers(paper: Paper) -> Section:
    return Section(
        heading="Cycles of every layer",
        paragraphs=("Rest the pointer on a bar for its name and folding (in the HTML page).",),
        parts=tuple(drawings.layers(paper)),
    )


def _breakdown(paper: Paper, found: Found) -> Section:
    grids = []
    for made in paper.made.outcomes:
        rows = [row for row in found.of("breakdown") if row.design == made.design.name]
        kinds = dict.fromkeys(row.quantity.partition(" of ")[2] for row in rows)
        cells = tuple(
            (kind, *(number(found.get("breakdown", made.design, f"{WORDS[column]} of {kind}").levada) for column in COUNTS))
            for kind in kinds
        )  # fmt: skip
        header = ("part (how many)", *WORDS.values())
        grids.append(Grid(caption=made.design.title, header=header, rows=cells))
    return Section(
        heading="What takes it",
        paragraphs=(
            "Layers without their weights, by operation; docs/estimates.md says where every coefficient is from.",
        ),
        parts=tuple(grids),
    )


def _reading(paper: Paper) -> Section:
    rows = []
    for basis in EVERY_BASIS:
        capacity = paper.capacities[basis]
        rows.append((BASIS_WORDS[basis], *(number(count(capacity)) for count in COUNTS.values())))
    return Section(
        heading="How to read the percentages",
        paragraphs=(
            "The paper divides by counts that are not those of the region in which a design may lie: its LUT are more than the VU37P has. FINN's dynamic "
            "region is what is left beside the platform. Levada counts the platform on the paper's basis and not on FINN's; since the published counts hold "
            "it, they are not divided by FINN's region.",
        ),
        parts=(Grid(caption="One U280", header=("basis", *WORDS.values()), rows=tuple(rows)),),
    )
