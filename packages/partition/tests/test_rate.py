# SPDX-License-Identifier: Apache-2.0
"""The first objective: the fastest that fits, or the least hardware that is fast enough."""

import pytest
from partition_reference import Reference, exhaustive
from partition_toys import fold, line, network, request_for, stream, toy

from levada.core.errors import InfeasibleError, UndecidedError
from levada.partition import rate, solving
from levada.partition.cbc import Stop
from levada.partition.ilp import Ilp

QUICK, SLOW = fold(lut=800, cycles=100), fold(lut=300, cycles=200)
SLOWER = fold(lut=100, cycles=400)


def place(*foldings, boards=1, **overrides):
    request = request_for(line(*foldings), [toy(slrs=1)] * boards, **overrides)
    return request, Ilp().place(request)


def objective(placement, name):
    return next(each for each in placement.proof.objectives if each.name == name)


def chosen(placement):
    return [choice.candidate for choice in placement.choices]


def test_the_fastest_foldings_that_fit_are_taken():
    _, placement = place([QUICK, SLOW, SLOWER])
    assert (chosen(placement), objective(placement, "cycles").value) == ([0], 100)


def test_a_rate_that_does_not_fit_gives_way_to_the_next():
    _, placement = place([QUICK, SLOW, SLOWER], [QUICK, SLOW, SLOWER])
    assert (chosen(placement), objective(placement, "cycles").value) == ([1, 1], 200)


def test_the_rate_that_gave_way_is_proven():
    _, placement = place([QUICK, SLOW, SLOWER], [QUICK, SLOW, SLOWER])
    assert objective(placement, "cycles").bound == 200
    assert (placement.proof.status, placement.proof.gap) == ("optimal", 0)


def test_a_second_card_buys_rate():
    _, placement = place([QUICK, SLOW, SLOWER], [QUICK, SLOW, SLOWER], boards=2)
    assert objective(placement, "cycles").value == 100


@pytest.mark.parametrize("step", range(6))
def test_every_count_of_cycles_is_found_where_it_is_the_least_that_fits(step):
    """Two layers of up to 500 LUT fit; of six foldings, the first ``step`` are larger."""
    foldings = [fold(lut=900 - n if n < step else 400 - n, cycles=100 << n) for n in range(6)]
    _, placement = place(foldings, foldings)
    assert objective(placement, "cycles").value == 100 << step


def test_layers_that_are_fast_enough_save_hardware():
    """A layer of 400 cycles sets the rate; the other need not be faster."""
    _, placement = place(fold(cycles=400), [QUICK, SLOW, SLOWER])
    assert chosen(placement) == [0, 2]


@pytest.mark.parametrize("steps", range(3))
def test_bisection_agrees_with_trying_all(steps):
    layers = [[QUICK, SLOW, SLOWER, fold(lut=50, cycles=800)]] * (steps + 2)
    request, placement = place(*layers)
    assert Reference(request).worth(placement) == exhaustive(request)


@pytest.mark.parametrize(("cycles", "candidate"), [(100, 0), (199, 0), (200, 1), (399, 1), (400, 2), (10**6, 2)])
def test_a_demanded_rate_is_met_with_the_least_hardware(cycles, candidate):
    _, placement = place([QUICK, SLOW, SLOWER], max_cycles=cycles)
    assert chosen(placement) == [candidate]


def test_a_demanded_rate_is_no_objective():
    _, placement = place([QUICK, SLOW], max_cycles=200)
    names = [each.name for each in placement.proof.objectives]
    assert names == ["largest_utilisation", "network_bytes", "slr_crossings"]


def test_a_rate_that_no_folding_reaches_names_the_layer_and_what_it_can_do():
    text = (
        r"layer 'b' takes at least 200 cycles, but the rate that is asked for leaves 150 at 100 MHz; "
        r"ask for at most 500000 images/s, or clock faster"
    )
    with pytest.raises(InfeasibleError, match=text):
        place(QUICK, SLOW, max_cycles=150)


def test_a_rate_is_told_without_exponent_and_rounded_down():
    with pytest.raises(InfeasibleError, match=r"ask for at most 33333333.333 images/s, or clock faster"):
        place(fold(cycles=3), max_cycles=1)


def test_the_method_is_named():
    assert "CBC" in place(fold())[1].proof.method


def test_objectives_come_in_their_order():
    names = [each.name for each in place(fold())[1].proof.objectives]
    assert names == ["cycles", "largest_utilisation", "network_bytes", "slr_crossings"]


def test_too_little_time_is_said_to_be_that(monkeypatch):
    monkeypatch.setattr(solving, "minimise", lambda *_: Stop.UNDECIDED)
    text = "no placement was found, and no proof that there is none, with at most 60 s for each program; another number"
    with pytest.raises(UndecidedError, match=text):
        place(fold())


def test_a_refusal_where_any_placement_would_do_is_not_explained(monkeypatch):
    monkeypatch.setattr(rate, "explanation", lambda *_: pytest.fail("explained"))
    with pytest.raises(
        InfeasibleError, match="no placement keeps to every limit; ask without any_placement for the reason"
    ):
        place(fold(lut=1200), any_placement=True)


def test_rigid_ends_may_cost_rate():
    """The fast folding of the source has lanes that its sink has not."""
    rigid = stream("a", "b", cuttable=False, rigid=True)
    ends = {"a": [fold(pe=4, cycles=50), fold(pe=1, cycles=200)], "b": [fold(pe=1, cycles=60)]}
    placement = Ilp().place(request_for(network(ends, rigid), [toy(slrs=1)]))
    assert objective(placement, "cycles").value == 200
    assert objective(placement, "cycles").bound == 200
