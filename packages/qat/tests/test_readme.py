# SPDX-License-Identifier: Apache-2.0
import re
import types
from pathlib import Path

import pytest
from torch import nn

from levada.core.runner import Runner
from levada.qat.architectures import DigitsCnn, ResNet8, ResNet18, ResNet50
from levada.qat.bits import parse_bits
from levada.qat.recipes import read_schedule, shipped
from levada.qat.train import Train, TrainOptions

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def example(make_registry):
    """Return a registry with the README's plug-in in it."""
    module = types.ModuleType("stripes")
    exec(re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1], vars(module))
    registry = make_registry()
    registry.add(module, "stripes")
    return registry


def test_the_plugin_of_the_readme_can_be_trained(example, tmp_path):
    options = TrainOptions(architecture="stripes-net", epochs=3)
    model = Runner(example).run(Train, [], options, tmp_path / "model").manifest
    assert (model.labels, model.scores[0].value) == (("lying", "standing"), 1.0)


def row(name):
    """Return the cells of a table's row."""
    return [cell.strip() for cell in re.search(rf"\n\| `{name}` \|(.*)\|", TEXT)[1].split("|")]


@pytest.mark.parametrize("name", shipped())
def test_the_table_of_recipes_is_true(name):
    recipe = read_schedule(name)
    figures = [recipe.batch, recipe.learning_rate, recipe.momentum, recipe.weight_decay, recipe.epochs]
    assert [float(cell) for cell in row(name)[:5]] == figures


@pytest.mark.parametrize("name", shipped())
def test_the_table_says_how_the_rate_falls(name):
    recipe = read_schedule(name)
    cosine = f"as a cosine, after {recipe.warmup_epochs} epochs of rise"
    steps = f"× {recipe.decay} every {recipe.step_epochs} epochs"
    assert row(name)[5] == (cosine if recipe.course == "cosine" else steps)


@pytest.mark.parametrize("name", shipped())
def test_the_table_says_how_pictures_are_varied(name):
    recipe = read_schedule(name)
    ways = {f"moved by up to {recipe.shift}": recipe.shift, "a part cut out": recipe.crop, "mirrored": recipe.flip}
    assert row(name)[6] == (", ".join(way for way, taken in ways.items() if taken) or "as they are")


@pytest.mark.parametrize("network", [ResNet8, ResNet18, ResNet50, DigitsCnn], ids=lambda kind: kind.name)
def test_the_table_of_networks_is_true(network):
    cells = re.search(rf"\n\| `{network.name}` \|(.*)\|", TEXT)[1].split("|")
    height, width, channels = network.image_shape
    told = [cell.strip().strip("`") for cell in cells]
    assert told[0] == f"{height}x{width} {'RGB' if channels == 3 else 'grey'}"
    assert told[2:] == [network.dataset, network.recipe]
    layers = network().build(parse_bits("w4a5"), network.classes).modules()
    assert f"{sum(isinstance(layer, nn.Conv2d) for layer in layers)} convolutions" in told[1]
