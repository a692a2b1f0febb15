# SPDX-License-Identifier: Apache-2.0
"""What is minimised, one after the other: largest utilisation of a card, bytes on the wire, SLR crossings, hardware."""

from fractions import Fraction
from math import ceil

from levada.partition.formulation import Formulation
from levada.partition.limits import Bin, bins, used_share
from levada.partition.problem import Edge
from levada.partition.program import Linear, combine

MOST_STEPS = 1e7
"""More steps than any utilisation has, for where nothing limits it; a bound that CBC takes for finite. With so wide a one HiGHS 1.14 errs."""


def largest_utilisation(formulation: Formulation, step: Fraction) -> Linear:
    """Return the largest share of a card that any resource takes, as a whole number of steps; exactly where ``step`` is 0."""
    unit = step or Fraction(1)
    floor = _utilisation_bound(formulation, unit)
    lowest = ceil(floor) if step else float(floor)
    highest = max(lowest, ceil(_utilisation_limit(formulation) / unit))
    steps = formulation.program.variable(lowest, highest, integer=bool(step))
    for each in _cards(formulation):
        for resource in range(len(formulation.problem.names)):
            share = used_share(formulation, each, resource)
            if share is not None:
                used, capacity = share
                formulation.program.at_most(used, combine([(float(unit * capacity), steps)]))
    return steps


def _utilisation_bound(formulation: Formulation, unit: Fraction) -> Fraction:
    """Return the steps that no placement gets under: every card's overhead, and all layers spread evenly over all cards."""
    cards = _cards(formulation)
    found = [Fraction(0)]
    for resource in range(len(formulation.problem.names)):
        capacities = [each.room.capacity[resource] for each in cards]
        overheads = [each.room.overhead[resource] for each in cards]
        needed = sum(task.least(resource) for task in formulation.problem.tasks) + sum(overheads)
        known = [capacity for capacity in capacities if capacity]
        found += [Fraction(own) / (unit * has) for own, has in zip(overheads, capacities, strict=True) if has]
        found += [Fraction(needed) / (unit * sum(known))] if len(known) == len(cards) else []
    return max(found)


def _utilisation_limit(formulation: Formulation) -> Fraction:
    """Return the utilisation that no placement within the limits gets above."""
    rooms = [each.room for each in _cards(formulation)]
    pairs = [(most, has) for room in rooms for most, has in zip(room.allowed, room.capacity, strict=True) if has]
    return max(
        (Fraction(int(MOST_STEPS)) if most is None else Fraction(most, has) for most, has in pairs), default=Fraction(0)
    )


def network_bytes(formulation: Formulation) -> Linear:
    """Return the bytes on the wire per inference of all streams that are cut."""
    problem = formulation.problem
    return combine(
        (1, _wire_bytes(formulation, problem.edges[number], cut)) for number, cut in formulation.cuts.items()
    )


def _wire_bytes(formulation: Formulation, edge: Edge, cut: Linear) -> Linear:
    variants = formulation.problem.tasks[edge.source].variants
    groups: dict[int, list[int]] = {}
    for number, variant in enumerate(variants):
        groups.setdefault(variant.wire_bytes[edge.port], []).append(number)
    if len(groups) == 1:
        return combine([(next(iter(groups)), cut)])
    shares = {size: formulation.program.variable() for size in groups}
    for size, members in groups.items():
        built = combine((1, formulation.variant(edge.source, number)) for number in members)
        formulation.program.at_most(shares[size], built)
    formulation.program.at_least(combine((1, share) for share in shares.values()), cut)
    return combine((size, share) for size, share in shares.items())


def slr_crossings(formulation: Formulation) -> Linear:
    """Return how many SLR boundaries all streams cross together, on their way to the network and the DMAs included.

    A layer that is not on a card counts as lying where that card's network lies, so that a stream to another card crosses what lies
    between its end and the QSFPs, and one that touches the card at neither end crosses nothing.
    """
    problem = formulation.problem
    crossings = [
        _crossed(formulation, edge, card, boundary)
        for edge in problem.edges
        for card, rooms in enumerate(problem.cards, 1)
        for boundary in range(len(rooms.slrs) - 1)
    ]
    ends = [_dma_crossings(formulation, task) for task in (*problem.inputs, *problem.outputs)]
    return combine((1, part) for part in (*crossings, *ends))


def _crossed(formulation: Formulation, edge: Edge, card: int, boundary: int) -> Linear:
    source = _far_side(formulation, edge.source, card, boundary)
    sink = _far_side(formulation, edge.sink, card, boundary)
    if not source.terms and not sink.terms:
        return Linear(constant=abs(source.constant - sink.constant))
    crossed = formulation.program.variable()
    formulation.program.at_least(crossed, source - sink)
    formulation.program.at_least(crossed, sink - source)
    return crossed


def _far_side(formulation: Formulation, task: int, card: int, boundary: int) -> Linear:
    """Return 1 where the task lies on ``card``, with the boundary (above SLR ``boundary``) between it and the network."""
    near_below = formulation.problem.cards[card - 1].network_slr <= boundary
    return combine(
        (1, formulation.at(task, number))
        for number, place in enumerate(formulation.problem.places)
        if place.card == card and place.slr is not None and (place.slr > boundary) == near_below
    )


def _dma_crossings(formulation: Formulation, task: int) -> Linear:
    cards = formulation.problem.cards
    return combine(
        (cards[place.card - 1].dma_distance(place.slr), formulation.at(task, number))
        for number, place in enumerate(formulation.problem.places)
        if place.slr is not None
    )


def hardware(formulation: Formulation) -> Linear:
    """Return what all layers take, each resource as a share of what all cards have of it: the last word between equals."""
    problem = formulation.problem
    capacity = [sum(card.whole.capacity[r] or 0 for card in problem.cards) for r in range(len(problem.names))]
    everywhere = range(len(problem.places))
    return combine((1 / has, formulation.used(r, everywhere)) for r, has in enumerate(capacity) if has)


def _cards(formulation: Formulation) -> list[Bin]:
    return [each for each in bins(formulation.problem) if each.slr is None]
