# SPDX-License-Identifier: Apache-2.0
"""Why nothing fits: the resource, the place, the amount missing at the best try, and the smallest limits that would do.

Both are found by programs of their own. The first lets every limit be exceeded and minimises by how much, so that the amounts are
those of the placement that lacks least; the second looks for the lowest limits in whole per cent, and its solution is the proof that
they suffice.
"""

from fractions import Fraction
from math import ceil

import msgspec

from levada.core.interfaces import Request
from levada.core.manifests import Record
from levada.core.resources import Fractions
from levada.partition.cbc import Solver, Stop, minimise
from levada.partition.contradictions import contradicting, told
from levada.partition.formulation import Formulation
from levada.partition.limits import Bin, bins, used_share
from levada.partition.problem import Problem
from levada.partition.program import Linear, combine
from levada.partition.reduction import reduce
from levada.partition.rooms import PORTS
from levada.partition.search import hindrance
from levada.partition.solving import Terms
from levada.partition.windows import structural
from levada.partition.wishes import FLAG_NAMES


class Shortage(Record, frozen=True, kw_only=True):
    """A bin that would have to hold more of a resource than it may."""

    bin: Bin
    resource: int
    needed: int

    @property
    def missing(self) -> int:
        """Return how much is missing."""
        return self.needed - (self.bin.room.allowed[self.resource] or 0)

    @property
    def share(self) -> Fraction:
        """Return what is missing as a share of what there is."""
        return Fraction(self.missing, self.bin.room.capacity[self.resource] or 1)


def explanation(request: Request, problem: Problem) -> str:
    """Return why ``problem`` has no placement, and which limits would let it have one."""
    if len(problem.tasks) < len(problem.cards):
        return (
            f"{len(problem.cards)} cards need a layer each, and there are {len(problem.tasks)} layers; use fewer cards"
        )
    solver = Solver(request.solver)
    if opposed := contradicting(problem, request.time_limit_s, solver):
        return told(problem, opposed)
    found = shortages(problem.coarse(), request.time_limit_s, solver) or shortages(
        problem, request.time_limit_s, solver
    )
    if found is None and problem.streams_per_cut is not None:
        return f"no placement keeps every cut to {problem.streams_per_cut} of its streams, whatever the room; allow more with --streams-per-cut"
    if found is None:
        outside = [problem.tasks[number].name for number in problem.in_role("external")]
        streamed = f" (as must those with weights from outside: {', '.join(outside)})" if outside else ""
        return (
            f"{len(problem.cards)} cards need a layer each, and the {problem.route.topology}'s last layer must lie in its last part{streamed}, but no cut of "
            f"the network allows it: streams that cannot be cut hold the layers together; use fewer cards"
        )
    if not found:
        return "no placement was found, although every resource suffices; the network's streams per card or its rate forbid it"
    worst, *others = _ranked(found)
    also = [f"{_called(problem.names[each.resource])} of {_where(each.bin)} by {each.missing}" for each in others]
    rest = f"; short are also {', '.join(also)}" if also else ""
    return f"{sentence(worst, problem, request)}{rest}{_remedy(request, problem)}"


def _ranked(found: tuple[Shortage, ...]) -> list[Shortage]:
    """Return one shortage for each card and resource, the largest share of a capacity first; a card's goes before its SLRs'."""
    first: dict[tuple[int, int], Shortage] = {}
    for short in sorted(found, key=lambda short: (short.bin.slr is not None, -short.share)):
        first.setdefault((short.bin.card, short.resource), short)
    return sorted(first.values(), key=lambda short: -short.share)


def _called(name: str) -> str:
    """Return a resource as ``--limit`` calls it; ports have no limit to set."""
    return next((word for resource, word in FLAG_NAMES.items() if resource == name), name)


def _where(each: Bin) -> str:
    return f"{'' if each.slr is None else f'SLR {each.slr} of '}card {each.card}"


def sentence(short: Shortage, problem: Problem, request: Request) -> str:
    """Return a shortage in words."""
    each, name = short.bin, problem.names[short.resource]
    card = f"card {each.card} {problem.cards[each.card - 1].name!r}"
    where = card if each.slr is None else f"SLR {each.slr} of {card}"
    unit = " blocks of 18 Kb" if name == "bram18" else ""
    if name == PORTS:
        return _too_few_ports(short, problem, card)
    limit = (request.limits if each.slr is None else request.slr_limits).get(name)
    return (
        f"the design does not fit: {where} would need {short.needed} {_called(name)}, {short.missing} more than the "
        f"{each.room.allowed[short.resource]} allowed ({limit * 100:g}% of {each.room.capacity[short.resource]}{unit}; "
        f"{each.room.overhead[short.resource]} go to shell and network)"
    )


def _too_few_ports(short: Shortage, problem: Problem, card: str) -> str:
    room = problem.cards[short.bin.card - 1].whole
    return (
        f"too many layers read their weights from outside: {card} would need {short.needed} ports of its memories, {short.missing} more than the "
        f"{room.allowed[short.resource]} that there are ({room.overhead[short.resource]} go to images and answers); keep some of those weights "
        f"on chip (--weights)"
    )


def shortages(problem: Problem, seconds: float, solver: Solver = Solver.CBC) -> tuple[Shortage, ...] | None:
    """Return what is missing where in the placement that lacks least; None where no placement obeys the route at all."""
    formulation = _unlimited(problem)
    if formulation is None:
        return None
    slacks = []
    for each, resource in _limited_bins(problem):
        slack = formulation.program.variable(0, SLACK)
        used = formulation.used(resource, each.places)
        formulation.program.at_most(used - slack, each.room.free(resource))
        slacks.append((1 / (each.room.capacity[resource] or 1), slack))
    answer = minimise(formulation.program, combine(slacks), seconds, solver=solver)
    if isinstance(answer, Stop):
        return None if answer is Stop.INFEASIBLE else ()
    needs = [
        Shortage(
            bin=each,
            resource=resource,
            needed=each.room.overhead[resource] + round(formulation.used(resource, each.places).value(answer.values)),
        )
        for each, resource in _limited_bins(problem)
    ]
    return tuple(short for short in needs if short.missing > 0)


SLACK = 1e9
"""More of a resource than any network asks for; a bound that CBC takes for finite."""


def least_limits(request: Request, problem: Problem) -> tuple[Fractions, Fractions] | None:
    """Return the lowest limits (of a card, of an SLR) in whole per cent that let the problem fit; None where 100 % do not."""
    formulation = _unlimited(problem)
    if formulation is None:
        return None
    raised: dict[tuple[bool, int], Linear] = {}
    for each, resource in _limited_bins(problem):
        key, name = (each.slr is None, resource), problem.names[resource]
        limits = request.limits if each.slr is None else request.slr_limits
        if name == PORTS:
            formulation.program.at_most(formulation.used(resource, each.places), each.room.free(resource))
            continue
        if key not in raised:
            lowest = ceil(Fraction(str(limits.get(name))) * 100)
            raised[key] = formulation.program.variable(lowest, 100, integer=True)
        share = used_share(formulation, each, resource)
        if share is not None:
            formulation.program.at_most(share[0], combine([(share[1] / 100, raised[key])]))
    total = combine((1, each) for each in raised.values())
    answer = minimise(formulation.program, total, request.time_limit_s, solver=Solver(request.solver))
    if isinstance(answer, Stop):
        return None
    percents = {key: round(each.value(answer.values)) for key, each in raised.items()}
    return _raise(request.limits, problem, percents, card=True), _raise(
        request.slr_limits, problem, percents, card=False
    )


def _raise(limits: Fractions, problem: Problem, percents: dict[tuple[bool, int], int], *, card: bool) -> Fractions:
    changes = {
        name: max(limits.get(name), percents[card, resource] / 100)
        for resource, name in enumerate(problem.names)
        if name != PORTS and (card, resource) in percents
    }
    return msgspec.structs.replace(limits, **changes)


def _remedy(request: Request, problem: Problem) -> str:
    """Return the flags that raise the limits as far as needed, in words; nothing where no limit would do."""
    found = _card_limits(request, problem) or least_limits(request, problem)
    if found is None:
        return ""
    flags = [*_flags("--limit", request.limits, found[0]), *_flags("--slr-limit", request.slr_limits, found[1])]
    return f"; it would fit with {' '.join(flags)} (tried)"


def _card_limits(request: Request, problem: Problem) -> tuple[Fractions, Fractions] | None:
    """Return the least limits of cards alone, found with each segment as one place; None where the SLRs ask for more."""
    found = least_limits(request, problem.coarse())
    if found is None:
        return None
    slowest = max(variant.cycles for task in problem.tasks for variant in task.variants)
    raised = reduce(msgspec.structs.replace(request, limits=found[0])).within(slowest)
    terms = Terms(step=Fraction(0), seconds=request.time_limit_s, solver=Solver(request.solver))
    return found if hindrance(raised, terms) is None else None


def _flags(flag: str, before: Fractions, after: Fractions) -> list[str]:
    return [
        f"{flag} {word}={after.get(name):g}" for name, word in FLAG_NAMES.items() if after.get(name) > before.get(name)
    ]


def _unlimited(problem: Problem) -> Formulation | None:
    spans = structural(problem)
    return None if any(span.empty() for span in spans) else Formulation(problem, spans)


def _limited_bins(problem: Problem) -> list[tuple[Bin, int]]:
    return [
        (each, resource)
        for each in bins(problem)
        for resource in range(len(problem.names))
        if each.room.allowed[resource] is not None
    ]
