# SPDX-License-Identifier: Apache-2.0
"""What one card more would buy, and copies of a shorter pipeline: true of all placements there are."""

import random

import msgspec
import pytest
from partition_questions import question, settings
from partition_reference import exhaustive
from partition_toys import FREE_NETWORK, fold, line, toy

from levada.core.errors import UndecidedError
from levada.core.interfaces import Partitioner
from levada.core.manifests import LayerAnchor, Outlook, Scaling
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import judge
from levada.partition.outlook import limited, outlook
from levada.partition.planning import enlarged, plan
from levada.partition.stage import ground_of
from levada.partition.wishes import FOLDINGS

replace = msgspec.structs.replace
ONE = toy(slrs=1)
MHZ = 100.0
"""The clock of these questions."""


class Counting(Partitioner):
    """Counts the cards of what it is asked, and answers as Ilp does, or with an error."""

    name = "counting"

    def __init__(self, error=None):
        self.asked, self.error = [], error

    def place(self, request):
        self.asked.append(len(request.cards))
        if self.error:
            raise self.error
        return Ilp().place(request)


def free(dataflow, cards=1, **fields):
    return question(dataflow, cards=cards, **{"board": ONE, "folding": FOLDINGS["fastest"], **fields})


def fixed(dataflow, cards=1, **fields):
    return question(dataflow, cards=cards, **{"board": ONE, **fields})


def told(asked, partitioner=None, numbers=None):
    """Return the outlook of the plan that answers a question on all its cards."""
    planned = plan(asked, numbers or (len(asked.boards),), Ilp())
    return outlook(asked, planned, assemble(asked, planned), partitioner or Ilp())


def best_rate(asked, cards):
    """Return images per second of the fastest of all placements on so many cards, None where there is none."""
    worth = exhaustive(enlarged(asked, cards).request(cards))
    return None if worth is None else MHZ * 1e6 / worth.cycles


def steps(*luts):
    """Return a layer's foldings of these LUT, from 400 cycles down, halved each time."""
    return [fold(lut=lut, cycles=400 >> number) for number, lut in enumerate(luts)]


# ---------------------------------------------------------------------------------------------- the next card


def test_what_the_next_card_buys_is_what_all_placements_on_it_allow():
    asked = free(line(steps(300, 450, 900), steps(300, 450, 900)))
    following = told(asked).next_card
    assert (following.cards, following.images_per_s, following.at_most) == (2, best_rate(asked, 2), best_rate(asked, 2))
    assert best_rate(asked, 2) > best_rate(asked, 1)


def test_a_card_that_the_cluster_has_left_is_the_next_one():
    asked = free(line(steps(300, 450, 900), steps(300, 450, 900)), cards=2)
    assert told(asked, numbers=(1,)).next_card.images_per_s == best_rate(asked, 2)


def test_nothing_is_looked_for_where_a_layer_is_at_its_fastest():
    asked, partitioner = fixed(line(fold(), fold())), Counting()
    following = told(asked, partitioner).next_card
    assert (partitioner.asked, following.images_per_s, following.at_most) == ([], None, best_rate(asked, 2))
    assert following.reason.startswith("no card makes the slowest layer faster")


def test_nothing_is_looked_for_where_the_rate_is_demanded():
    partitioner = Counting()
    asked = free(line(steps(300, 450), steps(300, 450)), cards=2, settings=settings(fps=2.5e5))
    found = told(asked, partitioner)
    assert found.next_card == Scaling(cards=3, reason="the rate stays the one that is demanded")
    assert (found.no_copies, partitioner.asked) == ("since the rate is demanded", [])


def test_where_there_is_no_plan_on_one_card_more_that_is_said():
    following = told(free(line(steps(300, 1100)))).next_card
    assert following.reason.startswith("there is no plan on 2 cards")
    assert (following.images_per_s, following.at_most) == (None, None)


@pytest.mark.parametrize(("layers", "cards"), [(1, 1), (2, 2)])
def test_copies_of_a_pipeline_on_one_card_are_told_with_one_card_more(layers, cards):
    """Its rate is known: of the plan itself, or of the copies beside it."""
    asked = free(line(*[steps(300, 450)] * layers), cards=cards)
    following = told(asked).next_card
    assert (
        f"{cards + 1} copies on 1 card each reach {best_rate(asked, 1) * (cards + 1):.1f} images/s" in following.reason
    )


def test_where_time_is_too_short_the_fastest_foldings_are_the_bound():
    following = told(free(line(steps(300, 1100))), Counting(UndecidedError("too short"))).next_card
    assert (following.images_per_s, following.at_most) == (None, 5e5)
    assert following.reason.startswith("no plan on 2 cards was found in a short search")


def test_what_the_line_limits_is_looked_at_again():
    """A second cut may be where there is less to send."""
    thin = replace(FREE_NETWORK, line_gbps=0.5)
    partitioner = Counting()
    told(fixed(line(fold(lut=700), fold(lut=700)), cards=2, network=thin), partitioner)
    assert 3 in partitioner.asked


# --------------------------------------------------------------------------------------------------- copies


def test_copies_reach_what_all_placements_of_the_shorter_pipeline_allow():
    asked = free(line(*[steps(200, 450, 900)] * 3), cards=3)
    copies = told(asked).copies
    assert (copies.copies, copies.cards) == (3, 1)
    assert copies.images_per_s == copies.at_most == 3 * best_rate(asked, 1)


def test_the_better_of_copies_and_pipeline_is_told():
    quick = told(free(line(steps(300, 900, 900), steps(300, 900, 900)), cards=2)).copies
    assert (quick.images_per_s, quick.better) == (5e5, False)
    assert told(fixed(line(fold(), fold()), cards=2)).copies.better


def test_copies_that_are_as_fast_are_better():
    assert told(free(line(steps(300, 900), steps(300, 900)), cards=2)).copies.better


class Hasty(Partitioner):
    """A partitioner that finds nothing on one card in time."""

    name = "hasty"

    def place(self, request):
        if len(request.cards) == 1:
            msg = "too short"
            raise UndecidedError(msg)
        return Ilp().place(request)


def test_copies_of_a_length_that_was_not_settled_are_within_the_bound():
    copies = told(free(line(*[steps(200, 450, 900)] * 4), cards=4), Hasty()).copies
    assert (copies.copies, copies.cards, copies.at_most) == (2, 2, 4 * MHZ * 1e6 / 100)


def test_with_fixed_foldings_the_shortest_pipeline_that_fits_is_enough():
    partitioner = Counting()
    copies = told(fixed(line(*[fold(lut=200)] * 4), cards=4), partitioner).copies
    assert (partitioner.asked, copies.copies, copies.cards) == ([1], 4, 1)


def test_the_next_shortest_is_tried_where_one_does_not_fit():
    partitioner = Counting()
    copies = told(fixed(line(*[fold(lut=400)] * 4), cards=4), partitioner).copies
    assert (partitioner.asked, copies.copies, copies.cards) == ([1, 2], 2, 2)


@pytest.mark.parametrize(("cards", "words"), [(2, "1 card"), (4, "1 to 2 cards")])
def test_where_no_shorter_pipeline_fits_that_is_said(cards, words):
    found = told(fixed(line(*[fold(lut=600)] * cards), cards=cards))
    assert (found.copies, found.no_copies) == (None, f"since no plan fits on {words}")


def test_where_time_is_too_short_none_is_said_to_be_found():
    found = told(fixed(line(fold(), fold()), cards=2), Counting(UndecidedError("too short")))
    assert found.no_copies == "since no plan was found on 1 card"


def test_fewer_cards_that_were_tried_already_are_not_tried_again():
    partitioner = Counting()
    found = told(fixed(line(fold(lut=600), fold(lut=600)), cards=2), partitioner, numbers=(1, 2))
    assert (found.no_copies, partitioner.asked) == ("since no plan was found on fewer cards", [])


def test_where_layers_are_anchored_no_copies_are_looked_for():
    held = settings(anchors=(LayerAnchor(layer="a", card=1),))
    assert told(fixed(line(fold(), fold()), cards=2, settings=held)).no_copies == "since layers are anchored to cards"


def test_cards_that_differ_hold_no_copies():
    boards = (ONE, replace(ONE, name="other"))
    assert told(fixed(line(fold(), fold()), cards=2, boards=boards)).no_copies == "since the cards differ: other, toy"


def test_one_card_has_nothing_to_say_of_copies():
    found = told(fixed(line(fold())))
    assert (found.copies, found.no_copies) == (None, "")


# ------------------------------------------------------------------------------------------------ both at once


def drawn(seed):
    """Return five layers in a row, each in three foldings: some fit one card, some need two, and some are soon at their fastest."""
    draw = random.Random(seed)
    drawn = [(draw.randrange(120, 300), draw.randrange(300, 500)) for _ in range(5)]
    return line(
        *[[fold(lut=lut * n, cycles=cycles // m) for n, m in ((1, 1), (2, 2), (3, 4))] for lut, cycles in drawn]
    )


SEVERAL = [(seed, cards) for seed in range(8) for cards in (2, 3, 4)]
FITTING_ONE = [(seed, 1) for seed in (1, 2, 4)]


@pytest.mark.parametrize(("seed", "cards"), FITTING_ONE + SEVERAL)
def test_of_random_networks_the_next_cards_rate_is_true(seed, cards):
    asked = free(drawn(seed), cards)
    found, most = told(asked).next_card, best_rate(asked, cards + 1)
    assert found.at_most == pytest.approx(most)
    assert found.images_per_s == (None if "slowest layer" in found.reason else pytest.approx(most))


@pytest.mark.parametrize(("seed", "cards"), SEVERAL)
def test_of_random_networks_the_copies_rate_is_true(seed, cards):
    asked = free(drawn(seed), cards)
    found = told(asked).copies
    best = max(cards // each * (best_rate(asked, each) or 0.0) for each in range(1, cards // 2 + 1))
    assert (found.images_per_s if found else 0.0) == pytest.approx(best)
    assert found is None or found.better == (best >= best_rate(asked, cards) * (1 - 1e-9))


@pytest.mark.parametrize("lut", [100, 500, 900])
def test_the_judge_passes_a_plan_with_its_outlook(lut):
    asked = free(line(*[steps(lut // 3, lut // 2, lut)] * 3), cards=2)
    planned = plan(asked, (2,), Ilp())
    made = assemble(asked, planned)
    whole = replace(made, outlook=outlook(asked, planned, made, Ilp()))
    assert judge(whole, asked.dataflow, ground_of(asked)).passed


def test_what_limits_is_told_without_looking_further():
    asked = fixed(line(fold(), fold()), cards=2)
    made = assemble(asked, plan(asked, (2,), Ilp()))
    assert limited(asked, made) == Outlook(limited="layer a takes 100 cycles in its fastest folding")
