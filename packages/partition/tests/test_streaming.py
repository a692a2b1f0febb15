# SPDX-License-Identifier: Apache-2.0
"""``--weights auto`` lets weights stream from memory only where nothing fits with all on chip, and then of as few layers as do."""

import msgspec
import pytest
from partition_questions import ALL_STORES, STORES, question, settings
from partition_toys import delivering, fold, line, toy

from levada.core.errors import InfeasibleError
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import judge
from levada.partition.planning import plan
from levada.partition.question import Question
from levada.partition.stage import ground_of
from levada.partition.streaming import fewest_streamed, ranked, unknown_boards
from levada.partition.wishes import Weights

SMALL = delivering(toy(slrs=1, bram18=100, uram=0, lut=800), ports=5, gbytes_per_s=50.0)


def keeper(halves, **fields):
    """Return a folding whose weights take so many halves of block RAM, and far too many LUT to be kept there."""
    return fold(**{"lut": 10, "cycles": 1000, "weights": (1024 * halves, 16)} | fields)


def asked(*foldings, cards=1, **overrides):
    wishes = {"weights": Weights(store="auto"), "stores": ALL_STORES, "board": SMALL} | overrides
    return question(line(*foldings), cards=cards, **wishes)


def planned(question_asked, cards=(1,)):
    """Return the plan, which the judge has passed."""
    made = assemble(question_asked, plan(question_asked, cards, Ilp()))
    assert all(check.passed for check in judge(made, question_asked.dataflow, ground_of(question_asked)).checks)
    return made


def outside(made):
    return [layer.name for layer in made.layers if layer.external_bytes]


def test_what_fits_on_chip_stays_there():
    made = planned(asked(keeper(40), keeper(40)))
    assert (outside(made), made.proof.ruled_out) == ([], ())


def test_as_few_layers_as_do_stream():
    assert len(outside(planned(asked(*[keeper(40)] * 4)))) == 2


def test_the_layer_that_reads_least_for_what_it_saves_goes_first():
    """All read two bytes a cycle; the second is done soon, the third takes little room."""
    foldings = [keeper(60), keeper(60, cycles=100), keeper(20)]
    assert ranked(asked(*foldings)) == ["b", "a", "c"]
    assert outside(planned(asked(*foldings))) == ["b"]


def test_words_wider_than_a_dma_stay_on_chip():
    wide = fold(lut=10, cycles=100, weights=(512, 513))
    assert ranked(asked(wide, keeper(9))) == ["b"]


def test_a_layer_whose_store_was_named_is_left_where_it_is():
    held = asked(keeper(40), keeper(40), weights=Weights(store="auto", layers={"a": "bram"}))
    assert ranked(held) == ["b"]


def test_why_weights_stream_is_told_with_what_they_take():
    (told,) = planned(asked(keeper(60), keeper(60, cycles=500))).proof.ruled_out
    assert told.startswith("on chip: the design does not fit: card 1 'u280-1' would need 1")
    assert told.endswith("; weights of b stream from memory, 0.1 GB/s of 50")


def test_a_memory_of_which_nobody_says_what_it_delivers_is_told():
    unknown = asked(keeper(60), keeper(60), board=toy(slrs=1, uram=0, lut=800))
    found = plan(unknown, (1,), Ilp())
    assert "GB/s of a memory of which nobody says what it delivers" in found.why_streamed
    assert unknown_boards(found.request, found.placement.choices) == ["toy"]


@pytest.mark.parametrize(("ports", "fits"), [(4, True), (3, False)])
def test_ports_bound_how_many_layers_stream(ports, fits):
    """Two have to, beside the ways in and out."""
    question_asked = asked(*[keeper(40)] * 4, board=delivering(SMALL, ports, 50.0))
    if fits:
        assert len(outside(planned(question_asked))) == 2
    else:
        with pytest.raises(InfeasibleError, match="the design does not fit"):
            plan(question_asked, (1,), Ilp())


@pytest.mark.parametrize(("gbytes_per_s", "fits"), [(5 * 0.2, True), (5 * 0.1, False)])
def test_a_demanded_rate_bounds_what_streams(gbytes_per_s, fits):
    """Two bytes a cycle at 100 MHz."""
    board = delivering(SMALL, 5, gbytes_per_s)
    question_asked = asked(keeper(60), keeper(60), board=board, settings=settings(fps=100_000.0))
    if fits:
        assert len(outside(planned(question_asked))) == 1
    else:
        with pytest.raises(InfeasibleError):
            plan(question_asked, (1,), Ilp())


def test_the_refusal_is_that_of_weights_on_chip_where_memory_does_not_help():
    hopeless = asked(fold(lut=2000), keeper(40))
    with pytest.raises(InfeasibleError, match="would need 2[0-9]{3} lut") as caught:
        plan(hopeless, (1,), Ilp())
    assert "memory" not in str(caught.value)


def test_fewer_cards_are_weighed_only_after_all_were_refused_on_chip():
    made = planned(asked(keeper(60), keeper(60), cards=2), (1, 2))
    assert (len(made.cards), outside(made)) == (2, [])


def test_the_first_number_of_cards_at_which_memory_helps_is_taken():
    made = planned(asked(*[keeper(99)] * 3, cards=2, board=delivering(SMALL, 6, 60.0)), (1, 2))
    assert (len(made.cards), [reason[:8] for reason in made.proof.ruled_out]) == (1, ["on chip:"])


def test_without_a_store_outside_nothing_is_tried_again():
    def unwanted(_: Question) -> bool:
        raise AssertionError

    assert fewest_streamed(asked(keeper(9), stores=STORES), unwanted) is None


def test_a_number_of_layers_is_found_by_halving():
    tried: list[int] = []

    def works(each: Question) -> bool:
        tried.append(len(each.streamed))
        return len(each.streamed) >= 11

    names = line(*[keeper(9)] * 12)
    found = fewest_streamed(msgspec.structs.replace(asked(), dataflow=names), works)
    assert found is not None
    assert (len(found.streamed), len(tried) <= 5) == (11, True)
