# SPDX-License-Identifier: Apache-2.0
"""The stage as `levada netstack` runs it: a saved Plan in, a saved Deployment out."""

import hashlib

import msgspec
import numpy as np
import pytest
from onnx import helper, numpy_helper

from levada.core import testing
from levada.core.artefact import load
from levada.core.errors import ClusterError, DependencyError, NetworkError
from levada.core.manifests import Check, Deployment, Plan, Verdict
from levada.core.runner import Runner
from levada.netstack import Vnx
from levada.netstack.stage import Netstack, NetstackOptions


def run(folder, plan=None, cluster="u280x2", network=Vnx, **options):
    """Run the stage on a plan saved under ``folder`` and return the Deployment."""
    plan = testing.plan(2) if plan is None else plan
    if not (folder / "plan").exists():
        testing.saved(folder / "plan", plan)
    runner = Runner(testing.registry(*([network] if network else [])))
    return runner.run(Netstack, [folder / "plan"], NetstackOptions(cluster=cluster, **options), folder / "out")


@pytest.mark.parametrize("topology", ["chain", "loop"])
@pytest.mark.parametrize("cards", [1, 2, 3])
def test_a_plan_becomes_a_deployment_that_passes(tmp_path, cards, topology):
    made = run(tmp_path, testing.plan(cards, topology), f"u280x{cards}").manifest
    assert made.verdict.passed
    assert made.verdict.checks


def test_the_deployment_on_disk_is_the_one_returned(tmp_path):
    made = run(tmp_path)
    assert load(tmp_path / "out", Deployment).manifest == made.manifest


def test_the_plan_s_payloads_are_carried_byte_for_byte(tmp_path):
    made = run(tmp_path)
    plan = load(tmp_path / "plan", Plan)
    for name in plan.manifest.files:
        assert made.payload(name).read_bytes() == plan.payload(name).read_bytes()


def test_the_plan_itself_is_a_payload(tmp_path):
    assert run(tmp_path).payload("plan").read_bytes() == (tmp_path / "plan" / "manifest.json").read_bytes()


def test_the_plan_is_the_source(tmp_path):
    made = run(tmp_path)
    digest = hashlib.sha256((tmp_path / "plan" / "manifest.json").read_bytes()).hexdigest()
    assert made.manifest.sources == {"plan": digest}


def test_hops_cost_what_the_plan_predicts(tmp_path):
    plan = testing.plan(3, "loop")
    made = run(tmp_path, plan, "u280x3").manifest
    assert [(hop.wire_bytes, hop.packetisation.packets) for hop in made.hops] == [
        (cut.wire_bytes, cut.packets) for cut in plan.cuts
    ]


def test_what_a_reader_needs_of_the_plan_is_there(tmp_path):
    plan, made = testing.plan(2), run(tmp_path).manifest
    assert (made.name, made.streams, made.labels, made.golden_count, made.performance, made.input, made.output) == (
        plan.name, plan.streams, plan.labels, plan.golden_count, plan.performance, plan.input, plan.output,
    )  # fmt: skip


def test_a_loop_begins_and_ends_on_the_first_card(tmp_path):
    made = run(tmp_path, testing.plan(3, "loop"), "u280x3").manifest
    assert (made.ingress_card, made.egress_card) == (1, 1)


def test_a_chain_ends_on_the_last_card(tmp_path):
    made = run(tmp_path, testing.plan(3), "u280x3").manifest
    assert (made.ingress_card, made.egress_card) == (1, 3)


@pytest.fixture
def outside(tmp_path, draw):
    """Run a plan whose last layer, on the second card, takes its four weights from the host."""
    tensor = numpy_helper.from_array(np.array([[1, -1, 2, -2]], np.int8), "L1_weights")
    tensor.doc_string = "INT8"
    graph = helper.make_model(helper.make_graph([], "g", [], [], [tensor]))
    plan = draw([1, 2], [0, 1], [(0, 1, 8)], external={1})
    testing.saved(tmp_path / "plan", plan, {"emulation_graph": graph.SerializeToString()})
    return run(tmp_path)


def test_the_card_of_external_weights_is_named(outside):
    assert outside.manifest.weight_cards == (2,)
    assert [feed.layer for card in outside.manifest.cards for feed in card.weights] == ["L1"]


def test_the_buffer_of_a_weight_dma_is_a_payload(outside):
    (feed,) = outside.manifest.cards[1].weights
    assert outside.payload(feed.payload).read_bytes() == bytes([1, 255, 2, 254])


def test_the_dma_of_external_weights_is_linked_on_their_card(outside):
    kernels = [[unit.kernel for unit in card.link.units if unit.memory] for card in outside.manifest.cards]
    assert kernels == [["idma"], ["odma", "wdma"]]


def test_extensions_are_carried_untouched(tmp_path):
    plan = msgspec.structs.replace(testing.plan(2), extensions={"levada-example": {"a": [1, 2]}})
    assert run(tmp_path, plan).manifest.extensions == {"levada-example": {"a": [1, 2]}}


def test_framed_is_the_default(tmp_path):
    assert run(tmp_path).manifest.flow.mode == "framed"


def test_plain_is_what_was_asked_for(tmp_path):
    assert run(tmp_path, flow="plain").manifest.flow.mode == "plain"


def test_the_same_work_gives_the_same_digest(tmp_path):
    assert run(tmp_path / "a").digest == run(tmp_path / "b").digest


def test_another_cluster_is_refused_with_what_to_do(tmp_path):
    text = r"the plan was made for cluster 'u280x2' \(digest [0-9a-f]{12}…\), this is 'oct-u280-3' .*name the same cluster, or partition again"
    with pytest.raises(NetworkError, match=text):
        run(tmp_path, cluster="oct-u280-3")


def test_more_cards_than_the_plan_uses_are_no_other_cluster(tmp_path):
    larger = testing.cluster(3)
    plan = msgspec.structs.replace(testing.plan(2), cluster="u280x3")
    assert run(tmp_path, plan, larger.name).manifest.cluster == "u280x3"


def test_a_cluster_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ClusterError, match="no cluster 'u280x9'"):
        run(tmp_path, cluster="u280x9")


def test_a_network_that_is_not_installed_is_named_with_its_package(tmp_path):
    with pytest.raises(
        DependencyError, match=r"no network 'vnx' is registered \(registered: none\); install levada-netstack"
    ):
        run(tmp_path, network=None)


class Objecting(Vnx):
    """A network whose checker finds two rules broken."""

    def check(self, deployment):
        checks = (
            Check(rule="sockets fit", passed=False, detail="17 sockets"),
            Check(rule="addresses fit", passed=True, detail="all do"),
            Check(rule="packets fit", passed=False, detail="9000 bytes"),
        )
        return Verdict(checker="vnx", checks=checks)


def test_broken_rules_are_listed(tmp_path):
    text = r"the checker of network 'vnx' found 2 rules broken:\n  sockets fit: 17 sockets\n  packets fit: 9000 bytes"
    with pytest.raises(NetworkError, match=text):
        run(tmp_path, network=Objecting)


def test_nothing_is_written_where_rules_are_broken(tmp_path):
    with pytest.raises(NetworkError):
        run(tmp_path, network=Objecting)
    assert not (tmp_path / "out").exists()


def test_the_cluster_may_be_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "u280x1"\n[[hosts]]\nname = "fpga1"\naddress = "tcp://127.0.0.1:7281"\n'
        '[[cards]]\nname = "u280-1"\nhost = "fpga1"\nboard = "u280"\ndriver = "emulated"\nports = ["192.168.40.10"]\n'
    )
    assert run(tmp_path, testing.plan(1), str(file)).manifest.cluster == "u280x1"
