# SPDX-License-Identifier: Apache-2.0
"""What the user's words mean: limits, weight stores, foldings, anchors and the number of cards."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from levada.core.boards import Board
from levada.core.errors import InfeasibleError, NotRegisteredError, OptionError
from levada.core.manifests import Layer, LayerAnchor, Record
from levada.core.resources import Fractions, Name
from levada.partition.folding_file import from_file
from levada.partition.nearest import no_layer

AUTO, ALL = "auto", "all"
LIMIT_NAMES: dict[str, Name] = {
    "lut": "lut", "ff": "ff", "bram": "bram18", "bram18": "bram18", "uram": "uram", "dsp": "dsp",
}  # fmt: skip
FLAG_NAMES: dict[Name, str] = {"lut": "lut", "ff": "ff", "bram18": "bram", "uram": "uram", "dsp": "dsp"}
"""How ``--limit`` calls each resource, and so does what is said of a limit."""

SLR_LIMITS = Fractions(lut=0.9, ff=0.9, bram18=0.95, uram=0.95, dsp=0.95)
"""What an SLR may hold at most; cards stay well below on average. A choice, not a measurement."""

PROVEN_WEIGHT_BITS = 8191
"""The widest weight word that is taken unless wider ones are asked for: what FINN lets high-level synthesis build."""

WIDEST_WEIGHT_BITS = 16384
"""The widest weight word that an RTL layer takes; a plug-in's layers may offer wider ones."""

FoldingRule = Callable[[Layer], tuple[int, ...]]
"""Returns the indices of the foldings that may be taken for a layer."""


class Limits(Record, frozen=True, kw_only=True):
    """Limits as asked for, and the resources whose unknown counts are accepted."""

    fractions: Fractions
    may_be_unknown: tuple[Name, ...]


class Weights(Record, frozen=True, kw_only=True):
    """The weight store of all layers (``auto``: the planner chooses), and of single layers."""

    store: str
    layers: dict[str, str] = {}

    def of(self, layer: str) -> str:
        """Return the store that is asked for a layer."""
        return self.layers.get(layer, self.store)

    def text(self) -> str:
        """Return the wish as it is written on the command line."""
        return ",".join((self.store, *(f"{layer}={store}" for layer, store in self.layers.items())))


def limits(texts: Iterable[str], flag: str, base: Fractions) -> Limits:
    """Return the limits of ``NAME=FRACTION`` texts over ``base``. Raise OptionError for what is no such text.

    ``NAME=none`` allows the whole of a resource and accepts that nobody knows it; a fraction for flip-flops takes back that
    their unknowns are accepted.
    """
    fractions, accepted = base, {"ff": True}
    for text in texts:
        name, fraction = _limit(text, flag)
        fractions = msgspec.structs.replace(fractions, **{name: 1.0 if fraction is None else fraction})
        accepted[name] = fraction is None
    return Limits(fractions=fractions, may_be_unknown=tuple(n for n in LIMIT_NAMES.values() if accepted.pop(n, False)))


def _limit(text: str, flag: str) -> tuple[Name, float | None]:
    word, equals, value = text.partition("=")
    if not equals or word not in LIMIT_NAMES:
        msg = f"{flag} {text!r}: expected NAME=FRACTION with NAME one of {', '.join(LIMIT_NAMES)}, e.g. {flag} bram=0.8"
        raise OptionError(msg)
    if value == "none":
        return LIMIT_NAMES[word], None
    try:
        fraction = float(value)
    except ValueError:
        fraction = 0.0
    if not 0 < fraction <= 1:
        msg = f"{flag} {text!r}: expected a fraction above 0 and at most 1 (0.8 for 80 %), or none, got {value!r}"
        raise OptionError(msg)
    return LIMIT_NAMES[word], fraction


def weights(text: str, layers: Iterable[Layer]) -> Weights:
    """Return the stores of ``STORE`` or ``STORE,LAYER=STORE,…``. Raise OptionError for a layer that is not there, or has no weights."""
    store, *overrides = [part.strip() for part in text.split(",")]
    chosen: dict[str, str] = {}
    by_name = {layer.name: layer for layer in layers}
    for override in overrides:
        name, equals, special = override.partition("=")
        if not equals or not name:
            msg = f"--weights {text!r}: expected STORE or STORE,LAYER=STORE with a layer of the dataflow, got {override!r}"
            raise OptionError(msg)
        if name not in by_name:
            msg = f"--weights {text!r}: {no_layer(name, by_name)}"
            raise OptionError(msg)
        if not any(folding.weights for folding in by_name[name].foldings):
            msg = f"--weights {text!r}: layer {name!r} has no weights to keep anywhere; leave {override!r} out"
            raise OptionError(msg)
        chosen[name] = special
    return Weights(store=store, layers=chosen)


def check_stores(asked: Weights, registered: Iterable[str]) -> None:
    """Raise NotRegisteredError for a store that is neither registered nor ``auto``."""
    known = (AUTO, *sorted(registered))
    for store in (asked.store, *asked.layers.values()):
        if store not in known:
            msg = (
                f"no weight store {store!r} is registered (--weights takes {', '.join(known)}); "
                f"check the name, or install the plug-in that brings it"
            )
            raise NotRegisteredError(msg)


def cards(text: str, available: int) -> tuple[int, ...]:
    """Return the numbers of cards to try, in order. Raise OptionError for what is neither a number, ``auto`` nor ``all``."""
    if text == ALL:
        return (available,)
    if text == AUTO:
        return tuple(range(1, available + 1))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        msg = f"--cards {text!r}: expected a number of cards, at least 1, or {AUTO} or {ALL}"
        raise OptionError(msg)
    return (int(text),)


# ------------------------------------------------------------------------------------------------ anchors


def anchors(texts: Iterable[str], layers: Iterable[str], boards: Sequence[Board]) -> tuple[LayerAnchor, ...]:
    """Return the anchors of ``LAYER=CARD`` and ``LAYER=CARD:SLR`` texts, for a cluster of these boards.

    Raise OptionError for what is no such text, for a layer, card or SLR that is not there, and for a layer with two places.
    """
    found: dict[str, LayerAnchor] = {}
    names = tuple(layers)
    for text in texts:
        anchor = _anchor(text)
        _check_anchor(text, anchor, names, boards)
        other = found.setdefault(anchor.layer, anchor)
        if other != anchor:
            msg = f"--anchor {anchor_text(other)!r} and {text!r}: layer {anchor.layer!r} can be anchored once; leave out one of them"
            raise OptionError(msg)
    return tuple(found.values())


def anchor_text(anchor: LayerAnchor) -> str:
    """Return an anchor as it is written on the command line."""
    return f"{anchor.layer}={anchor.card}" + ("" if anchor.slr is None else f":{anchor.slr}")


def check_cards(anchors: Iterable[LayerAnchor], numbers: Sequence[int]) -> None:
    """Raise OptionError for an anchor on a card beyond the largest of the numbers of cards to try."""
    for anchor in anchors:
        if anchor.card > max(numbers):
            msg = f"--anchor {anchor_text(anchor)!r}: there is no card {anchor.card} with --cards {max(numbers)}; anchor it on one of these, or ask for more cards"
            raise OptionError(msg)


def _anchor(text: str) -> LayerAnchor:
    layer, _, place = text.rpartition("=")
    card, colon, slr = place.partition(":")
    numbers = [card, slr] if colon else [card]
    if not layer or not all(each.isascii() and each.isdigit() for each in numbers):
        msg = f"--anchor {text!r}: expected LAYER=CARD or LAYER=CARD:SLR, cards counted from 1 and SLRs from 0, e.g. --anchor MVAU_0=2:1"
        raise OptionError(msg)
    return LayerAnchor(layer=layer, card=int(card), slr=int(slr) if colon else None)


def _check_anchor(text: str, anchor: LayerAnchor, layers: Sequence[str], boards: Sequence[Board]) -> None:
    if anchor.layer not in layers:
        msg = f"--anchor {text!r}: {no_layer(anchor.layer, layers)}"
        raise OptionError(msg)
    if not 1 <= anchor.card <= len(boards):
        msg = f"--anchor {text!r}: no card {anchor.card} in this cluster; its cards are 1 to {len(boards)}"
        raise OptionError(msg)
    board = boards[anchor.card - 1]
    slrs = [slr.index for slr in board.slrs]
    if anchor.slr is not None and anchor.slr not in slrs:
        msg = f"--anchor {text!r}: card {anchor.card} is a {board.name!r} without SLR {anchor.slr}; it has {', '.join(map(str, slrs))}"
        raise OptionError(msg)


# ----------------------------------------------------------------------------------------------- foldings


def default_folding(layer: Layer) -> tuple[int, ...]:
    """Return the folding that the layer takes where nothing else is asked."""
    return (layer.default,)


def any_folding(layer: Layer) -> tuple[int, ...]:
    """Return all foldings: the planner finds the fastest that fits."""
    return tuple(range(len(layer.foldings)))


FOLDINGS: dict[str, FoldingRule] = {"default": default_folding, "fastest": any_folding}


def folding_rule(text: str, layers: Iterable[Layer]) -> FoldingRule:
    """Return the rule of this name, a published rule that layers name, or that of a folding file.

    Raise OptionError for none of them, or for a file that does not fit. A layer of which a rule or file does not speak takes its default.
    """
    if text in FOLDINGS:
        return FOLDINGS[text]
    by_name = {layer.name: layer for layer in layers}
    published = sorted({name for layer in by_name.values() for name in layer.named})
    if text in published:
        return lambda layer: (layer.named.get(text, layer.default),)
    path = Path(text)
    if not path.is_file():
        msg = f"--folding {text!r}: it is no file, and this dataflow's rules are {', '.join((*FOLDINGS, *published))}"
        raise OptionError(msg)
    indices = from_file(path, by_name)
    return lambda layer: indices.get(layer.name, (layer.default,))


def weight_bits(asked: int | None, layers: Iterable[Layer]) -> int | None:
    """Return the widest weight word that is asked for, or what RTL takes and the layers offer where that is less."""
    if asked is None:
        return None
    offered = (folding.weights.bits for layer in layers for folding in layer.foldings if folding.weights)
    return min(asked, max(WIDEST_WEIGHT_BITS, *offered, 0))


def narrowed(rule: FoldingRule, most_bits: int) -> FoldingRule:
    """Return ``rule`` without the foldings whose weight word is wider than ``most_bits``.

    Raise InfeasibleError, when asked for a layer of which none is left, with the narrowest it has.
    """

    def narrow(layer: Layer) -> tuple[int, ...]:
        widths = {index: memory.bits if (memory := layer.foldings[index].weights) else 0 for index in rule(layer)}
        kept = tuple(index for index, bits in widths.items() if bits <= most_bits)
        if not kept:
            msg = (
                f"layer {layer.name!r} has no folding with a weight stream of at most {most_bits} bits: "
                f"the narrowest that the foldings asked for have is {min(widths.values())}"
            )
            raise InfeasibleError(msg)
        return kept

    return narrow
