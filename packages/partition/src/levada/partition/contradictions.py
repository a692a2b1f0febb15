# SPDX-License-Identifier: Apache-2.0
"""Which of the user's anchors contradict the route, or one another: no room, store or folding would make a placement keep them."""

from collections.abc import Collection

from levada.partition.cbc import Solver, Stop, minimise
from levada.partition.formulation import Formulation
from levada.partition.problem import Problem
from levada.partition.program import Linear
from levada.partition.windows import structural
from levada.partition.wishes import anchor_text


def contradicting(problem: Problem, seconds: float, solver: Solver) -> tuple[int, ...]:
    """Return tasks whose anchors no placement keeps together, though it would without any one of these; none where anchors are not to blame."""
    ideal = problem.ideal()  # how layers are built is nothing to where they may lie

    def kept(tasks: Collection[int]) -> bool:
        return _obeyed(ideal.anchoring(tasks), seconds, solver)

    left = list(problem.anchored)
    if not left or kept(left) or not kept(()):
        return ()
    for task in tuple(left):
        others = [each for each in left if each != task]
        if not kept(others):
            left = others
    return tuple(left)


def told(problem: Problem, tasks: Collection[int]) -> str:
    """Return in words that the anchors of these tasks contradict the route, or one another."""
    flags = " ".join(f"--anchor {anchor_text(each)}" for task in tasks for each in problem.tasks[task].anchors)
    names = ", ".join(repr(problem.tasks[task].name) for task in tasks)
    most = problem.streams_per_cut
    streams = "" if most is None else f", at most {most} streams cross a cut"
    single = len(tasks) == 1
    return (
        f"{f'layer {names}' if single else f'layers {names} together'} cannot lie where asked ({flags}), whatever the room: streams run forward "
        f"along the {problem.route.topology} and each card's SLRs, input and output lie at its ends, every card holds a layer{streams}; "
        f"anchor {'it' if single else 'one of them'} elsewhere"
    )


def _obeyed(problem: Problem, seconds: float, solver: Solver) -> bool:
    """Say whether some placement obeys the route and the anchors, were there room without end; so, too, where time runs out."""
    spans = structural(problem)
    if any(span.empty() for span in spans):
        return False
    formulation = Formulation(problem, spans)
    return minimise(formulation.program, Linear(), seconds, solver=solver) is not Stop.INFEASIBLE
