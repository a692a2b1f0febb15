# SPDX-License-Identifier: Apache-2.0
"""Rows of ``levada pareto``: what they take from a plan, replicas beside them, and which no other row beats."""

import msgspec
import pytest
from partition_plans import planned

from levada.core.manifests import Objective
from levada.partition.frontier import Point, Row, compared, row
from levada.partition.replicas import Replicas

replace = msgspec.structs.replace


def point(cards, clock_mhz=200.0, weights="bram", **more):
    return Point(cards=cards, weights=weights, clock_mhz=clock_mhz, **more)


def rated(cards, rate, **more):
    status = "infeasible" if rate is None else "optimal"
    return Row(point=point(cards, **more), status=status, images_per_s=rate)


@pytest.fixture(scope="module")
def plan():
    return planned(cards=2, topology="loop")


def test_a_row_has_the_rate_of_its_plan(plan):
    made = row(point(2), plan)
    assert (made.images_per_s, made.limited_by) == (plan.performance.images_per_s, plan.performance.limited_by)


def test_a_row_has_the_bytes_of_all_cuts(plan):
    assert row(point(2), plan).wire_bytes == sum(cut.wire_bytes for cut in plan.cuts) > 0


def test_a_row_has_the_use_of_the_fullest_card(plan):
    made = row(point(2), plan)
    (whole,) = (use for use in plan.utilisation if (use.card, use.slr) == (made.fullest_card, None))
    assert made.use["lut"] == pytest.approx(whole.used.lut / whole.capacity.lut)


def test_no_card_is_fuller_than_the_fullest(plan):
    most = max(share for share in row(point(2), plan).use.values() if share is not None)
    shares = [use.used.get(n) / use.capacity.get(n) for use in plan.utilisation if use.slr is None
              for n in ("lut", "bram18", "uram", "dsp") if use.used.get(n) is not None and use.capacity.get(n)]  # fmt: skip
    assert most == max(shares)


def test_a_bound_that_is_open_is_a_gap(plan):
    cycles = plan.performance.cycles
    proof = replace(plan.proof, objectives=(Objective(name="cycles", value=cycles, bound=cycles / 2),))
    assert row(point(2), replace(plan, proof=proof)).gap == pytest.approx(0.5, abs=0.02)


def test_a_fixed_rate_has_no_gap(plan):
    assert row(point(2), replace(plan, proof=replace(plan.proof, objectives=()))).gap == 0


def test_copies_are_weighed_beside_one_pipeline():
    rows = compared([rated(1, 100.0), rated(2, 150.0)], alike=2)
    assert [each.replicas for each in rows] == [None, Replicas(copies=2, cards=1, images_per_s=200.0)]
    assert [each.better for each in rows] == ["one pipeline", "2 copies on 1 card each"]


def test_one_pipeline_is_better_where_it_is_faster():
    assert compared([rated(1, 100.0), rated(2, 201.0)], alike=2)[1].better == "one pipeline"


def test_copies_are_of_a_pipeline_with_the_same_clock_and_store():
    rows = [rated(1, 100.0, clock_mhz=300.0), rated(1, 100.0, weights="uram"), rated(2, 150.0)]
    assert compared(rows, alike=2)[2].replicas is None


def test_copies_need_cards_that_are_alike():
    assert compared([rated(1, 100.0), rated(2, 150.0)], alike=1)[1].replicas is None


@pytest.mark.parametrize(
    ("rows", "alike"),
    [
        ([rated(1, 100.0), rated(2, 150.0)], 1),
        ([rated(2, 150.0)], 2),
        ([rated(1, 90.0, weights="uram"), rated(2, 150.0)], 2),
    ],
    ids=["other boards or anchors", "no shorter row", "shorter rows of another store"],
)
def test_where_no_copies_were_weighed_it_says_so(rows, alike):
    assert compared(rows, alike=alike)[-1].better == "copies not weighed"


def test_copies_that_do_not_fit_were_weighed():
    assert compared([rated(1, None), rated(2, 150.0)], alike=2)[1].better == "one pipeline"


def test_one_card_holds_one_pipeline_whatever_is_weighed():
    assert compared([rated(1, 100.0)], alike=0)[0].better == "one pipeline"


def test_a_row_without_plan_may_still_have_copies():
    assert compared([rated(1, 100.0), rated(2, None)], alike=2)[1].best_images_per_s == 200.0


def test_a_row_without_plan_and_copies_is_nothing():
    (alone,) = compared([rated(1, None)], alike=1)
    assert (alone.better, alone.front, alone.best_images_per_s) == ("", False, None)


def test_the_front_holds_what_no_row_beats():
    rows = [
        rated(1, 100.0),
        rated(1, 90.0, weights="uram"),
        rated(1, 150.0, clock_mhz=300.0),
        rated(1, 80.0, clock_mhz=300.0),
    ]
    assert [each.front for each in compared(rows, alike=1)] == [True, False, True, False]


def test_equals_are_on_the_front_together():
    assert all(each.front for each in compared([rated(1, 100.0), rated(1, 100.0, weights="uram")], alike=1))


def test_a_point_is_said_in_words():
    assert point(2, weight_stream_bits=64).text() == "2 cards, weights bram, 200 MHz, weight streams of at most 64 bits"
