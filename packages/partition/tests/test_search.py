# SPDX-License-Identifier: Apache-2.0
"""The search's short cuts: each is taken where it may be, and none changes the outcome."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, network, request_for, series_parallel, stream, toy

from levada.partition import dynamic, solving
from levada.partition import search as search_module
from levada.partition.cbc import Stop, minimise
from levada.partition.formulation import Formulation
from levada.partition.layout import read
from levada.partition.limits import write_limits
from levada.partition.reduction import reduce
from levada.partition.search import hindrance, search
from levada.partition.solving import BYTES, CROSSINGS, Terms, utilisation
from levada.partition.windows import windows

EXACT = Terms(step=Fraction(0), seconds=30.0)


def problem(dataflow, cards=2, topology="chain", **counts):
    reduced = reduce(request_for(dataflow, [toy(**counts)] * cards, topology))
    return reduced.within(max(variant.cycles for task in reduced.tasks for variant in task.variants))


def values(found):
    return {objective.name: objective.value for objective in found.objectives}


@pytest.fixture
def solves(monkeypatch):
    """Return the problems that are solved, as they are."""
    seen = []

    def counted(program, *given):
        seen.append(len(program.variables))
        return minimise(program, *given)

    monkeypatch.setattr(solving, "minimise", counted)
    return seen


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("goal", [utilisation(Fraction(0)), BYTES, CROSSINGS], ids=lambda goal: goal.name)
def test_what_the_program_counts_is_what_the_layout_is_worth(seed, goal):
    reduced = problem(series_parallel(seed), cards=2, topology="loop", lut=3000, bram18=300)
    formulation = Formulation(reduced, windows(reduced))
    write_limits(formulation)
    answer = minimise(formulation.program, goal.write(formulation), 30.0)
    if not isinstance(answer, Stop):
        assert answer.objective == pytest.approx(float(goal.worth(read(formulation, answer.values))), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_every_objective_is_proven(seed):
    found = search(problem(series_parallel(seed), cards=2), EXACT)
    assert isinstance(found, Stop) or all(each.value == each.bound for each in found.objectives)


def test_where_slrs_forbid_the_best_of_whole_cards_the_whole_problem_is_searched():
    """Three layers of 600 fit a card of 2 x 1000, but no two of them share an SLR."""
    reduced = problem(line(fold(lut=100), *[fold(lut=600)] * 3, fold(lut=100)))
    coarse = search(reduced.coarse(), EXACT)
    assert values(coarse)["largest_utilisation"] == values(search(reduced, EXACT))["largest_utilisation"] == 0.65


def test_slrs_cost_utilisation_where_they_must():
    """1500 and 1500 would balance, but 300, 900 and 300 do not go into two SLRs of 1000 in that order."""
    reduced = problem(line(*(fold(lut=lut) for lut in (300, 900, 300, 500, 500, 500))))
    coarse, whole = search(reduced.coarse(), EXACT), search(reduced, EXACT)
    assert (values(coarse)["largest_utilisation"], values(whole)["largest_utilisation"]) == (0.75, 0.9)
    assert all(each.value == each.bound for each in whole.objectives)


def test_layers_that_no_slr_order_allows_are_infeasible():
    """Any two of them fill more than an SLR."""
    reduced = problem(line(*[fold(lut=600)] * 3), cards=1)
    assert not isinstance(search(reduced.coarse(), EXACT), Stop)
    assert search(reduced, EXACT) is Stop.INFEASIBLE
    assert hindrance(reduced, EXACT) is Stop.INFEASIBLE


def test_what_can_be_placed_is_not_hindered():
    assert hindrance(problem(line(fold(), fold())), EXACT) is None


def test_where_ideals_tell_only_the_crossings_of_each_card_are_left_to_the_program(solves):
    search(problem(line(fold(lut=300), fold(), fold()), cards=2), EXACT)
    assert len(solves) == 2


def test_without_ideals_fixed_variants_are_solved_once_per_objective(solves, monkeypatch):
    monkeypatch.setattr(dynamic, "applies", lambda _: False)
    search(problem(line(fold(), fold(), fold())), EXACT)
    assert len(solves) == 3


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("cards", "topology"), [(1, "chain"), (2, "chain"), (3, "chain"), (2, "loop"), (3, "loop")])
def test_ideals_and_the_program_agree_on_every_objective(seed, cards, topology, monkeypatch):
    fixed = problem(series_parallel(seed, nodes=7), cards, topology, lut=1200).frugal()
    found = search(fixed, EXACT)
    monkeypatch.setattr(dynamic, "applies", lambda _: False)
    again = search(fixed, EXACT)
    assert again is found if isinstance(found, Stop) else values(again) == values(found)


def test_a_choice_that_meets_the_ideal_bound_needs_no_joint_program(solves):
    easy = [fold(lut=10), fold(lut=10, bram18=1)]
    search(problem(line(easy, easy, easy)), EXACT)
    joint = 3 * 4 * 2
    assert all(count < joint for count in solves)


def test_a_choice_that_does_not_meet_it_is_found_by_the_joint_program():
    """One layer each in LUTs and in block RAM is better than both in either."""
    either = [fold(lut=500), fold(lut=0, bram18=50)]
    found = search(problem(line(either, either), cards=1, slrs=1), EXACT)
    assert sorted(found.layout.variant(task).candidate for task in (0, 1)) == [0, 1]


def test_bytes_begin_with_the_layout_of_least_utilisation(monkeypatch):
    begun = []
    monkeypatch.setattr(
        solving,
        "minimise",
        lambda program, goal, seconds, start, solver: (
            begun.append(start) or minimise(program, goal, seconds, start, solver)
        ),
    )
    monkeypatch.setattr(dynamic, "applies", lambda _: False)
    search(problem(line(fold(), fold(), fold()), slrs=1), EXACT)
    assert [bool(start) for start in begun] == [False, True, False]


def test_without_time_for_the_joint_program_the_best_guess_is_kept_with_its_gap(monkeypatch):
    either = [fold(lut=500), fold(lut=0, bram18=50)]
    hurried = problem(line(either, either), cards=1, slrs=1)
    joint = sum(len(task.variants) for task in hurried.tasks)
    monkeypatch.setattr(
        solving,
        "minimise",
        lambda program, *given: Stop.UNDECIDED if len(program.variables) > joint else minimise(program, *given),
    )
    found = search(hurried, EXACT)
    utilisation = found.objectives[0]
    assert (utilisation.value, utilisation.bound) == (1.0, 0.0)


def test_of_equal_layouts_the_one_with_less_hardware_is_taken():
    """The utilisation is that of the first layer's block RAM, whatever the second takes."""
    found = search(problem(line(fold(bram18=50), [fold(lut=300), fold(lut=250, dsp=1)]), cards=1, slrs=1), EXACT)
    assert found.layout.variant(1).candidate == 1


def test_rigid_streams_choose_variants_together():
    rigid = stream("a", "b", cuttable=False, rigid=True)
    ends = {"a": [fold(lut=10, pe=1), fold(lut=50, pe=2)], "b": [fold(lut=900, pe=1), fold(lut=20, pe=2)]}
    found = search(problem(network(ends, rigid), cards=1, slrs=1), EXACT)
    assert [found.layout.variant(task).candidate for task in (0, 1)] == [1, 1]


@pytest.mark.parametrize(("step", "value"), [("0", 0.21), ("0.05", 0.25), ("0.1", 0.3)])
def test_utilisation_counts_in_whole_steps(step, value):
    found = search(problem(line(fold(lut=210)), cards=1, slrs=1), Terms(step=Fraction(step), seconds=30.0))
    assert values(found)["largest_utilisation"] == pytest.approx(value)


def test_a_step_of_utilisation_is_given_up_for_network_bytes():
    """Balanced, the cut carries a large tensor; one step further it carries a small one."""
    foldings = {"a": fold(lut=500), "b": fold(lut=480), "c": fold(lut=20)}
    tensors = network(foldings, stream("a", "b", shape=(64, 64, 8)), stream("b", "c", shape=(1, 1, 8)))
    exact = search(problem(tensors, slrs=1), EXACT)
    stepped = search(problem(tensors, slrs=1), Terms(step=Fraction(1), seconds=30.0))
    assert values(exact)["network_bytes"] > values(stepped)["network_bytes"]


def test_crossings_to_the_network_and_the_dma_are_counted():
    """Two cards of two SLRs: in and out at SLR 0, network at SLR 1, so each card is crossed once."""
    assert values(search(problem(line(fold(), fold())), EXACT))["slr_crossings"] == 2


def wide(monkeypatch, few, most):
    """Return a search in which many placements share the first two optima, and how it went where so many places are few and many."""
    monkeypatch.setattr(search_module, "FEW_PLACES", few)
    monkeypatch.setattr(search_module, "MOST_PLACES", most)
    return search(problem(line(fold(lut=300), *[fold(lut=0)] * 5, fold(lut=300)), cards=2), EXACT)


@pytest.mark.parametrize(("few", "most"), [(0, 10**6), (0, 0)])
def test_many_places_change_neither_of_the_first_two_optima(monkeypatch, few, most):
    usual, other = wide(monkeypatch, 10**6, 10**6), wide(monkeypatch, few, most)
    assert other.objectives[:2] == usual.objectives[:2]


def test_one_program_goes_on_from_a_layout_card_by_card(monkeypatch):
    assert wide(monkeypatch, 0, 10**6).objectives == wide(monkeypatch, 10**6, 10**6).objectives


def test_too_many_places_leave_crossings_unproven(monkeypatch):
    least, found = (wide(monkeypatch, *each).objectives[2] for each in ((10**6, 10**6), (0, 0)))
    assert found.bound == 0 < least.value <= found.value


def test_no_time_is_undecided_or_a_layout():
    many = line(*[[fold(lut=30 + n), fold(lut=10, bram18=n)] for n in range(12)])
    hurried = search(problem(many), Terms(step=Fraction(0), seconds=0.001))
    assert hurried is not Stop.INFEASIBLE
