# SPDX-License-Identifier: Apache-2.0
"""The flows say what the paper says, W4A5 is compiled once, and what a user gives takes the place of what would be made."""

import msgspec
import pytest

from levada.core import flows
from levada.core.artefact import Artefact
from levada.core.errors import InfeasibleError, ManifestError, OptionError, UndecidedError
from levada.core.manifests import Dataflow, Model
from levada.core.runner import Runner
from levada.core.testing import dataflow, saved
from levada.partition.stage import PartitionOptions
from reproduction import command, making
from reproduction.outcomes import BRAM, DESIGNS, URAM, W1A2


def steps(design):
    return {step.folder or step.stage: step for step in flows.read(making.HERE / design.flow).step}


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_the_flow_has_the_paper_s_clock_and_cards(design, paper):
    options = steps(design)["plan"].options
    assert options["clock"] == paper.published.value(design.name, "clock")
    assert int(options["cards"]) == paper.published.value(design.name, "cards")


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_the_flow_keeps_block_ram_under_the_paper_s_limit(design, paper):
    limit = paper.published.value("w4a5-bram", "bram36-limit", of_cards=1)
    assert steps(design)["plan"].options["limit"] == (f"bram={limit / 100:g}",)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_the_flow_is_sound(design, registry, tmp_path):
    flow = flows.read(making.HERE / design.flow)
    calls = flows.plan(flow, flows.parameters_of(flow)(), tmp_path, registry)
    assert [call.stage.name for call in calls][:3] == ["train", "compile", "partition"]


@pytest.mark.parametrize("folder", ["model", "dataflow"])
def test_both_w4a5_designs_make_network_and_dataflow_alike(folder):
    """Equal options are one key of the store."""
    assert steps(BRAM)[folder].options == steps(URAM)[folder].options


def test_loop_and_chain_differ_in_their_topology_alone():
    plan, chain = (dict(steps(BRAM)[folder].options) for folder in ("plan", "chain"))
    assert (plan.pop("topology"), chain.pop("topology")) == ("loop", "chain")
    assert plan == chain


def test_the_cluster_for_asking_has_eight_cards(registry):
    assert len(registry.cluster(str(making.EIGHT_CARDS)).cards) == making.MOST_CARDS


def test_a_plan_that_was_made_is_not_made_again(made, registry):
    plan = made.outcome(W1A2).plan
    folder = Artefact(None, msgspec.structs.replace(plan, basis="paper"), "")
    one = making.Made(design=W1A2, dataflow=None, plans=(folder,), build=None, asked=None)
    assert making.try_cards(one, 1, "paper", Runner(registry)).fits


def test_a_dataflow_that_was_given_is_put_where_the_flow_looks_for_it(tmp_path):
    given = saved(tmp_path / "given", dataflow())
    adopted = making.adopt(given.folder, tmp_path / "out")
    assert adopted.digest == given.digest


@pytest.mark.parametrize("text", ["w4a5", "w2a2=folder", "w4a5="])
def test_a_model_that_names_no_network_is_refused(text):
    with pytest.raises(OptionError, match="expected NETWORK=DIR with NETWORK one of w1a2, w4a5"):
        command.pair(text, Model)


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    given = saved(tmp_path / "given", dataflow())
    with pytest.raises(ManifestError, match="expected an artefact of kind 'model'"):
        command.pair(f"w4a5={given.folder}", Model)


def test_a_folder_that_holds_the_kind_is_taken(tmp_path):
    given = saved(tmp_path / "given", dataflow())
    assert command.pair(f"w4a5={given.folder}", Dataflow) == ("w4a5", given.folder)


def test_a_mistake_is_one_line_and_exit_code_2(capsys):
    assert command.main(["--model", "w9a9=nowhere"]) == 2
    assert capsys.readouterr().err.startswith("paper: error: --model 'w9a9=nowhere'")


@pytest.fixture
def answered(monkeypatch, made, registry):
    """Return a function: try two cards with a partitioner that ends so."""

    def attempt(error):
        class Ends:
            def place(self, request):
                if error is not None:
                    raise error

        whole = Artefact(None, made.outcome(BRAM).plan, "")
        dataflow = Artefact(None, made.outcome(BRAM).dataflow, "")
        asked = PartitionOptions(cluster="u280x3")
        one = making.Made(design=BRAM, dataflow=dataflow, plans=(whole,), build=None, asked=asked)
        runner = Runner(registry)
        monkeypatch.setattr(registry, "partitioner", lambda _: Ends)
        return making.try_cards(one, 2, "paper", runner)

    return attempt


def test_a_proof_that_nothing_fits_is_a_no_with_its_reason(answered):
    found = answered(InfeasibleError("no room"))
    assert (found.fits, found.reason, found.cards, found.basis) == (False, "no room", 2, "paper")


def test_a_placement_is_a_yes(answered):
    assert answered(None).fits


def test_a_search_that_ran_out_of_time_is_no_answer(answered):
    with pytest.raises(UndecidedError):
        answered(UndecidedError("too little time"))
