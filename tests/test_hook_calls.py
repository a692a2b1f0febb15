# SPDX-License-Identifier: Apache-2.0
"""A stranger's plug-in implements each hook in turn, and Levada does as it says."""

from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import msgspec
import pytest

from levada.core import cli, interfaces
from levada.core.hookspecs import hookimpl
from levada.core.manifests import Event, Images, Tensor
from levada.core.networks import VNX
from levada.core.plugins import Registry
from levada.core.presets import emulated
from levada.core.runner import Runner
from levada.core.stages import Flag, Options, Stage


def stranger(hook, function):
    """Return a plug-in with one hook."""
    return SimpleNamespace(**{hook: hookimpl(function)})


def registry_with(hook, value):
    """Return a registry that knows only what one stranger registers."""
    registry = Registry(entry_points=())
    registry.add(stranger(hook, lambda: [value]), "stranger")
    return registry


def concrete(interface, **named):
    """Return a class of an interface whose methods do nothing."""
    methods = {name: lambda self, *arguments: None for name in interface.__abstractmethods__}
    return type(f"Strange{interface.__name__}", (interface,), methods | named)


class Write(Stage[Options]):
    """Write one artefact."""

    name = "write"
    writes = Images

    def run(self, inputs, options, work):
        work.add_bytes("images", "images.npy", b"pixels")
        tensor = Tensor(name="x", shape=(1, 1, 1), datatype="UINT8", layout="NHWC")
        return Images(dataset="strange", split="test", count=0, tensor=tensor, labels=())


def test_hook_levada_register_stage():
    assert registry_with("levada_register_stage", Write).stages() == {"write": Write}


def test_hook_levada_register_board():
    board = msgspec.structs.replace(Registry().board("u280"), name="strange")
    assert registry_with("levada_register_board", board).board("strange") == board


def test_hook_levada_register_cluster():
    registry = Registry()
    strange = msgspec.structs.replace(emulated(1), name="strange")
    registry.add(stranger("levada_register_cluster", lambda: [strange]), "stranger")
    assert registry.cluster("strange") == strange


def test_hook_levada_register_weight_store():
    store = concrete(interfaces.WeightStore, name="tape")
    assert registry_with("levada_register_weight_store", store).weight_store("tape") is store


def test_hook_levada_register_topology():
    topology = concrete(interfaces.Topology, name="star")
    assert registry_with("levada_register_topology", topology).topology("star") is topology


def test_hook_levada_register_partitioner():
    partitioner = concrete(interfaces.Partitioner, name="dice")
    assert registry_with("levada_register_partitioner", partitioner).partitioner("dice") is partitioner


def test_hook_levada_register_network():
    network = concrete(interfaces.Network, name="pigeons", model=VNX)
    assert registry_with("levada_register_network", network).network("pigeons") is network


def test_hook_levada_register_driver():
    driver = concrete(interfaces.Driver, name="abacus")
    assert registry_with("levada_register_driver", driver).driver("abacus") is driver


def test_hook_levada_register_layer():
    layer = concrete(interfaces.HardwareLayer, op="Fold")
    assert registry_with("levada_register_layer", layer).layers() == {"Fold": layer}


def test_hook_levada_register_model():
    model = concrete(interfaces.Architecture, name="strange-net", image_shape=(1, 1, 1), dataset="clouds")
    assert registry_with("levada_register_model", model).architecture("strange-net") is model


def test_hook_levada_register_dataset():
    dataset = concrete(interfaces.Dataset, name="clouds")
    assert registry_with("levada_register_dataset", dataset).dataset("clouds") is dataset


class Greeting(Options, frozen=True, kw_only=True):
    """Options of a stranger's command."""

    whom: Annotated[str, Flag("whom to greet", positional=True)]


def test_hook_levada_register_command(monkeypatch, capsys):
    def greet(options, context):
        """Greet somebody."""
        print(f"good day, {options.whom}")
        return 0

    registry = Registry()
    registry.add(
        stranger("levada_register_command", lambda commands: commands.add("greet", Greeting, greet)), "stranger"
    )
    monkeypatch.setattr(cli, "Registry", lambda without: registry)
    assert (cli.main(["greet", "world"]), capsys.readouterr().out) == (0, "good day, world\n")


@pytest.fixture
def observed(tmp_path):
    """Return a function that runs a stage under an observer of one hook, and returns what the observer heard."""

    def watch(hook, function) -> Path:
        registry = Registry(entry_points=())
        registry.add(stranger(hook, function), "watcher")
        Runner(registry).run(Write, [], Options(), tmp_path / "out")
        return tmp_path / "out"

    return watch


def test_hook_levada_artifact_saved(observed):
    heard = []
    out = observed("levada_artifact_saved", lambda folder, manifest: heard.append((folder, manifest.dataset)))
    assert heard == [(out, "strange")]


def test_hook_levada_stage_ran(observed):
    heard = []
    observed("levada_stage_ran", lambda report: heard.append((report.stage, report.cached)))
    assert heard == [("write", False)]


def test_hook_levada_card_event():
    heard = []

    def hear(event):
        heard.append(event)

    registry = Registry(entry_points=())
    registry.add(stranger("levada_card_event", hear), "watcher")
    event = Event(at_ms=1.0, place="card 1", text="started")
    Runner(registry).tell("levada_card_event", event=event)
    assert heard == [event]
