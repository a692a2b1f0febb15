# SPDX-License-Identifier: Apache-2.0
import re
import types
from pathlib import Path

import pytest

from levada.core.runner import Runner
from levada.qat.recipes import read_schedule
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


@pytest.mark.parametrize("name", ["paper", "digits"])
def test_the_table_of_recipes_is_true(name):
    row = re.search(rf"\| `{name}` \|(.*)\|", TEXT)[1].split("|")
    recipe = read_schedule(name)
    told = [float(re.match(r"[\d.e-]+", cell.strip())[0]) for cell in row[:6]]
    assert told == [
        recipe.batch,
        recipe.learning_rate,
        recipe.momentum,
        recipe.weight_decay,
        recipe.epochs,
        recipe.step_epochs,
    ]
