# SPDX-License-Identifier: Apache-2.0
"""A plan for people: the rate with its proof, what limits it, and where everything lies."""

from collections import Counter

from levada.core.manifests import Copies, Objective, Plan, Scaling, Utilisation
from levada.core.resources import NAMES
from levada.core.show_words import count, some

SAME = 1e-9
"""Relative difference of a value and its bound that is none."""

MOST_DECIMALS = 15
"""Decimals of a percentage beyond which a float says nothing."""


def plan_lines(plan: Plan) -> list[str]:
    """Return the summary of a plan, one string a line."""
    speed = plan.performance
    network = f", network {plan.network}" if plan.cuts else ", no network"
    head = f"plan {plan.name} on {len(plan.cards)} of {plan.cluster}, {plan.route.topology}{network}"
    rate = (
        f"  predicted {speed.images_per_s:.1f} images/s at {plan.clock_mhz:g} MHz ({speed.cycles} cycles, limited by {speed.limited_by}), "
        f"latency {speed.latency_ms:.3f} ms"
    )
    ruled_out = [f"  ruled out: {reason}" for reason in plan.proof.ruled_out]
    return [head, rate, *_slowest(plan), *_proof(plan), *ruled_out, *_outlook(plan), *_cards(plan), *_cuts(plan)]


def _slowest(plan: Plan) -> list[str]:
    """Return the folding and weight store of the layer that limits the rate, or of the slowest where the network does."""
    if not plan.layers:
        return []
    slowest = max(plan.layers, key=lambda layer: layer.folding.cycles)
    layer = next((layer for layer in plan.layers if layer.name == plan.performance.limited_by), slowest)
    word = "limiting" if layer.name == plan.performance.limited_by else "slowest"
    fold = layer.folding
    weights = "no weights" if layer.store == "none" else f"weights in {layer.store}"
    return [
        f"  {word} layer {layer.name}: {fold.implementation}, PE {fold.pe}, SIMD {fold.simd}, {fold.cycles} cycles, {weights}"
    ]


def _proof(plan: Plan) -> list[str]:
    """Return what each objective came to and what is proven of it, and how."""
    proof = plan.proof
    told = ", ".join(map(_objective, proof.objectives))
    return [f"  {proof.status}: {told}", f"  by {proof.method}"] if told else [f"  {proof.status} by {proof.method}"]


def _objective(goal: Objective) -> str:
    name = goal.name.replace("_", " ").replace("slr", "SLR")
    share = goal.name == "largest_utilisation"
    value, bound = (f"{each:.2%}" if share else f"{each:.12g}" for each in (goal.value, goal.bound))
    if goal.value <= goal.bound * (1 + SAME):
        return f"{name} {value} (proven)"
    if goal.bound <= 0:
        return f"{name} {value} (nothing proven)"
    if share:
        value, bound = _apart(goal.value, goal.bound)
    gap, _ = _apart(1 - goal.bound / goal.value, 0.0)
    return f"{name} {value} (less than {bound} proven impossible, gap {gap})"


def _apart(share: float, other: float) -> tuple[str, str]:
    """Return two shares in per cent, with two decimals or as many more as tell them apart."""
    written = [(f"{share:.{decimals}%}", f"{other:.{decimals}%}") for decimals in range(2, MOST_DECIMALS)]
    return next((pair for pair in written if pair[0] != pair[1]), written[-1])


def _outlook(plan: Plan) -> list[str]:
    """Return what limits the rate, what one card more would buy, and how copies of a shorter pipeline compare."""
    outlook = plan.outlook
    rows = [f"  what limits it: {outlook.limited}"] if outlook.limited else []
    if outlook.next_card is not None:
        rows.append(f"  one card more: {_scaling(outlook.next_card)}")
    if outlook.copies is not None:
        rows.append(f"  {_copies(outlook.copies, plan.performance.images_per_s)}")
    elif outlook.no_copies:
        rows.append(f"  copies of a shorter pipeline: none, {outlook.no_copies}")
    return rows


def _scaling(scaling: Scaling) -> str:
    reached = (
        [] if scaling.images_per_s is None else [f"one pipeline on {scaling.cards} cards would reach {_rate(scaling)}"]
    )
    reason = [scaling.reason] if scaling.reason else []
    return "; ".join([*reached, *_most(scaling, " for one pipeline" if not reached else ""), *reason])


def _copies(copies: Copies, rate: float) -> str:
    many = f"{copies.copies} copies on {some(copies.cards, 'card')} each would reach {_rate(copies)}"
    if not copies.better:
        beaten = "copies" if copies.at_most is not None and copies.at_most < rate else "the copies that were found"
        return "; ".join([f"better than {beaten}: {many}", *_most(copies)])
    than = "more than" if copies.images_per_s > rate else "as much as"
    return f"copies would do: {many}, {than} this pipeline's {rate:.1f}"


def _rate(found: Scaling | Copies) -> str:
    """Return a rate that was found in words; more may be possible where that is not proven to be the most."""
    return f"{'' if _settled(found) else 'at least '}{found.images_per_s:.1f} images/s"


def _settled(found: Scaling | Copies) -> bool:
    return None not in (found.images_per_s, found.at_most) and found.at_most == found.images_per_s


def _most(found: Scaling | Copies, of_what: str = "") -> list[str]:
    """Return the bound of a rate in words; none where nothing is proven."""
    if found.at_most is None:
        return []
    return [
        "proven to be the most"
        if _settled(found)
        else f"more than {found.at_most:.1f} images/s is proven impossible{of_what}"
    ]


def _cards(plan: Plan) -> list[str]:
    rows = []
    for card in plan.cards:
        layers = sum(layer.card == card.index for layer in plan.layers)
        use = next((use for use in plan.utilisation if use.card == card.index and use.slr is None), None)
        rows.append(
            f"  card {card.index} {card.name} ({card.board}): {some(layers, 'layer')}; with shell and network "
            f"{_use(use)} of basis {plan.basis!r}"
        )
        rows += [f"    {_weights(plan, card.index)}", *_places(plan, card.index)]
    return rows


def _weights(plan: Plan, card: int) -> str:
    """Return how many of a card's layers keep their weights in which store, the most used store first."""
    stores = Counter(layer.store for layer in plan.layers if layer.card == card and layer.store != "none")
    if not stores:
        return "weights: none"
    (first, number), *others = stores.most_common()
    return ", ".join(
        [f"weights: {some(number, 'layer')} in {first}", *(f"{more} in {store}" for store, more in others)]
    )


def _places(plan: Plan, card: int) -> list[str]:
    """Return the layers of a card by segment and SLR, both in the order in which data visits them."""
    rows = []
    for number, segment in enumerate(plan.route.segments):
        for slr in dict.fromkeys(segment.slrs if segment.card == card else ()):
            names = [layer.name for layer in plan.layers if (layer.segment, layer.slr) == (number, slr)]
            rows += [f"    segment {number}, SLR {slr}: {', '.join(names)}"] if names else []
    return rows


def _use(use: Utilisation | None) -> str:
    if use is None:
        return "use unknown"
    shares = []
    for name in NAMES:
        used, capacity = use.used.get(name), use.capacity.get(name)
        share = f"{used / capacity:.1%}" if used is not None and capacity else "unknown"
        shares.append(f"{name} {count(used)} ({share})")
    return ", ".join(shares)


def _cuts(plan: Plan) -> list[str]:
    return [
        f"  cut {cut.stream}: card {cut.source_card} → card {cut.sink_card}, bytes per image: "
        f"payload {cut.payload_bytes}, stream {cut.stream_bytes}, wire {cut.wire_bytes} ({some(cut.packets, 'packet')}); {cut.gbps:.3g} Gb/s at that rate"
        for cut in plan.cuts
    ]
