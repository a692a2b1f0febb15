# SPDX-License-Identifier: Apache-2.0
"""Solves a program through python-mip, with CBC or, where it is installed and asked for, HiGHS.

The one module that models with ``mip``; nothing of 2.x alone is used.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from time import monotonic

import mip
from mip.cbc import cbc_set_parameter

from levada.core.manifests import Record
from levada.partition.highs import distrust_presolve, load_highs
from levada.partition.program import INFINITY, Linear, Program

LEAST_SECONDS = 1.0
"""What a program is given at least: with less, CBC aborts the whole process now and then."""
IN_TIME = 0.9
"""Of its seconds: an answer that came later is no proof, since CBC calls *optimal* or *infeasible* some of what its clock cut short."""
GAP = 1e-9
"""CBC's own defaults stop one part in ten thousand short of the optimum, by gap and by the least improvement sought; that is no proof."""


class Solver(Enum):
    """Who solves programs: CBC comes with this package, HiGHS with the extra ``highs``. Both prove the same optima."""

    CBC = "cbc"
    HIGHS = "highs"

    @property
    def title(self) -> str:
        """Return the name by which the solver is known."""
        return {Solver.CBC: "CBC", Solver.HIGHS: "HiGHS"}[self]


class Stop(Enum):
    """Why there is no answer."""

    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"


class Answer(Record, frozen=True, kw_only=True):
    """Values of the variables, what they are worth, and what nothing can be better than."""

    values: tuple[float, ...]
    objective: float
    bound: float

    @property
    def proven(self) -> bool:
        """Say whether the bound is met."""
        return self.objective - self.bound <= GAP * max(1.0, abs(self.objective))


class Relaxed(Record, frozen=True, kw_only=True):
    """The optimum of a program without its integrality: the variables' values, and how fast it grows with each of them and with each row's bound."""

    objective: float
    duals: tuple[float, ...]
    values: tuple[float, ...] = ()
    reduced: tuple[float, ...] = ()


def minimise(
    program: Program,
    objective: Linear,
    seconds: float,
    start: Mapping[int, float] | None = None,
    solver: Solver = Solver.CBC,
) -> Answer | Stop:
    """Return the best values found for ``objective``, or why there are none. Single-threaded, so that runs repeat.

    ``start`` gives values of some variables (by number) from which a first solution can be completed.
    """
    if program.impossible:
        return Stop.INFEASIBLE
    if not program.variables:
        return Answer(values=(), objective=objective.constant, bound=objective.constant)
    with _collected_here():
        task = _Task(program=program, objective=objective, seconds=max(seconds, LEAST_SECONDS), solver=solver)
        return _minimised(task, start)


def relaxation(program: Program, objective: Linear, seconds: float, solver: Solver = Solver.CBC) -> Relaxed | Stop:
    """Return the optimum of ``program`` where integers may be broken, with its rows' duals, or why there is none."""
    if program.impossible:
        return Stop.INFEASIBLE
    if not program.variables:
        return Relaxed(objective=objective.constant, duals=())
    with _collected_here():
        task = _Task(program=program, objective=objective, seconds=max(seconds, LEAST_SECONDS), solver=solver)
        return _relaxed(task)


class _Task(Record, frozen=True, kw_only=True):
    """What is to be solved, by whom, and how long that may take."""

    program: Program
    objective: Linear
    seconds: float
    solver: Solver


def _relaxed(task: _Task) -> Relaxed | Stop:
    model, variables = _model(task.program, task.solver)
    model.objective = _expression(task.objective, variables)
    begun = monotonic()
    with _muted():
        status = model.optimize(max_seconds=task.seconds, relax=True)
    if monotonic() - begun > IN_TIME * task.seconds:
        return Stop.UNDECIDED
    if status is mip.OptimizationStatus.OPTIMAL:
        values = tuple(float(variable.x) for variable in variables)
        return Relaxed(
            objective=task.objective.value(values),
            duals=tuple(float(row.pi) for row in model.constrs),
            values=values,
            reduced=tuple(float(variable.rc) for variable in variables),
        )
    return _stopped(status)


def _minimised(task: _Task, start: Mapping[int, float] | None) -> Answer | Stop:
    """Return the solver's answer. One that breaks a row is asked again without preprocessing, and then not taken.

    CBC's preprocessing lets some programs without solution pass for solved ("Presolved problem not optimal, resolve after postsolve").
    """
    answer = _answered(task, start, preprocess=True)
    if isinstance(answer, Answer) and not task.program.holds(answer.values):
        answer = _answered(task, start, preprocess=False)
        if isinstance(answer, Answer) and not task.program.holds(answer.values):
            return Stop.UNDECIDED
    return answer


def _answered(task: _Task, start: Mapping[int, float] | None, *, preprocess: bool) -> Answer | Stop:
    program, objective = task.program, task.objective
    model, variables = _model(program, task.solver)
    model.objective = _expression(objective, variables)
    if not preprocess:
        model.preprocess = 0
    if start:
        model.start = [(variables[number], value) for number, value in start.items()]
    begun = monotonic()
    with _muted():
        status = model.optimize(max_seconds=task.seconds)
    hurried = monotonic() - begun > IN_TIME * task.seconds
    if status in (mip.OptimizationStatus.OPTIMAL, mip.OptimizationStatus.FEASIBLE):
        values = tuple(
            float(round(variable.x)) if described.integer else float(variable.x)
            for variable, described in zip(variables, program.variables, strict=True)
        )
        worth = objective.value(values)
        if status is not mip.OptimizationStatus.OPTIMAL:
            bound = max(
                program.floor(objective), float(model.objective_bound)
            )  # HiGHS may know none, which is minus infinity
            return Answer(values=values, objective=worth, bound=min(worth, bound))
        return Answer(values=values, objective=worth, bound=min(worth, program.floor(objective)) if hurried else worth)
    return Stop.UNDECIDED if hurried else _stopped(status)


def _stopped(status: mip.OptimizationStatus) -> Stop:
    """Return why there is no answer. Every variable has bounds, so what HiGHS calls *unbounded or infeasible* is the latter."""
    status_of = mip.OptimizationStatus
    infeasible = (status_of.INFEASIBLE, status_of.INT_INFEASIBLE, status_of.UNBOUNDED)
    return Stop.INFEASIBLE if status in infeasible else Stop.UNDECIDED


def _model(program: Program, solver: Solver) -> tuple[mip.Model, list[mip.Var]]:
    if solver is Solver.HIGHS:
        load_highs()
    model = mip.Model(sense=mip.MINIMIZE, solver_name=mip.CBC if solver is Solver.CBC else "HIGHS")
    if solver is Solver.HIGHS:
        distrust_presolve(model)
    else:
        cbc_set_parameter(model.solver, "increment", str(GAP))
    model.verbose = 0
    model.threads = 1
    model.max_mip_gap = model.max_mip_gap_abs = GAP
    variables = [
        model.add_var(lb=each.lower, ub=each.upper, var_type=mip.INTEGER if each.integer else mip.CONTINUOUS)
        for each in program.variables
    ]
    for row in program.rows:
        left = mip.LinExpr([variables[number] for number in row.terms], list(row.terms.values()))
        if row.lower == row.upper:
            model.add_constr(left == row.lower)
        elif row.upper < INFINITY:
            model.add_constr(left <= row.upper)
        else:
            model.add_constr(left >= row.lower)
    return model, variables


@contextmanager
def _collected_here() -> Iterator[None]:
    """Let no garbage be collected inside the block, and what it has left right behind it.

    A model of python-mip is a cycle of objects, so it is the collector that frees it, through cffi. Were that to happen while cffi
    holds its own lock (it allocates much, so it does), both would wait for ever.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)  # all that was made meanwhile is in the youngest generation
        if enabled:
            gc.enable()


@contextmanager
def _muted() -> Iterator[None]:
    """Keep what CBC writes off the standard output: parts of it do so at every log level, which would spoil a command's answer."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output to spoil
        yield
        return
    sys.stdout.flush()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)


def _expression(linear: Linear, variables: list[mip.Var]) -> mip.LinExpr:
    chosen = [variables[number] for number in linear.terms]
    return mip.LinExpr(chosen, list(linear.terms.values()), linear.constant)
