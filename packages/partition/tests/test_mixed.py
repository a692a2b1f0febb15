# SPDX-License-Identifier: Apache-2.0
"""Clusters of cards that are not alike: each is planned and judged as the board it is, with its own SLRs, QSFPs, room and memories."""

import msgspec
import pytest
from partition_reference import Reference
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.core import testing
from levada.core.boards_alveo import U55C, U250, U280
from levada.core.cli import main
from levada.core.errors import BoardError, InfeasibleError, OptionError
from levada.core.resources import total
from levada.partition.ilp import Ilp, IlpAlone
from levada.partition.judge import judge
from levada.partition.reduction import reduce
from levada.partition.stage import PartitionOptions, ask, ground_of, planned_as

replace = msgspec.structs.replace
BOARDS = {board.name: board for board in (U280, U250, U55C)}
MIXES = [("u280", "u55c"), ("u280", "u250"), ("u250", "u280"), ("u55c", "u250"), ("u280", "u250", "u55c")]
WALKS = {"u280": (2, 1, 0, 1, 2), "u250": (2, 1, 0, 1, 2, 3, 2), "u55c": (1, 0, 1, 2, 1)}
"""From the QSFPs through the whole die and back to them."""


@pytest.fixture
def over(tmp_path):
    """Return a function from boards to the file of an emulated cluster of them."""

    def write(*boards):
        lines = ['name = "mixed"']
        for number, board in enumerate(boards, 1):
            lines += ["[[hosts]]", f'name = "host{number}"', f'address = "tcp://127.0.0.1:{7000 + number}"']
            lines += ["[[cards]]", f'name = "card-{number}"', f'host = "host{number}"', f'board = "{board}"']
            lines += ['driver = "emulated"', f'ports = ["192.168.40.{number}"]']
        file = tmp_path / "mixed.toml"
        file.write_text("\n".join(lines))
        return str(file)

    return write


@pytest.fixture
def options(over):
    """Return a function from boards and options to those of a plan over all of them."""

    def given(*boards, **others):
        return PartitionOptions(**{"cluster": over(*boards), "cards": str(len(boards)), "weights": "bram", **others})

    return given


@pytest.fixture
def planned(options, registry, small):
    """Return a function from boards and options to the judged plan of the small network."""
    return lambda *boards, **others: planned_as(options(*boards, **others), small, registry)


# ----------------------------------------------------------------------------------------- real boards


@pytest.mark.parametrize("boards", MIXES, ids="+".join)
@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_a_plan_over_unlike_cards_is_proven_and_passes_the_judge(planned, boards, topology):
    plan = planned(*boards, topology=topology)
    assert ([card.board for card in plan.cards], plan.proof.status) == (list(boards), "optimal")


@pytest.mark.parametrize("boards", MIXES, ids="+".join)
@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_each_card_has_the_room_of_its_own_board(planned, boards, topology):
    plan = planned(*boards, topology=topology)
    assert [card.capacity for card in plan.cards] == [BOARDS[board].capacity("finn") for board in boards]
    rows = [[use.capacity for use in plan.utilisation if (use.card, use.slr is None) == (n, False)] for n in (1, 2)]
    assert rows == [list(BOARDS[board].capacity("finn")) for board in boards[:2]]


@pytest.mark.parametrize("boards", MIXES, ids="+".join)
def test_the_network_is_charged_where_each_board_has_its_qsfps(planned, registry, boards):
    network = registry.network_model("vnx").overhead
    for card, name in zip(planned(*boards).cards, boards, strict=True):
        shell = BOARDS[name].overhead("finn")
        dearer = [slr for slr, taken in enumerate(card.overhead) if taken.bram18 - shell[slr].bram18 >= network.bram18]
        assert dearer == [BOARDS[name].qsfp_slrs[0]]


@pytest.mark.parametrize("boards", MIXES, ids="+".join)
def test_each_card_is_walked_as_its_own_board_asks(planned, boards):
    segments = planned(*boards, topology="loop").route.segments
    assert [segment.slrs for segment in segments[1:-1]] == [WALKS[board] for board in boards[1:]]


@pytest.mark.parametrize("basis", ["finn", "device"])
def test_shells_are_those_of_each_board_on_the_basis_that_is_asked_for(planned, basis):
    plan = planned("u280", "u250", "u55c", basis=basis)
    for card, board in zip(plan.cards, (U280, U250, U55C), strict=True):
        assert total(card.overhead).lut - total(board.overhead(basis)).lut < 50_000


def test_a_plan_for_cards_in_another_order_is_refused(planned, options, registry, small):
    ground = ground_of(ask(small, options("u280", "u250"), registry))
    verdict = judge(planned("u280", "u250"), small, replace(ground, boards=ground.boards[::-1]))
    assert "capacity and overhead are the boards'" in [check.rule for check in verdict.checks if not check.passed]


@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_a_layer_may_be_anchored_in_an_slr_that_only_its_board_has(planned, topology):
    plan = planned("u280", "u250", anchor=("MVAU_1=2:3",), topology=topology)
    assert next((each.card, each.slr) for each in plan.layers if each.name == "MVAU_1") == (2, 3)


def test_an_slr_that_another_board_of_the_cluster_has_is_refused(planned):
    with pytest.raises(OptionError, match="card 1 is a 'u280' without SLR 3; it has 0, 1, 2"):
        planned("u280", "u250", anchor=("MVAU_1=1:3",))


def test_the_board_that_lacks_the_basis_is_named(planned):
    text = "board 'u55c' has no capacities on basis 'paper'; it has device, finn; ask for one of these"
    with pytest.raises(BoardError, match=text):
        planned("u280", "u55c", basis="paper")


def test_a_board_that_is_not_used_may_lack_the_basis(planned):
    assert planned("u280", "u55c", basis="paper", cards="1").basis == "paper"


def test_the_command_tells_of_the_lacking_basis_in_one_message(over, small, tmp_path, capsys):
    folder = testing.saved(tmp_path / "dataflow", small).folder
    given = ["--cluster", over("u280", "u250"), "--basis", "paper", "--out", str(tmp_path / "plan")]
    code = main(["--no-store", "partition", str(folder), *given])
    said = " ".join(capsys.readouterr().err.split())
    assert (code, "board 'u250' has no capacities on basis 'paper'" in said, "Traceback" in said) == (2, True, False)


# ------------------------------------------------------------------------------- against all placements


def unlike(*slrs_and_qsfps, **counts):
    """Return toy boards with so many SLRs each, and their QSFP in the SLR given."""
    return [
        replace(toy(**{"slrs": slrs, "lut": 900 // number, "bram18": 60 * number, **counts}), name=f"toy-{number}", qsfp_slrs=(qsfp,))
        for number, (slrs, qsfp) in enumerate(slrs_and_qsfps, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("partitioner", [Ilp, IlpAlone])
@pytest.mark.parametrize(
    ("topology", "boards"),
    [
        ("chain", unlike((2, 1), (4, 2))),
        ("chain", unlike((3, 1), (1, 0), (2, 0))),
        ("loop", unlike((1, 0), (4, 2))),
        ("loop", unlike((2, 0), (3, 1))),
    ],
)
def test_no_placement_over_unlike_cards_is_better(seed, partitioner, topology, boards):
    reference = Reference(request_for(series_parallel(seed, nodes=5), boards, topology))
    best = reference.optimum()
    try:
        assert reference.worth(partitioner().place(reference.request)) == best
    except InfeasibleError:
        assert best is None


@pytest.mark.parametrize(
    "boards", [(U280, U250), (U250, U280), (U55C, U280)], ids=lambda b: "+".join(x.name for x in b)
)
@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_no_placement_of_large_layers_over_real_boards_is_better(boards, topology):
    layers = [fold(lut=count, bram18=count // 400) for count in (150_000, 230_000, 90_000, 310_000, 60_000)]
    reference = Reference(request_for(line(*layers), list(boards), topology))
    assert reference.worth(Ilp().place(reference.request)) == reference.optimum() is not None


def test_the_card_with_more_room_takes_more():
    """1 000 and 3 000 LUT for four layers of 800: one fits on the small card."""
    boards = [toy(slrs=1, lut=1000), replace(toy(slrs=1, lut=3000), name="large")]
    choices = Ilp().place(request_for(line(*[fold(lut=800)] * 4), boards)).choices
    assert [choice.segment for choice in choices] == [0, 1, 1, 1]


def test_what_only_the_other_board_could_hold_is_said_of_the_card_that_lacks_it():
    boards = [toy(slrs=1, lut=1000), replace(toy(slrs=1, lut=3000), name="large")]
    with pytest.raises(InfeasibleError, match="card 1 'card-1' would need 1600 lut, 600 more than the 1000 allowed"):
        Ilp().place(request_for(line(fold(lut=1600), fold()), boards))


def test_each_card_keeps_its_own_slrs_and_dmas():
    rooms = reduce(request_for(line(fold(), fold()), unlike((2, 1), (4, 2)))).cards
    assert [(len(room.slrs), room.network_slr, room.dma_slrs) for room in rooms] == [(2, 1, (0,)), (4, 2, (0,))]


def test_shares_are_of_each_cards_own_capacity():
    boards = [toy(slrs=1, lut=1000), replace(toy(slrs=1, lut=3000), name="large")]
    placement = Ilp().place(request_for(line(fold(lut=500), fold(lut=1500)), boards))
    assert [each.value for each in placement.proof.objectives if each.name == "largest_utilisation"] == [0.5]
