# SPDX-License-Identifier: Apache-2.0
"""The rows of ``levada pareto``: one plan each, what it reaches and costs, and which of them no other one beats.

Plain values without any solving, which :mod:`levada.partition.pareto` fills in and :mod:`levada.partition.chart` draws.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from levada.core.manifests import Plan, Record
from levada.core.resources import NAMES, Name
from levada.partition.ilp import CYCLES
from levada.partition.replicas import Replicas, best_replicas


class Point(Record, frozen=True, kw_only=True):
    """What a row asks: so many cards, this weight store, clock in MHz and widest weight stream (None: any)."""

    cards: int
    weights: str
    clock_mhz: float
    weight_stream_bits: int | None = None

    def text(self) -> str:
        """Return the point in words."""
        count = "1 card" if self.cards == 1 else f"{self.cards} cards"
        widest = (
            "" if self.weight_stream_bits is None else f", weight streams of at most {self.weight_stream_bits} bits"
        )
        return f"{count}, weights {self.weights}, {self.clock_mhz:g} MHz{widest}"


class Row(Record, frozen=True, kw_only=True):
    """A point and its plan, which the judge has passed; or the ``reason`` why there is none.

    ``bound_images_per_s``: no plan of this point is faster. ``gap``: how far the bound lies above the rate, relative to the bound.
    ``use``: the share of each resource that the fullest card takes, None where unknown. ``wire_bytes`` per image, on all lines together.
    ``replicas``: the best that copies of a shorter pipeline would do on as many cards. ``weighed``: it is known what they do, even
    where none fits; one card needs no such look. ``front``: no other row is better in one of rate, cards and clock and
    as good in the others; rows that tie all count.
    """

    point: Point
    status: Literal["optimal", "feasible", "infeasible", "undecided", "unknown cost"]
    images_per_s: float | None = None
    bound_images_per_s: float | None = None
    gap: float | None = None
    limited_by: str = ""
    fullest_card: int | None = None
    use: dict[Name, float | None] = {}
    wire_bytes: int | None = None
    replicas: Replicas | None = None
    weighed: bool = False
    front: bool = False
    reason: str = ""

    @property
    def best_images_per_s(self) -> float | None:
        """Return the rate of the better of pipeline and replicas, None where neither is there."""
        rates = [self.images_per_s, self.replicas.images_per_s if self.replicas else None]
        return max((rate for rate in rates if rate is not None), default=None)

    @property
    def better(self) -> str:
        """Say which is better; copies where both are as fast, since each of them is a shorter pipeline."""
        if self.best_images_per_s is None:
            return ""
        if self.replicas is not None and self.replicas.images_per_s == self.best_images_per_s:
            return self.replicas.text()
        return "one pipeline" if self.weighed or self.point.cards == 1 else "copies not weighed"


def row(point: Point, plan: Plan) -> Row:
    """Return the row of a plan."""
    cycles = next((goal for goal in plan.proof.objectives if goal.name == CYCLES), None)
    rate = plan.performance.images_per_s
    bound = max(rate, plan.clock_mhz * 1e6 / cycles.bound) if cycles is not None and cycles.bound > 0 else rate
    shares = {use.card: _shares(plan, use.card) for use in plan.utilisation if use.slr is None}
    fullest = max(shares, key=lambda card: max(share or 0.0 for share in shares[card].values()))
    return Row(
        point=point,
        status=plan.proof.status,
        images_per_s=rate,
        bound_images_per_s=bound,
        gap=1 - rate / bound,
        limited_by=plan.performance.limited_by,
        fullest_card=fullest,
        use=shares[fullest],
        wire_bytes=sum(cut.wire_bytes for cut in plan.cuts),
    )


def compared(rows: Sequence[Row], *, alike: int) -> tuple[Row, ...]:
    """Return the rows with replicas weighed and the front marked; copies fit on the first ``alike`` cards of the cluster alone."""
    weighed = [_weighed(each, rows, alike) for each in rows]
    return tuple(msgspec.structs.replace(each, front=_unbeaten(each, weighed)) for each in weighed)


def _shares(plan: Plan, card: int) -> dict[Name, float | None]:
    (whole,) = (use for use in plan.utilisation if use.card == card and use.slr is None)
    return {name: _share(whole.used.get(name), whole.capacity.get(name)) for name in NAMES}


def _share(used: int | None, capacity: int | None) -> float | None:
    return None if used is None or not capacity else used / capacity


def _weighed(row: Row, rows: Sequence[Row], alike: int) -> Row:
    """Return the row with the best copies; none are weighed where its cards differ, since a copy is planned for the first of them."""
    cards = row.point.cards
    shorter = [
        each
        for each in rows
        if cards <= alike
        and each.point.cards <= cards // 2
        and msgspec.structs.replace(each.point, cards=cards) == row.point
    ]
    rates = {each.point.cards: each.images_per_s for each in shorter if each.images_per_s is not None}
    weighed = bool(rates) or any(each.status == "infeasible" for each in shorter)
    return msgspec.structs.replace(row, replicas=best_replicas(cards, rates), weighed=weighed)


def _unbeaten(row: Row, rows: Sequence[Row]) -> bool:
    return row.best_images_per_s is not None and not any(_beats(other, row) for other in rows)


def _beats(one: Row, other: Row) -> bool:
    """Say whether ``one`` is at least as good in rate, cards and clock, and better in one of them."""
    mine, theirs = _worth(one), _worth(other)
    return all(a >= b for a, b in zip(mine, theirs, strict=True)) and mine != theirs


def _worth(row: Row) -> tuple[float, float, float]:
    return (row.best_images_per_s or 0.0, -row.point.cards, -row.point.clock_mhz)
