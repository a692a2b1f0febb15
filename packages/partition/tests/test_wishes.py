# SPDX-License-Identifier: Apache-2.0
"""What the user types: limits, stores, cards, anchors, foldings, and the words for what makes no sense."""

from contextlib import nullcontext

import msgspec
import pytest
from partition_toys import fold, toy

from levada.core.errors import NotRegisteredError, OptionError
from levada.core.manifests import Layer, LayerAnchor
from levada.core.resources import Fractions
from levada.partition import wishes
from levada.partition.wishes import Weights, folding_rule

LAYERS = (
    Layer(name="MVAU_0", op="MVAU", node="MVAU_0", foldings=(fold(pe=1, simd=1), fold(pe=2, simd=1), fold(pe=2, simd=4)), default=1),
    Layer(name="Pool_0", op="Pool", node="Pool_0", foldings=(fold(pe=1),)),
)  # fmt: skip


def limits(*texts):
    return wishes.limits(texts, "--limit", Fractions())


# ------------------------------------------------------------------------------------------------- limits


def test_without_wishes_the_base_holds_and_unknown_flip_flops_are_accepted():
    assert (limits().fractions, limits().may_be_unknown) == (Fractions(), ("ff",))


@pytest.mark.parametrize(
    ("word", "field"),
    [("lut", "lut"), ("ff", "ff"), ("bram", "bram18"), ("bram18", "bram18"), ("uram", "uram"), ("dsp", "dsp")],
)
def test_a_limit_is_set_by_its_word(word, field):
    assert limits(f"{word}=0.33").fractions.get(field) == 0.33


def test_the_last_of_two_limits_counts():
    assert limits("bram=0.5", "bram18=0.6").fractions.bram18 == 0.6


def test_none_lifts_a_limit_and_accepts_the_unknown():
    lifted = limits("dsp=none")
    assert (lifted.fractions.dsp, lifted.may_be_unknown) == (1.0, ("ff", "dsp"))


def test_a_limit_on_flip_flops_no_longer_accepts_that_nobody_knows_them():
    assert limits("ff=0.5").may_be_unknown == ()


def test_a_limit_takes_back_an_earlier_none():
    assert limits("lut=none", "lut=0.7").may_be_unknown == ("ff",)


@pytest.mark.parametrize("text", ["bram", "0.8", "brams=0.8", "=0.8", "", "LUT=0.5"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(
        OptionError, match=rf"--limit '{text}': expected NAME=FRACTION with NAME one of lut, ff, bram, .* bram=0.8"
    ):
        limits(text)


@pytest.mark.parametrize("value", ["0", "-1", "1.01", "80%", "many", "nan", "inf", ""])
def test_what_is_no_fraction_is_refused(value):
    with pytest.raises(OptionError, match=r"expected a fraction above 0 and at most 1 \(0.8 for 80 %\), or none, got"):
        limits(f"bram={value}")


def test_the_flag_that_is_wrong_is_named():
    with pytest.raises(OptionError, match="--slr-limit 'x'"):
        wishes.limits(["x"], "--slr-limit", Fractions())


# ------------------------------------------------------------------------------------------------- stores


HEAVY = tuple(Layer(name=name, op="MVAU", node=name, foldings=(fold(weights=(8, 4)),)) for name in ("MVAU_0", "MVAU_1"))


def stores(text):
    return wishes.weights(text, (*HEAVY, LAYERS[1]))


def test_one_word_is_the_store_of_all_layers():
    assert stores("uram").of("a") == "uram"


def test_single_layers_have_stores_of_their_own():
    asked = stores("auto, MVAU_0=external")
    assert (asked.of("MVAU_0"), asked.of("MVAU_1")) == ("external", "auto")


@pytest.mark.parametrize("text", ["uram", "auto,MVAU_0=external,MVAU_1=bram"])
def test_stores_are_written_as_they_are_read(text):
    assert stores(text).text() == text


@pytest.mark.parametrize("text", ["auto,bram", "auto,=bram"])
def test_a_store_for_no_layer_is_refused(text):
    with pytest.raises(OptionError, match="expected STORE or STORE,LAYER=STORE with a layer of the dataflow, got"):
        stores(text)


def test_a_store_for_a_layer_that_is_not_there_is_refused():
    with pytest.raises(OptionError, match="no layer 'MVAU_9' in this dataflow; the nearest names are MVAU_0, MVAU_1"):
        stores("auto,MVAU_9=bram")


def test_a_store_for_a_layer_without_weights_is_refused():
    with pytest.raises(OptionError, match="layer 'Pool_0' has no weights to keep anywhere; leave 'Pool_0=uram' out"):
        stores("bram,Pool_0=uram")


@pytest.mark.parametrize("text", ["bran", "bram,MVAU_0=bran"])
def test_a_store_that_nobody_knows_is_refused_with_all_that_may_be_asked(text):
    with pytest.raises(NotRegisteredError, match=r"no weight store 'bran' .* takes auto, bram, uram\)"):
        wishes.check_stores(stores(text), ["uram", "bram"])


def test_weights_are_compared_by_value():
    assert stores("bram") == Weights(store="bram")


# -------------------------------------------------------------------------------------------------- cards


@pytest.mark.parametrize(("text", "numbers"), [("all", (3,)), ("auto", (1, 2, 3)), ("2", (2,)), ("7", (7,))])
def test_cards_are_a_number_or_a_word(text, numbers):
    assert wishes.cards(text, 3) == numbers


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "", "²"])
def test_what_is_no_number_of_cards_is_refused(text):
    with pytest.raises(OptionError, match=f"--cards '{text}': expected a number of cards, at least 1, or auto or all"):
        wishes.cards(text, 3)


# ------------------------------------------------------------------------------------------------ anchors

BOARDS = (toy(slrs=2), toy(slrs=3))


def anchors(*texts):
    return wishes.anchors(texts, ["MVAU_0", "Pool_0"], BOARDS)


@pytest.mark.parametrize(
    ("text", "card", "slr"), [("MVAU_0=1", 1, None), ("MVAU_0=2", 2, None), ("MVAU_0=1:0", 1, 0), ("MVAU_0=2:2", 2, 2)]
)
def test_an_anchor_is_a_layer_with_a_card_and_perhaps_an_slr(text, card, slr):
    assert anchors(text) == (LayerAnchor(layer="MVAU_0", card=card, slr=slr),)


@pytest.mark.parametrize("text", ["MVAU_0=1", "MVAU_0=1:0"])
def test_anchors_are_written_as_they_are_read(text):
    assert [wishes.anchor_text(each) for each in anchors(text)] == [text]


def test_layers_have_anchors_of_their_own():
    assert [each.layer for each in anchors("MVAU_0=1", "Pool_0=2:0")] == ["MVAU_0", "Pool_0"]


def test_the_same_anchor_twice_is_one():
    assert len(anchors("MVAU_0=1", "MVAU_0=1")) == 1


@pytest.mark.parametrize("other", ["MVAU_0=2", "MVAU_0=1:0"])
def test_a_layer_is_anchored_once(other):
    text = f"--anchor 'MVAU_0=1' and '{other}': layer 'MVAU_0' can be anchored once; leave out one of them"
    with pytest.raises(OptionError, match=text):
        anchors("MVAU_0=1", other)


@pytest.mark.parametrize(
    "text",
    ["", "MVAU_0", "MVAU_0=", "=1", "MVAU_0=one", "MVAU_0=1:", "MVAU_0=:1", "MVAU_0=1:0:0", "MVAU_0=-1", "MVAU_0=²"],
)
def test_what_is_no_anchor_is_refused(text):
    wanted = rf"--anchor '{text}': expected LAYER=CARD or LAYER=CARD:SLR, cards counted from 1 and SLRs from 0, e.g. --anchor MVAU_0=2:1"
    with pytest.raises(OptionError, match=wanted):
        anchors(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("MVAU_9=1", "no layer 'MVAU_9' in this dataflow; the nearest names are MVAU_0, Pool_0"),
        ("MVAU_0=3", "no card 3 in this cluster; its cards are 1 to 2"),
        ("MVAU_0=0", "no card 0 in this cluster; its cards are 1 to 2"),
        ("MVAU_0=1:2", "card 1 is a 'toy' without SLR 2; it has 0, 1"),
        ("MVAU_0=2:3", "card 2 is a 'toy' without SLR 3; it has 0, 1, 2"),
    ],
)
def test_an_anchor_where_there_is_nothing_is_refused(text, fault):
    with pytest.raises(OptionError, match=f"--anchor '{text}': {fault}"):
        anchors(text)


@pytest.mark.parametrize(("numbers", "refused"), [((1,), True), ((2,), False), ((1, 2), False)])
def test_an_anchor_lies_on_a_card_that_is_asked_for(numbers, refused):
    text = "--anchor 'MVAU_0=2:0': there is no card 2 with --cards 1; anchor it on one of these, or ask for more cards"
    with pytest.raises(OptionError, match=text) if refused else nullcontext():
        wishes.check_cards(anchors("MVAU_0=2:0"), numbers)


# ----------------------------------------------------------------------------------------------- foldings


def test_the_default_rule_takes_the_layers_default():
    assert [folding_rule("default", LAYERS)(layer) for layer in LAYERS] == [(1,), (0,)]


def test_the_fastest_rule_takes_any():
    assert [folding_rule("fastest", LAYERS)(layer) for layer in LAYERS] == [(0, 1, 2), (0,)]


def test_what_is_neither_a_rule_nor_a_file_is_refused():
    with pytest.raises(
        OptionError, match="--folding 'quickest': it is no file, and this dataflow.s rules are default, fastest"
    ):
        folding_rule("quickest", LAYERS)


PUBLISHED = (msgspec.structs.replace(LAYERS[0], named={"finn-examples": 2}), LAYERS[1])


def test_a_published_rule_takes_the_folding_that_each_layer_names():
    rule = folding_rule("finn-examples", PUBLISHED)
    assert rule(PUBLISHED[0]) == (2,)


def test_a_layer_of_which_a_published_rule_does_not_speak_takes_its_default():
    rule = folding_rule("finn-examples", PUBLISHED)
    assert rule(PUBLISHED[1]) == (0,)


def test_a_rule_that_no_layer_names_is_refused_with_those_that_exist():
    with pytest.raises(OptionError, match="--folding 'other': it is no file.* default, fastest, finn-examples"):
        folding_rule("other", PUBLISHED)
