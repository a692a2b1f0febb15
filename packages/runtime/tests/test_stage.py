# SPDX-License-Identifier: Apache-2.0
"""``levada run`` as a user meets it: real agents on the loopback, keys, faults injected, agents killed."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from toy_processes import free_port

from levada.core.artefact import load, save
from levada.core.cli import main
from levada.core.manifests import Run
from levada.runtime.stage import RunOptions, RunStage, check


class Desk:
    """Runs deployments with the running agents, and looks at what was written."""

    def __init__(self, folder, cluster_file, key_folder):
        self.folder, self.cluster, self.keys = folder, cluster_file, key_folder

    @property
    def out(self):
        return self.folder / "run"

    def run(self, artefact, *options, given="golden"):
        command = ["--quiet", "--no-store", "run", str(artefact.folder), "--input", str(given)]
        command += ["--cluster", str(self.cluster), "--keys", str(self.keys), "--out", str(self.out)]
        return main([*command, *options])

    @property
    def manifest(self):
        return load(self.out, Run).manifest

    @property
    def answers(self):
        return np.load(load(self.out, Run).payload("answers"))


@pytest.fixture
def desk(agents, tmp_path, cluster_file, key_folder):
    return Desk(tmp_path, cluster_file, key_folder)


@pytest.fixture
def chain(rig, tmp_path):
    return rig.saved(tmp_path / "rig", rig.deployment(3, "chain"))


def expected(rig, images):
    return rig.reference(images)["D->output"].astype(np.int64)


@pytest.mark.parametrize(("cards", "topology"), [(2, "chain"), (3, "chain"), (3, "loop")])
def test_agents_answer_as_the_golden_record_says(desk, rig, tmp_path, cards, topology):
    artefact = rig.saved(tmp_path / "rig", rig.deployment(cards, topology))
    assert desk.run(artefact) == 0
    assert np.array_equal(desk.answers, expected(rig, rig.pictures(20)))
    manifest = desk.manifest
    assert (manifest.answered, manifest.mismatches, manifest.stream_mismatches) == (20, 0, 0)


def test_agents_serve_one_run_after_the_other(desk, rig, chain, agents):
    import shutil

    for _ in range(2):
        assert desk.run(chain) == 0
        pids = {use.pid for use in desk.manifest.agents}
        shutil.rmtree(desk.out)
    assert pids == {process.pid for process in agents}


def test_every_hop_carries_what_was_predicted(desk, chain):
    desk.run(chain)
    for hop in desk.manifest.hops:
        assert hop.frames == 20
        assert (hop.packets, hop.stream_bytes) == (hop.predicted_packets, hop.predicted_stream_bytes)
        assert (hop.wire_bytes, hop.sha256) == (hop.predicted_wire_bytes, hop.golden_sha256)


@pytest.mark.parametrize(("topology", "card"), [("chain", 3), ("loop", 1)])
def test_weights_that_a_host_streams_give_the_golden_answers(desk, rig, tmp_path, topology, card):
    assert desk.run(rig.saved(tmp_path / "rig", rig.fed(rig.deployment(3, topology)))) == 0
    (weights,) = desk.manifest.weights
    assert (weights.layer, weights.card, weights.inferences, weights.bytes_read) == ("D", card, 20, 20 * 24)
    assert (desk.manifest.mismatches, desk.manifest.stream_mismatches) == (0, 0)


def test_a_flipped_byte_of_streamed_weights_shows_in_the_answers(desk, rig, tmp_path, capsys):
    flipped = "fe" + rig.BEATS[2:]
    artefact = rig.saved(tmp_path / "rig", rig.fed(rig.deployment(3, "loop")), beats=flipped)
    assert desk.run(artefact) == 1
    assert "at card 1: answered" in capsys.readouterr().err
    assert (desk.manifest.mismatches > 0, desk.manifest.stream_mismatches) == (True, 0)


def test_weights_that_the_deployment_does_not_hold_are_named(desk, rig, tmp_path, capsys):
    lacking = rig.saved(tmp_path / "rig", rig.deployment(3, "loop"))
    lacking = save(
        tmp_path / "lacking", rig.fed(lacking.manifest), {n: lacking.payload(n) for n in lacking.manifest.files}
    )
    assert desk.run(lacking) == 2
    text = "card 'u280-1' needs the payload 'weights_1_wdma_0', which deployment 'rig' does not hold"
    assert text in capsys.readouterr().err


def test_weights_that_are_too_short_are_named_when_the_dma_starts(desk, rig, tmp_path, capsys):
    artefact = rig.saved(tmp_path / "rig", rig.fed(rig.deployment(3, "chain")), beats=rig.BEATS[:-2])
    assert desk.run(artefact) == 2
    assert "weights of layer 'D' are 7 bytes, wdma_0 was planned to read 8" in capsys.readouterr().err


def test_harm_on_the_wire_is_still_named_where_weights_are_streamed(desk, rig, tmp_path):
    artefact = rig.saved(tmp_path / "rig", rig.fed(rig.deployment(3, "loop")))
    assert desk.run(artefact, "--inject", "drop@C->D:5") == 1
    assert [failure.image for failure in desk.manifest.failures] == [5]


def test_a_file_of_other_images_is_answered_without_comparison(desk, rig, chain, tmp_path):
    images = rig.pictures(5, seed=9)
    np.save(tmp_path / "mine.npy", images)
    assert desk.run(chain, given=tmp_path / "mine.npy") == 0
    assert np.array_equal(desk.answers, expected(rig, images))
    assert desk.manifest.mismatches is None


def test_golden_images_among_others_are_compared(desk, rig, chain, tmp_path):
    np.save(tmp_path / "mine.npy", np.concatenate([rig.pictures(3, seed=9), rig.pictures(20)[7:9]]))
    assert desk.run(chain, given=tmp_path / "mine.npy") == 0
    assert (desk.manifest.mismatches, desk.manifest.stream_mismatches) == (0, 0)


def test_one_image_in_flight_at_a_time_is_enough(desk, chain):
    assert desk.run(chain, "--window", "1") == 0


@pytest.mark.parametrize("fault", ["flip@A->B:5", "drop@A->D:5", "drop@B->C:19", "flip@B->C:0"])
def test_harm_on_the_wire_fails_the_run_and_names_stream_and_frame(desk, chain, capsys, fault):
    stream, _, frame = fault.partition("@")[2].rpartition(":")
    assert desk.run(chain, "--inject", fault) == 1
    assert f"1 of 20 images failed; the first is image {frame} at card " in capsys.readouterr().err
    (failure,) = desk.manifest.failures
    assert f"stream {stream} frame {frame}" in failure.place


def test_a_failed_run_loses_no_answer(desk, rig, chain):
    desk.run(chain, "--inject", "flip@A->B:5")
    whole = expected(rig, rig.pictures(20))
    whole[5] = -1
    assert np.array_equal(desk.answers, whole)


def test_two_faults_lose_two_images(desk, chain):
    assert desk.run(chain, "--inject", "flip@A->B:5", "--inject", "drop@B->C:9") == 1
    assert [failure.image for failure in desk.manifest.failures] == [5, 9]


def test_a_false_golden_record_names_stream_and_image(desk, rig, tmp_path, capsys, monkeypatch):
    honest = rig.digests

    def false(tensors):
        table = honest(tensors)
        table[1, 4] ^= 1
        return table

    monkeypatch.setattr(rig, "digests", false)
    assert desk.run(rig.saved(tmp_path / "rig", rig.deployment(3, "chain"))) == 1
    text = capsys.readouterr().err
    assert "image 4 at card 2, stream A->B frame 4 (from card 1): its tensor is not the golden one" in text


def test_agents_are_free_again_after_a_failed_run(desk, chain):
    import shutil

    assert desk.run(chain, "--inject", "drop@A->B:3") == 1
    shutil.rmtree(desk.out)
    assert desk.run(chain) == 0


def refused(desk, chain, capsys, *options, given="golden"):
    """Run what must be refused; return the one line that says why."""
    assert desk.run(chain, *options, given=given) == 2
    assert not desk.out.exists()
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


def test_images_of_another_shape_are_refused_before_any_agent_is_asked(desk, chain, capsys, tmp_path):
    np.save(tmp_path / "odd.npy", np.zeros((2, 3, 3), np.uint8))
    assert "got shape (2, 3, 3)" in refused(desk, chain, capsys, given=tmp_path / "odd.npy")


@pytest.mark.parametrize(("harm", "word"), [("altered", "was altered"), ("cut", "has 9 bytes"), ("gone", "is missing")])
def test_a_damaged_payload_is_named_before_any_agent_is_asked(desk, chain, capsys, harm, word):
    path = chain.folder / "emulation_graph.onnx"
    content = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(content[:9] if harm == "cut" else content[:-1] + b"!")
    line = refused(desk, chain, capsys)
    assert f"payload {path} {word}" in line


def test_a_misspelt_fault_is_refused(desk, chain, capsys):
    assert "got 'melt@A->B:5'" in refused(desk, chain, capsys, "--inject", "melt@A->B:5")


@pytest.mark.parametrize("options", [("--window", "0"), ("--stall-s", "0"), ("--stall-s", "nan")])
def test_options_that_make_no_sense_are_refused(desk, chain, capsys, options):
    assert "expected --window of at least 1 and --stall-s above 0" in refused(desk, chain, capsys, *options)


def test_another_cluster_than_the_planned_one_is_refused(desk, chain, capsys, tmp_path):
    moved = tmp_path / "moved.toml"
    moved.write_text(desk.cluster.read_text().replace("192.168.40.11", "192.168.40.99"))
    desk.cluster = moved
    assert "was made for another state of cluster 'u280x3'" in refused(desk, chain, capsys)


def test_a_network_that_is_not_installed_says_what_to_install(desk, rig, tmp_path, capsys):
    artefact = rig.saved(tmp_path / "rig", rig.deployment(3, "chain", network="rings"))
    line = refused(desk, artefact, capsys)
    assert "no network 'rings' is registered" in line
    assert "install" in line


def test_an_agent_that_is_not_there_is_named_with_what_to_do(desk, chain, capsys, tmp_path, monkeypatch):
    from levada.runtime.control import bringup

    monkeypatch.setattr(bringup, "GREET_S", 1.0)
    lines = desk.cluster.read_text().splitlines()
    lines[6] = f'address = "tcp://127.0.0.1:{free_port()}"'
    desk.cluster = tmp_path / "absent.toml"
    desk.cluster.write_text("\n".join(lines))
    line = refused(desk, chain, capsys)
    assert "no agent of host fpga2 answers at tcp://127.0.0.1:" in line
    assert "start it there with `levada agent" in line


def test_tcp_without_keys_is_refused(desk, chain, capsys):
    command = ["--quiet", "--no-store", "run", str(chain.folder), "--input", "golden", "--cluster", str(desk.cluster)]
    assert main([*command, "--out", str(desk.out)]) == 2
    assert "refusing to talk to tcp://127.0.0.1:" in capsys.readouterr().err


def test_a_host_that_is_taken_says_whose_it_is(desk, chain, capsys):
    from levada.runtime import keys
    from levada.runtime.control.fleet import Fleet
    from levada.runtime.control.peer import Target

    address = desk.cluster.read_text().splitlines()[3].partition('"')[2].rstrip('"')
    own = keys.for_controller(desk.keys, ["fpga1"])
    with Fleet([Target(host="fpga1", address=address)], own) as fleet:
        fleet.greet(20)
        fleet.lease("other@there")
        assert "leased to other@there for another" in refused(desk, chain, capsys)


def emulate(artefact, out, *options):
    """Return the command line of an emulated run."""
    start = [sys.executable, "-m", "levada.core.cli", "--quiet", "--no-store", "run", str(artefact.folder)]
    return [*start, "--cluster", "u280x3", "--input", "golden", "--emulate", "--out", str(out), *options]


def children_of(pid):
    """Return the process ids of a process's living children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone(pids, within_s=30.0):
    """Say whether all these processes end in time."""
    until_s = time.monotonic() + within_s
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until_s:
        time.sleep(0.05)
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def started(process):
    """Wait until a run has started its three agents; return their process ids."""
    until_s = time.monotonic() + 30
    while len(children_of(process.pid)) < 3 and time.monotonic() < until_s:
        time.sleep(0.02)
    return children_of(process.pid)


def test_emulation_starts_its_own_agents_and_ends_them(rig, chain, tmp_path):
    assert subprocess.run(emulate(chain, tmp_path / "run"), check=False, timeout=60).returncode == 0
    agents = load(tmp_path / "run", Run).manifest.agents
    assert [use.drivers for use in agents] == [("emulated",)] * 3
    assert not any(Path(f"/proc/{use.pid}").exists() for use in agents)


def test_a_killed_agent_fails_the_run_and_is_named(rig, chain, tmp_path):
    command = emulate(chain, tmp_path / "run", "--inject", "kill@fpga2:7")
    ended = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "at host fpga2: its agent (process " in ended.stderr
    assert "was killed by signal SIGKILL" in ended.stderr
    manifest = load(tmp_path / "run", Run).manifest
    assert manifest.answered + len(manifest.failures) == 20
    unknown = [hop.stream for hop in manifest.hops if hop.frames is None and hop.sha256 is None]
    assert unknown == [hop.stream for hop in manifest.hops if hop.sink_card == 2]


def test_an_agent_that_hangs_is_noticed_and_named(desk, chain, agents, capsys):
    agents[1].send_signal(signal.SIGSTOP)
    waker = threading.Timer(6.0, agents[1].send_signal, [signal.SIGCONT])
    waker.start()
    try:
        assert desk.run(chain) == 2
    finally:
        waker.join()
    assert "no agent of host fpga2 answers" in capsys.readouterr().err


def test_interrupting_a_run_ends_its_agents(rig, chain, tmp_path):
    process = subprocess.Popen(emulate(chain, tmp_path / "run"), stderr=subprocess.DEVNULL)
    children = started(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 130
    assert gone(children)
    assert not (tmp_path / "run").exists()


def test_a_killed_controller_takes_its_agents_along(rig, chain, tmp_path):
    process = subprocess.Popen(emulate(chain, tmp_path / "run"), stderr=subprocess.DEVNULL)
    children = started(process)
    process.kill()
    process.wait()
    assert gone(children)


def options(**given):
    return RunOptions(cluster="u280x3", input="golden", **given)


def test_emulated_cards_cannot_meet_real_ones(rig):
    from levada.core import testing
    from levada.core.errors import ClusterError

    manifest = rig.deployment(3, "chain")
    mixed = replace(manifest, cards=(replace(manifest.cards[0], driver="xrt"), *manifest.cards[1:]))
    with pytest.raises(ClusterError, match=r"no wire joins emulated cards with real ones \(drivers: emulated, xrt\)"):
        check(options(), testing.cluster(3), mixed)


def test_emulation_makes_all_cards_emulated(rig):
    from levada.core import testing

    manifest = rig.deployment(3, "chain")
    real = replace(manifest, cards=tuple(replace(card, driver="xrt") for card in manifest.cards))
    check(options(emulate=True), testing.cluster(3), real)


def test_real_cards_are_not_harmed_on_purpose(rig):
    from levada.core import testing
    from levada.core.errors import OptionError

    manifest = rig.deployment(3, "chain")
    real = replace(manifest, cards=tuple(replace(card, driver="xrt") for card in manifest.cards))
    with pytest.raises(OptionError, match=r"--inject needs emulated cards, .* xrt; add --emulate"):
        check(options(inject=("flip@A->B:0",)), testing.cluster(3), real)


class Observer:
    """A plug-in that hears of events, or fails at it."""

    def __init__(self):
        self.heard = []

    def levada_card_event(self, event):
        self.heard.append(event.text)
        raise ValueError("deaf")


def test_observers_hear_events_and_cannot_stop_the_run(registry, tmp_path):
    from levada.core.hookspecs import hookimpl
    from levada.core.manifests import Event
    from levada.core.plugins import Registry
    from levada.core.progress import Progress
    from levada.core.stages import Work
    from levada.runtime.stage import _observers

    class Deaf(Observer):
        levada_card_event = hookimpl(Observer.levada_card_event)

    mine, observer = Registry(), Deaf()
    mine.add(observer, "deaf")
    _observers(Work(mine, Progress(), tmp_path))(Event(at_ms=1.0, place="card 1", text="injected"))
    assert observer.heard == ["injected"]


def test_a_run_is_never_answered_from_the_store():
    assert RunStage.cached is False
