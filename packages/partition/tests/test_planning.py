# SPDX-License-Identifier: Apache-2.0
"""Numbers of cards to try, and suggestions that were tried."""

import re

import msgspec
import pytest
from partition_questions import question, settings
from partition_toys import WHOLE, fold, line, toy

from levada.core.errors import ClusterError, InfeasibleError
from levada.core.interfaces import Partitioner
from levada.partition.ilp import Ilp
from levada.partition.planning import plan
from levada.partition.wishes import FOLDINGS, Weights, anchors

ONE = toy(slrs=1)


def refused(asked, cards=(1,)):
    with pytest.raises(InfeasibleError) as caught:
        plan(asked, cards, Ilp())
    return str(caught.value)


def suggestions(text):
    """Return what else would do, one string each."""
    found = re.search(r"what else would do: (.*) \((?:each )?tried\)", text)
    return found.group(1).split(", or ") if found else []


def weighty(count, words):
    return line(*[fold(lut=10, weights=(words, 36))] * count)


def test_the_number_that_is_asked_for_is_planned():
    assert plan(question(line(fold(), fold()), cards=2), (2,), Ilp()).cards == 2


def test_of_several_numbers_the_first_that_does_is_planned():
    asked = question(line(fold(lut=800), fold(lut=800), fold(lut=100)), cards=3, board=ONE)
    assert plan(asked, (1, 2, 3), Ilp()).cards == 2


def test_why_fewer_cards_do_not_do_is_kept():
    asked = question(line(fold(lut=800), fold(lut=800), fold(lut=800)), cards=3, board=ONE)
    one, two = plan(asked, (1, 2, 3), Ilp()).ruled_out
    assert one.startswith("1 card: the design does not fit: card 1 'u280-1' would need 2400 lut, 1400 more than")
    assert two.startswith("2 cards: the design does not fit")


def test_nothing_is_ruled_out_where_the_first_number_does():
    assert plan(question(line(fold(), fold()), cards=2), (1, 2), Ilp()).ruled_out == ()


def test_a_placement_keeps_the_request_that_it_answers():
    planned = plan(question(line(fold(), fold()), cards=2), (2,), Ilp())
    assert len(planned.request.cards) == len({choice.segment for choice in planned.placement.choices}) == 2


def test_another_store_is_suggested_where_it_helps():
    asked = question(weighty(3, 512 * 50), board=ONE, weights=Weights(store="bram"))
    assert suggestions(refused(asked))[0] == "--weights auto"


def test_a_suggested_store_keeps_those_of_single_layers():
    asked = question(weighty(4, 512 * 50), board=ONE, weights=Weights(store="bram", layers={"a": "uram"}))
    assert suggestions(refused(asked))[0] == "--weights auto,a=uram"


def test_another_store_is_not_suggested_where_it_does_not_help():
    asked = question(line(fold(lut=1200), fold()), cards=2, board=ONE)
    assert "--weights auto" not in suggestions(refused(asked, (1,)))


def test_another_card_of_the_cluster_is_suggested_where_it_helps():
    asked = question(line(fold(lut=800), fold(lut=800)), cards=2, board=ONE)
    assert suggestions(refused(asked)) == ["--cards 2"]


def test_a_card_that_the_cluster_has_not_is_suggested_as_such():
    asked = question(line(fold(lut=800), fold(lut=800)), board=ONE)
    assert suggestions(refused(asked)) == ["--cards 2 on a cluster with one more such card"]


def test_fewer_cards_are_suggested_where_there_are_too_few_layers():
    assert suggestions(refused(question(line(fold(), fold()), cards=3), (3,))) == ["--cards 2"]


def test_freer_foldings_are_suggested_where_fixed_ones_do_not_fit():
    either = [fold(lut=1200, cycles=50), fold(lut=400, cycles=400)]
    assert suggestions(refused(question(line(either), board=ONE))) == [
        "--folding fastest, which reaches 250000 images/s"
    ]


def test_a_rate_that_does_not_fit_gives_way_to_the_best_that_does():
    either = [fold(lut=700, cycles=50), fold(lut=400, cycles=300)]
    asked = question(line(either, either), board=ONE, folding=FOLDINGS["fastest"], settings=settings(fps=1e6))
    assert suggestions(refused(asked))[-1] == "--fps 333333.333"


def test_a_suggested_rate_is_reached():
    either = [fold(lut=700, cycles=50), fold(lut=400, cycles=300)]
    asked = question(line(either, either), board=ONE, folding=FOLDINGS["fastest"], settings=settings(fps=333333.333))
    assert plan(asked, (1,), Ilp()).cards == 1


def test_free_foldings_are_not_suggested_where_they_are_free_already():
    asked = question(line(fold(lut=1200)), board=ONE, folding=FOLDINGS["fastest"])
    assert suggestions(refused(asked)) == []


def test_a_higher_limit_is_suggested_by_the_partitioner():
    asked = question(line(fold(lut=900)), board=ONE, settings=settings(limits=msgspec.structs.replace(WHOLE, lut=0.5)))
    assert "it would fit with --limit lut=0.9 (tried)" in refused(asked)


def anchored(*texts, lut=400):
    """Return a question about four layers of so many LUT on two cards of 1000, with these anchors."""
    asked = question(line(*[fold(lut=lut)] * 4), cards=2, board=ONE)
    held = anchors(texts, "abcd", asked.boards)
    return msgspec.structs.replace(asked, settings=settings(anchors=held))


def test_an_anchor_is_left_out_where_that_helps():
    assert suggestions(refused(anchored("c=1"), (2,))) == ["leaving out --anchor c=1"]


def test_each_anchor_that_is_one_too_many_is_suggested_by_itself():
    asked = anchored("a=1", "b=2:0", "c=1:0", lut=100)
    assert suggestions(refused(asked, (2,))) == ["leaving out --anchor b=2:0", "leaving out --anchor c=1:0"]


def test_no_anchor_is_left_out_where_none_alone_helps():
    assert suggestions(refused(anchored("b=2", "c=1", "d=1"), (2,))) == []


def test_fewer_cards_than_an_anchor_needs_are_ruled_out():
    (why,) = plan(anchored("d=2"), (1, 2), Ilp()).ruled_out
    assert why == "1 card: layer 'd' is anchored on card 2; use as many cards, or anchor it elsewhere"


def test_nothing_is_suggested_where_nothing_helps():
    text = refused(question(line(fold(lut=1200)), board=ONE))
    assert "what else would do" not in text
    assert "200 more than the 1000 allowed" in text


def test_too_few_cards_in_the_cluster_is_said_at_once():
    with pytest.raises(ClusterError, match="5 cards are asked for"):
        plan(question(line(fold())), (5,), Ilp())


class Broken(Partitioner):
    """A partitioner with a bug of its own."""

    name = "broken"

    def place(self, request):
        raise ZeroDivisionError


def test_a_partitioners_own_faults_are_not_taken_for_answers():
    with pytest.raises(ZeroDivisionError):
        plan(question(line(fold())), (1,), Broken())


class Refusing(Partitioner):
    """A partitioner that places nothing on one card."""

    name = "refusing"

    def place(self, request):
        if len(request.cards) == 1:
            msg = "not on one card"
            raise InfeasibleError(msg)
        return Ilp().place(request)


def test_any_partitioners_refusal_gets_suggestions():
    with pytest.raises(InfeasibleError, match="not on one card; what else would do: --cards 2"):
        plan(question(line(fold(), fold()), cards=2), (1,), Refusing())
