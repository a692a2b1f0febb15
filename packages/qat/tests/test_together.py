# SPDX-License-Identifier: Apache-2.0
"""Trainings in processes of their own: several together, and killed ones that go on."""

import importlib
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from levada.core.artefact import load
from levada.core.errors import OptionError
from levada.core.manifests import Model
from levada.core.runner import Runner
from levada.qat import together
from levada.qat.train import Train, TrainOptions

PLUGIN = Path(__file__).with_name("slides_plugin.py")
RECIPE = (
    "batch = {}\nlearning_rate = 0.05\nmomentum = 0.875\nweight_decay = 5e-5\nepochs = 2\nfreeze_after_epochs = 0\n"
)
MOST_SECONDS = 240
ON_LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with recipes, and the plug-in as if it were installed there."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copy(PLUGIN, folder)
    described = folder / "slides_plugin-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: slides-plugin\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[levada]\nslides = slides_plugin\n")
    for batch in (4, 8):
        (folder / f"batch{batch}.toml").write_text(RECIPE.format(batch))
    return folder


@pytest.fixture(scope="module")
def plugin(place):
    """Return the plug-in's module, imported from there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield importlib.import_module("slides_plugin")


@pytest.fixture(scope="module")
def start(plugin):
    """Return a function that starts ``module.main(words)`` as a process, forked from one that has imported torch already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["levada.qat.model", "brevitas.export"])

    def start(module, *words, **environment):
        process = context.Process(target=plugin.run, args=(module, words, ON_LOOPBACK | environment))
        process.start()
        return process

    return start


@pytest.fixture(scope="module")
def options(place):
    """Return a function that gives the words of a training of slides-cnn."""

    def options(out, batch, *more):
        return ("train", "slides-cnn", "--recipe", str(place / f"batch{batch}.toml"), "--out", str(place / out), *more)

    return options


@pytest.fixture(scope="module")
def pair(start):
    """Return a function that starts two processes as torchrun does."""

    def pair(*words, **environment):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "none"}
        numbers = ({"RANK": number, "LOCAL_RANK": number} for number in "01")
        return [start("levada.qat.together", *words, **shared, **number, **environment) for number in numbers]

    return pair


@pytest.fixture(scope="module")
def single(make_registry, place, plugin):
    """Return the network of one process with the doubled batch."""
    registry = make_registry()
    registry.add(plugin, "slides")
    options = TrainOptions(architecture="slides-cnn", recipe=str(place / "batch8.toml"))
    return Runner(registry).run(Train, [], options, place / "single")


@pytest.fixture(scope="module")
def double(options, place):
    """Return the network of two processes that torchrun started."""
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    paths = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])
    subprocess.run(
        [*torchrun, "-m", "levada.qat.together", *options("double", 4)],
        env=os.environ | ON_LOOPBACK | {"PYTHONPATH": paths},
        timeout=MOST_SECONDS,
        check=True,
    )
    return load(place / "double", Model)


def codes(processes):
    for process in processes:
        process.join(MOST_SECONDS)
    return {process.exitcode for process in processes}


def weights(artefact):
    return torch.load(artefact.payload("checkpoint"), weights_only=True)


def furthest(first, second):
    theirs = weights(second)
    return max(float((value - theirs[name]).abs().max()) for name, value in weights(first).items())


def killed_once_there(file, processes):
    """Kill processes without warning as soon as there is a file."""
    deadline = time.monotonic() + MOST_SECONDS
    while not file.exists():
        assert time.monotonic() < deadline
        assert all(process.is_alive() for process in processes)
        time.sleep(0.05)
    for process in processes:
        process.kill()
    return codes(processes)


def test_ten_steps_of_two_processes_equal_ten_of_one_with_the_doubled_batch(single, double):
    assert furthest(single, double) < 1e-5


def test_those_ten_steps_changed_the_weights(single, make_registry):
    fresh = make_registry().architecture("blots-cnn")().build(single.manifest.bits, 8).state_dict()
    trained = weights(single)
    assert float((trained["5.weight"] - fresh["5.weight"]).abs().max()) > 1e-3


def test_both_processes_are_told_of_in_the_recipe(double):
    assert (double.manifest.recipe.processes, double.manifest.recipe.batch) == (2, 4)


def test_the_losses_of_both_make_one_score(single, double):
    assert double.manifest.scores == single.manifest.scores


def test_two_processes_killed_after_an_epoch_go_on_to_the_same_weights(pair, options, place, double):
    words = options("again", 4, "--checkpoint", str(place / "kept"))
    checkpoint = place / "kept" / "checkpoint.pt"
    assert killed_once_there(checkpoint, pair(*words, STALL=str(checkpoint))) == {-signal.SIGKILL}
    assert codes(pair(*words)) == {0}
    assert furthest(load(place / "again", Model), double) == 0


def test_a_training_killed_after_an_epoch_goes_on_to_the_same_weights(start, options, place, single):
    words = options("alone", 8, "--checkpoint", str(place / "lonely"))
    checkpoint = place / "lonely" / "checkpoint.pt"
    words = ("levada.core.cli", "--no-store", *words)
    assert killed_once_there(checkpoint, [start(*words, STALL=str(checkpoint))]) == {-signal.SIGKILL}
    assert codes([start(*words)]) == {0}
    assert load(place / "alone", Model).digest == single.digest


def test_torchrun_without_the_module_is_refused(train_blots, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(
        OptionError, match=r"each process would train a network of its own; write: torchrun .* -m levada"
    ):
        train_blots("model", epochs=1)


def test_the_module_without_torchrun_is_refused(capsys, monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert together.main(["train", "digits-cnn", "--out", "x"]) == 2
    assert "levada.qat.together is started by torchrun: torchrun --nproc-per-node=4" in capsys.readouterr().err


def test_only_trainings_run_in_several_processes(capsys):
    assert together.main(["compile", "model"]) == 2
    assert "only 'train' runs in several processes, got 'compile model'" in capsys.readouterr().err
