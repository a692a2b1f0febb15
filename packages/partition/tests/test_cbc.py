# SPDX-License-Identifier: Apache-2.0
"""Small programs with known optima through both solvers, and what they print: nothing."""

import gc
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import mip
import pytest

from levada.partition import cbc
from levada.partition.cbc import Answer, Solver, Stop, _model, minimise, relaxation
from levada.partition.program import Linear, Program, combine

SECONDS = 10.0


def knapsack(values, sizes, room):
    """Return a program that leaves out the least value so that the rest fits."""
    program = Program()
    left = [program.variable(integer=True) for _ in values]
    kept = combine((size, Linear(constant=1) - each) for size, each in zip(sizes, left, strict=True))
    program.at_most(kept, room)
    return program, combine(zip(values, left, strict=True))


def test_a_knapsack_is_packed_best():
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    answer = minimise(program, goal, SECONDS)
    assert (answer.objective, answer.bound, answer.proven) == (6, 6, True)


def test_values_of_integers_are_whole():
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    assert minimise(program, goal, SECONDS).values == (1.0, 0.0, 0.0)


@pytest.fixture
def late(monkeypatch):
    """Let every program take longer than it may, by the clock."""
    clock = count(0, 1000)
    monkeypatch.setattr(cbc, "monotonic", lambda: next(clock))


@pytest.mark.usefixtures("late")
def test_an_optimum_that_came_too_late_is_no_proof():
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    answer = minimise(program, goal, SECONDS)
    assert (answer.objective, answer.bound, answer.proven) == (6, 0, False)


@pytest.mark.usefixtures("late")
def test_a_refusal_that_came_too_late_is_none():
    program, goal = knapsack([6, 5, 4], [5, 4, 3], -1)
    assert minimise(program, goal, SECONDS) is Stop.UNDECIDED


@pytest.mark.usefixtures("late")
def test_a_relaxation_that_came_too_late_is_none():
    assert relaxation(*knapsack([6, 5, 4], [5, 4, 3], 7), SECONDS) is Stop.UNDECIDED


def test_cbc_seeks_improvements_however_small(monkeypatch):
    told = []
    monkeypatch.setattr(cbc, "cbc_set_parameter", lambda _, name, value: told.append((name, float(value))))
    _model(knapsack([6, 5, 4], [5, 4, 3], 7)[0], Solver.CBC)
    assert told == [("increment", cbc.GAP)]


def test_a_solver_is_given_a_second_at_least(monkeypatch):
    given = []
    monkeypatch.setattr(
        mip.Model, "optimize", lambda _, max_seconds: given.append(max_seconds) or mip.OptimizationStatus.ERROR
    )
    minimise(*knapsack([6, 5, 4], [5, 4, 3], 7), 0.001)
    assert given == [1.0]


def test_constants_of_the_goal_count():
    program = Program()
    assert minimise(program, program.variable(2, 9) + 5, SECONDS).objective == pytest.approx(7)


def test_equal_rows_are_kept():
    program = Program()
    first, second = program.variable(0, 10), program.variable(0, 10)
    program.equal(first + second, 7)
    answer = minimise(program, first, SECONDS)
    assert answer.values == pytest.approx((0, 7))


def test_lower_bounds_of_rows_are_kept():
    program = Program()
    first = program.variable(0, 10, integer=True)
    program.at_least(combine([(2, first)]), 5)
    assert minimise(program, first, SECONDS).objective == 3


def test_rows_that_contradict_each_other_are_infeasible():
    program = Program()
    each = program.variable(integer=True)
    program.at_most(combine([(2, each)]), 1)
    program.at_least(combine([(2, each)]), 1)
    assert minimise(program, each, SECONDS) is Stop.INFEASIBLE


def test_an_impossible_program_is_not_solved():
    program = Program()
    program.at_least(Linear(), 1)
    assert minimise(program, Linear(), SECONDS) is Stop.INFEASIBLE


def test_a_program_without_variables_is_worth_its_constant():
    assert minimise(Program(), Linear(constant=4), SECONDS) == Answer(values=(), objective=4, bound=4)


@pytest.mark.parametrize(("objective", "bound", "proven"), [(5.0, 5.0, True), (5.0, 4.0, False), (0.0, 0.0, True)])
def test_an_answer_is_proven_where_it_meets_its_bound(objective, bound, proven):
    assert Answer(values=(), objective=objective, bound=bound).proven is proven


def test_no_time_leaves_it_undecided_or_answered_but_never_infeasible():
    values = [3 * n % 17 + 1 for n in range(60)]
    program, goal = knapsack(values, [n * 7 % 23 + 1 for n in range(60)], 97)
    assert minimise(program, goal, 0.001) is not Stop.INFEASIBLE


@pytest.mark.parametrize("solver", Solver)
def test_the_gap_at_which_a_solver_stops_is_no_part_of_ten_thousand(solver):
    model, _ = _model(Program(), solver)
    assert (model.max_mip_gap, model.max_mip_gap_abs, model.threads) == (1e-9, 1e-9, 1)


CHATTY = """
import sys
sys.path.insert(0, sys.argv[1])
from partition_toys import request_for, series_parallel, toy
from levada.core.errors import InfeasibleError
from levada.partition.ilp import Ilp
try:
    Ilp().place(request_for(series_parallel(0), [toy(lut=700, bram18=60)]))
except InfeasibleError:
    print("refused")
"""


def test_nothing_is_written_to_the_standard_output():
    """CBC tells of presolving this one whatever its log level; C's buffer shows it when the process ends."""
    command = [sys.executable, "-c", CHATTY, str(Path(__file__).parent / "support")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "refused\n"


def test_a_process_without_standard_output_solves_too(monkeypatch):
    def closed(_):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    assert minimise(program, goal, SECONDS).objective == 6


def test_what_was_written_before_is_not_lost(capfd):
    print("before")  # noqa: T201 - the point of the test
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    minimise(program, goal, SECONDS)
    assert capfd.readouterr().out == "before\n"


def models():
    return [each for each in gc.get_objects() if type(each) is mip.Model]


def test_no_model_is_left_to_the_garbage_collector_which_would_free_it_in_the_midst_of_the_next():
    gc.collect()
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    minimise(program, goal, SECONDS)
    assert models() == []


def test_the_garbage_collector_rests_while_a_model_is_built_and_solved(monkeypatch):
    running = []
    monkeypatch.setattr("levada.partition.cbc._model", lambda *task: (running.append(gc.isenabled()), _model(*task))[1])
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    minimise(program, goal, SECONDS)
    assert (running, gc.isenabled()) == ([False], True)


# --------------------------------------------------------------------------------------- HiGHS beside CBC

each_solver = pytest.mark.parametrize("solver", Solver)


@each_solver
def test_each_solver_packs_a_knapsack_best(solver):
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    answer = minimise(program, goal, SECONDS, solver=solver)
    assert (answer.values, answer.objective, answer.bound, answer.proven) == ((1.0, 0.0, 0.0), 6, 6, True)


@each_solver
def test_each_solver_finds_contradicting_rows_infeasible(solver):
    program = Program()
    each = program.variable(integer=True)
    program.at_most(combine([(2, each)]), 1)
    program.at_least(combine([(2, each)]), 1)
    assert minimise(program, each, SECONDS, solver=solver) is Stop.INFEASIBLE


@each_solver
def test_each_solver_begins_with_a_start_that_leaves_variables_out(solver):
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    assert minimise(program, goal, SECONDS, {0: 0.0}, solver).objective == 6


@each_solver
def test_each_solver_writes_nothing(solver, capfd):
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    minimise(program, goal, SECONDS, solver=solver)
    assert capfd.readouterr() == ("", "")


@each_solver
def test_each_solver_stops_in_time(solver):
    sizes = [1000 + 37 * number % 911 for number in range(60)]
    program, goal = knapsack(sizes, sizes, sum(sizes) // 2 - 1)
    answer = minimise(program, goal, 0.0, solver=solver)
    assert answer is Stop.UNDECIDED or answer.bound <= answer.objective


@each_solver
def test_each_solver_gives_a_relaxation_and_what_its_row_is_worth(solver):
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 6)
    found = relaxation(program, goal, SECONDS, solver)
    assert (found.objective, found.duals) == (pytest.approx(7.25), pytest.approx((-1.25,)))


@each_solver
def test_each_solver_finds_a_relaxation_infeasible(solver):
    program = Program()
    each = program.variable()
    program.at_least(each, 2)
    assert relaxation(program, each, SECONDS, solver) is Stop.INFEASIBLE


def test_an_impossible_program_has_no_relaxation():
    program = Program()
    program.at_least(Linear(), 1)
    assert relaxation(program, Linear(), SECONDS) is Stop.INFEASIBLE


def test_a_relaxation_without_variables_is_its_constant():
    assert relaxation(Program(), Linear(constant=3), SECONDS).objective == 3


def deceptive():
    """Return a program without solution that CBC's preprocessing lets pass for solved: one bit has to be 1, and 0."""
    program = Program()
    bits = [program.variable(integer=True) for _ in range(13)]
    program.at_most(bits[1], bits[0])
    program.at_most(bits[3], bits[2])
    program.equal(combine((1, bits[number]) for number in (4, 5, 6)), bits[3])
    program.equal(combine((1, bits[number]) for number in (3, 7, 8, 9)), 1)
    for number in (10, 11, 12, 12):
        program.at_least(bits[number], 1)
    program.at_most(combine([(-7, bits[2]), (1, bits[8])]), -1)
    program.at_most(combine([(7, bits[2]), (1, bits[5])]), 4)
    return program


@each_solver
def test_an_answer_that_breaks_a_row_is_not_taken(solver):
    assert minimise(deceptive(), Linear(), SECONDS, solver=solver) is Stop.INFEASIBLE


@each_solver
def test_the_optimum_survives_presolve(solver):
    """HiGHS 1.14.0 calls (0, 5) optimal, at 15."""
    program = Program()
    real, whole = program.variable(upper=10), program.variable(upper=10, integer=True)
    program.at_least(real + whole, 4.5)
    assert minimise(program, combine([(2, real), (3, whole)]), SECONDS, solver=solver).objective == 9


def test_an_answer_that_breaks_a_row_twice_is_none(monkeypatch):
    monkeypatch.setattr(Program, "holds", lambda self, values: False)
    program, goal = knapsack([6, 5, 4], [5, 4, 3], 7)
    assert minimise(program, goal, SECONDS) is Stop.UNDECIDED
