# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.core.errors import OptionError
from levada.qat.architectures import DigitsCnn, ResNet8, ResNet18, ResNet50
from levada.qat.recipes import Schedule, read_schedule, shipped

PAPER = {
    "batch": 64,
    "learning_rate": 0.001,
    "momentum": 0.875,
    "weight_decay": 5e-5,
    "epochs": 90,
    "step_epochs": 30,
    "decay": 0.1,
}


def written(folder, **changes):
    file = folder / "own.toml"
    file.write_text("".join(f"{name} = {value}\n" for name, value in {**PAPER, **changes}.items()))
    return str(file)


def test_paper_recipe_holds_the_papers_figures():
    assert read_schedule("paper") == Schedule(**PAPER, crop=True, flip=True)


def test_digits_recipe_differs_from_the_paper_in_rate_and_length_only():
    digits, paper = read_schedule("digits"), read_schedule("paper")
    same = ("batch", "momentum", "weight_decay", "decay")
    assert [getattr(digits, name) for name in same] == [getattr(paper, name) for name in same]


def test_the_recipes_are_shipped():
    assert shipped() == ("cifar10", "cifar10-small", "digits", "paper")


@pytest.mark.parametrize("name", shipped())
def test_every_recipe_that_is_shipped_can_be_read(name):
    assert read_schedule(name).epochs > 0


@pytest.mark.parametrize("network", [ResNet8, ResNet18, ResNet50, DigitsCnn], ids=lambda kind: kind.name)
def test_every_networks_own_recipe_is_shipped(network):
    assert network.recipe in shipped()


def test_a_file_is_a_recipe_too(tmp_path):
    assert read_schedule(written(tmp_path, epochs=3)).epochs == 3


def test_an_unknown_recipe_is_refused_with_the_names_that_there_are(tmp_path):
    missing = str(tmp_path / "imagenet")
    with pytest.raises(
        OptionError,
        match=r"expected a recipe \(cifar10, cifar10-small, digits, paper\) or a TOML file that can be read, got '.*imagenet'",
    ):
        read_schedule(missing)


def test_a_folder_is_no_recipe(tmp_path):
    with pytest.raises(OptionError, match="or a TOML file that can be read"):
        read_schedule(str(tmp_path))


def test_bytes_that_are_no_text_are_no_recipe(tmp_path):
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match="or a TOML file that can be read"):
        read_schedule(str(tmp_path / "own.toml"))


def test_an_unknown_field_is_named(tmp_path):
    with pytest.raises(OptionError, match=r"recipe '.*own.toml'.*nesterov"):
        read_schedule(written(tmp_path, nesterov="true"))


def test_text_that_is_no_toml_is_refused_with_the_file(tmp_path):
    (tmp_path / "own.toml").write_text("batch: 64")
    with pytest.raises(OptionError, match=r"recipe '.*own.toml'"):
        read_schedule(str(tmp_path / "own.toml"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch", 0),
        ("learning_rate", 0.0),
        ("momentum", 1.0),
        ("weight_decay", -1.0),
        ("epochs", -1),
        ("step_epochs", 0),
        ("decay", 0.0),
        ("decay", 10.0),
        ("batch", '"many"'),
    ],
)
def test_a_value_that_makes_no_sense_is_named(tmp_path, field, value):
    with pytest.raises(OptionError, match=rf"own.toml'.*\$\.{field}"):
        read_schedule(written(tmp_path, **{field: value}))
