# SPDX-License-Identifier: Apache-2.0
import hashlib
import pickle

import pytest
import torch

from levada.core.errors import OptionError, PayloadError
from levada.qat.architectures import ResNet8, ResNet18, ResNet50
from levada.qat.bits import parse_bits
from levada.qat.initial import initialise
from levada.qat.networks import torchvision_names
from levada.qat.train import Train, TrainOptions

W4A5 = parse_bits("w4a5")


def tensors(kind=ResNet8):
    """Return a float checkpoint for a network: numbers that say which tensor they are of."""
    network = kind().build(W4A5, kind.classes)
    state = network.state_dict(keep_vars=False)
    names = torchvision_names(network).items()
    return {name: torch.full_like(state[own], float(number)) for number, (name, own) in enumerate(names)}


@pytest.fixture
def network():
    return ResNet8().build(W4A5, 10)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "float.pth"


@pytest.fixture
def load(network, file):
    """Return a function that saves an object and begins ResNet-8 with it."""

    def load(content):
        torch.save(content, file)
        initialise(network, torchvision_names(network), file)
        return network.state_dict()

    return load


def loaded_all(state):
    network = ResNet8().build(W4A5, 10)
    places = enumerate(torchvision_names(network).values())
    return all(bool((state[own] == number).all()) for number, own in places)


@pytest.mark.parametrize("kind", [ResNet8, ResNet18, ResNet50], ids=lambda kind: kind.name)
def test_every_tensor_goes_to_its_place(kind, file):
    torch.save(tensors(kind), file)
    network = kind().build(W4A5, kind.classes)
    names = torchvision_names(network)
    initialise(network, names, file)
    state = network.state_dict()
    assert [float(state[own].flatten()[0]) for own in names.values()] == list(range(len(names)))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda plain: plain,
        lambda plain: {"state_dict": plain, "epoch": 3},
        lambda plain: {"model": plain, "optimizer": {"lr": 0.1}},
        lambda plain: {f"module.{name}": value for name, value in plain.items()},
        lambda plain: {"state_dict": {f"module.{name}": value for name, value in plain.items()}, "best": 0.76},
        lambda plain: plain | {"bn1.num_batches_tracked": torch.tensor(5)},
        lambda plain: {name: value.double() for name, value in plain.items()},
    ],
    ids=["plain", "state_dict", "model", "module", "both", "counts", "double"],
)
def test_a_state_dictionary_is_found_however_it_was_saved(load, wrapped):
    assert loaded_all(load(wrapped(tensors())))


def test_the_file_of_a_network_for_other_classes_is_refused_with_both_shapes(load):
    wrong = tensors() | {"fc.weight": torch.zeros(1000, 64), "fc.bias": torch.zeros(1000)}
    message = r"2 misshapen: fc.weight 1000x64 instead of 10x64, fc.bias 1000 instead of 10\."
    with pytest.raises(OptionError, match=message):
        load(wrong)


def test_missing_tensors_are_named_and_counted(load):
    with pytest.raises(OptionError, match=r"float.pth does not fit the network: 2 missing: conv1.weight, fc.bias\."):
        load({name: value for name, value in tensors().items() if name not in {"conv1.weight", "fc.bias"}})


def test_of_many_the_first_few_are_named(load):
    with pytest.raises(OptionError, match=r"46 missing: bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var, …\."):
        load({"conv1.weight": torch.zeros(16, 3, 3, 3)})


def test_unexpected_tensors_are_named(load):
    with pytest.raises(OptionError, match=r"1 unexpected: layer4.0.conv1.weight\."):
        load(tensors() | {"layer4.0.conv1.weight": torch.zeros(1)})


def test_every_kind_of_difference_is_in_one_message(load):
    wrong = tensors() | {"linear.weight": torch.zeros(1), "bn1.bias": torch.tensor(1.0)}
    del wrong["fc.weight"]
    message = "1 missing: fc.weight; 1 unexpected: linear.weight; 1 misshapen: bn1.bias scalar instead of 16"
    with pytest.raises(OptionError, match=message):
        load(wrong)


def test_a_refused_file_changes_no_weight(network, load):
    before = network.classifier.weight.clone()
    with pytest.raises(OptionError):
        load(tensors() | {"linear.weight": torch.zeros(1)})
    assert torch.equal(network.classifier.weight, before)


@pytest.mark.parametrize("content", [{}, {"state_dict": {}}, [1], {"epoch": 3}, {1: torch.zeros(1)}], ids=repr)
def test_a_file_without_named_tensors_is_refused(load, content):
    with pytest.raises(
        PayloadError,
        match="holds no named tensors; expected a state dictionary, as it is or under 'state_dict' or 'model'",
    ):
        load(content)


class Code:
    """An object whose unpickling would run code."""

    def __reduce__(self):
        return (print, ("code from a file",))


def test_a_file_that_would_run_code_is_refused_and_runs_none(load, capsys):
    with pytest.raises(
        PayloadError, match="expected what torch.save writes of a state dictionary, tensors and nothing else"
    ):
        load({"state_dict": Code()})
    assert "code from a file" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [b"", b"no checkpoint", pickle.dumps({"a": 1}, protocol=2)], ids=["empty", "text", "pickle"]
)
def test_a_file_that_torch_did_not_write_is_refused(network, file, content):
    file.write_bytes(content)
    with pytest.raises(PayloadError, match=r"float.pth (cannot be read as a float checkpoint|holds no named tensors)"):
        initialise(network, torchvision_names(network), file)


def test_a_training_begins_with_the_weights_of_the_file(runner, file, tmp_path, monkeypatch):
    monkeypatch.setattr("levada.qat.calibration.CALIBRATION_STEPS", 1)
    monkeypatch.setattr("levada.qat.layers.CALIBRATION_STEPS", 1)
    torch.save(tensors(), file)
    options = TrainOptions(architecture="resnet8", epochs=0, golden=1, init=str(file))
    model = runner.run(Train, [], options, tmp_path / "model")
    weights = torch.load(model.payload("checkpoint"), weights_only=True)
    assert weights["classifier.bias"].unique().tolist() == [46.0]
    assert model.manifest.recipe.init == hashlib.sha256(file.read_bytes()).hexdigest()
