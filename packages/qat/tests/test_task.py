# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from levada.core.errors import DatasetError, NotRegisteredError, OptionError
from levada.qat.task import prepare
from levada.qat.train import TrainOptions


@pytest.fixture
def prepared(registry):
    """Return a function that prepares a training of blots-cnn, some options changed."""
    return lambda **options: prepare(TrainOptions(**{"architecture": "blots-cnn", **options}), registry)


def test_a_task_is_named_after_network_and_bits(prepared):
    assert prepared(bits="w2a3").name == "blots-cnn-w2a3"


def test_the_networks_own_data_and_recipe_are_taken_where_none_is_named(prepared):
    recipe = prepared().recipe
    assert (recipe.dataset, recipe.learning_rate, recipe.epochs) == ("blots", 0.1, 12)


def test_the_paper_recipe_can_be_asked_for(prepared):
    recipe = prepared(recipe="paper", epochs=0).recipe
    assert (recipe.learning_rate, recipe.step_epochs, recipe.crop) == (0.001, 30, True)


def test_a_recipe_file_is_followed(prepared, tmp_path):
    text = "batch = 20\nlearning_rate = 0.01\nmomentum = 0.5\nweight_decay = 0.0\nepochs = 1\nstep_epochs = 7\ndecay = 0.5\n"
    (tmp_path / "own.toml").write_text(text)
    recipe = prepared(recipe=str(tmp_path / "own.toml")).recipe
    assert (recipe.batch, recipe.learning_rate, recipe.epochs, recipe.step_epochs) == (20, 0.01, 1, 7)


def test_epochs_and_seed_overrule_the_recipe(prepared):
    recipe = prepared(recipe="digits", epochs=2, seed=5).recipe
    assert (recipe.epochs, recipe.seed) == (2, 5)


def test_the_input_type_follows_from_the_data_sets_offset(prepared):
    task = prepared(data="dark")
    assert (task.input.datatype, task.preprocessing.offset) == ("INT8", 128)


def test_pictures_stay_where_they_are_until_they_are_needed(prepared):
    assert prepared().test.images.dtype == np.uint8


def test_a_recipe_with_parts_needs_larger_pictures(prepared, tmp_path):
    (tmp_path / "own.toml").write_text(
        "batch = 20\nlearning_rate = 0.01\nmomentum = 0.5\nweight_decay = 0.0\nepochs = 1\ncrop = true\n"
    )
    with pytest.raises(
        OptionError, match=r"\(crop\), but those of data set 'blots' are all of one size; take crop out"
    ):
        prepared(recipe=str(tmp_path / "own.toml"))


def test_an_unknown_network_is_refused(prepared):
    with pytest.raises(NotRegisteredError, match="resnet99"):
        prepared(architecture="resnet99")


def test_an_unknown_data_set_is_refused(prepared):
    with pytest.raises(NotRegisteredError, match="cats"):
        prepared(data="cats")


def test_a_data_set_without_name_is_refused(prepared):
    with pytest.raises(OptionError, match="NAME or NAME:FOLDER, got ':folder'"):
        prepared(data=":folder")


def test_unknown_bits_are_refused(prepared):
    with pytest.raises(OptionError, match="got '4bit'"):
        prepared(bits="4bit")


def test_an_unknown_recipe_is_refused(prepared):
    with pytest.raises(OptionError, match=r"expected a recipe .* got 'cosine'"):
        prepared(recipe="cosine")


def test_pictures_that_do_not_fit_the_network_are_refused(prepared):
    with pytest.raises(DatasetError, match=r"'wide', split 'train': images are 8 x 16 x 1 .* takes 8 x 8 x 1"):
        prepared(data="wide")


def test_a_data_set_whose_splits_differ_in_classes_is_refused(prepared):
    with pytest.raises(DatasetError, match=r"'uneven' has 10 classes to train on and others \(11\) to test with"):
        prepared(data="uneven")


@pytest.mark.parametrize(
    ("option", "value", "least"), [("epochs", -1, 0), ("golden", 0, 1), ("threads", 0, 1), ("workers", -1, 0)]
)
def test_counts_that_make_no_sense_are_refused(prepared, option, value, least):
    with pytest.raises(OptionError, match=f"--{option} must be at least {least}, got {value}"):
        prepared(**{option: value})


@pytest.fixture
def planned(registry):
    """Return a function that prepares ResNet-8, some options changed."""
    return lambda **options: prepare(TrainOptions(**{"architecture": "resnet8", "epochs": 0, **options}), registry)


def test_a_network_to_plan_with_is_calibrated_with_noise(planned):
    task = planned()
    assert (task.recipe.dataset, task.labelled, task.input.datatype, task.classes[-1]) == ("noise", False, "INT8", "9")


def test_noise_is_of_the_networks_shape_and_classes(planned):
    task = planned(architecture="resnet50")
    assert (task.test.images.shape[1:], len(task.classes)) == ((224, 224, 3), 1000)


def test_data_that_is_named_is_taken_without_epochs_too(prepared):
    assert prepared(data="dark", epochs=0).recipe.dataset == "dark"


def test_a_network_that_names_nothing_else_is_calibrated_with_its_own_data(prepared):
    assert prepared(epochs=0).recipe.dataset == "blots"


def test_a_training_wants_true_data(planned):
    with pytest.raises(DatasetError, match="'cifar10:FOLDER'"):
        planned(epochs=1)


def test_the_recipe_cites_the_file_that_the_first_weights_are_from(planned, tmp_path):
    (tmp_path / "float.pth").write_bytes(b"abc")
    recipe = planned(init=str(tmp_path / "float.pth")).recipe
    assert recipe.init == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_weights_by_chance_are_cited_as_none(planned):
    assert planned().recipe.init == ""


def test_a_missing_init_file_is_refused(planned, tmp_path):
    with pytest.raises(
        OptionError, match=r"--init: expected a float checkpoint that can be read, got '.*none.pth' \(No such file"
    ):
        planned(init=str(tmp_path / "none.pth"))


def test_a_network_without_a_float_counterpart_takes_no_init(prepared, tmp_path):
    with pytest.raises(OptionError, match="--init: there is no float checkpoint for network 'blots-cnn'; leave it out"):
        prepared(init=str(tmp_path / "float.pth"))
