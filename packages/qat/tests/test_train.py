# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from levada.core.manifests import Bits, Preprocessing, Score, Tensor
from levada.qat.checkpoint import Checkpoint
from levada.qat.train import Train, TrainOptions


@pytest.fixture(scope="module")
def model(trained):
    return trained.manifest


@pytest.fixture(scope="module")
def few(runner, tmp_path_factory):
    """Return an untrained network for dark pictures, with three golden ones."""
    options = TrainOptions(architecture="blots-cnn", data="dark", epochs=0, golden=3)
    return runner.run(Train, [], options, tmp_path_factory.mktemp("few") / "model")


def array(artefact, name):
    return np.load(artefact.payload(name))


def test_a_model_is_named_after_network_and_bits(model):
    assert model.name == "digits-cnn-w4a5"


def test_a_model_takes_bytes(model):
    assert model.inputs == (Tensor(name="pixels", shape=(8, 8, 1), datatype="UINT8", layout="NHWC"),)


def test_a_model_gives_a_score_for_each_class(model):
    assert (model.outputs[0].name, model.outputs[0].shape) == ("scores", (10,))


def test_a_model_says_its_bit_widths(model):
    assert model.bits == Bits(weights=4, activations=5, first=8, last=8, residual=5)


def test_a_model_says_how_it_was_trained(model):
    recipe = model.recipe
    assert (recipe.architecture, recipe.dataset, recipe.epochs, recipe.seed) == ("digits-cnn", "digits", 1, 0)


def test_a_model_says_what_was_done_to_pictures(model):
    assert model.preprocessing == Preprocessing()


def test_a_model_knows_its_classes(model):
    assert model.labels == tuple("0123456789")


def test_a_model_says_how_good_it_is(model):
    top1, top5 = model.scores
    assert top1 == Score(dataset="digits", split="test", metric="top1", value=top1.value, samples=360)
    assert 0.1 < top1.value <= top5.value <= 1
    assert top5.metric == "top5"


def test_golden_inputs_are_the_test_pictures_as_the_network_takes_them(trained, registry):
    test = registry.dataset("digits")().split("test", None)
    golden = array(trained, "golden_inputs")
    assert golden.dtype == np.uint8
    np.testing.assert_array_equal(golden, test.images)


def test_golden_labels_are_the_true_ones(trained, registry):
    labels = array(trained, "golden_labels")
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, registry.dataset("digits")().split("test", None).labels)


def test_the_golden_inputs_are_counted(trained, model):
    assert model.golden_count == len(array(trained, "golden_inputs")) == 360


def test_golden_inputs_can_be_fewer(few):
    assert few.manifest.golden_count == len(array(few, "golden_inputs")) == len(array(few, "golden_labels")) == 3


def test_the_weights_come_along(trained, registry, model):
    network = registry.architecture("digits-cnn")().build(model.bits, 10)
    network.load_state_dict(torch.load(trained.payload("checkpoint"), weights_only=True))
    pixels = torch.from_numpy(array(trained, "golden_inputs")).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        right = (network.eval()(pixels).argmax(1).numpy() == array(trained, "golden_labels")).mean()
    assert right == pytest.approx(model.scores[0].value)


def test_the_payloads_are_these(trained):
    assert set(trained.manifest.files) == {"graph", "golden_inputs", "golden_labels", "checkpoint"}


def test_no_epochs_give_a_model_all_the_same(few):
    assert (few.manifest.recipe.epochs, few.payload("graph").exists()) == (0, True)


def test_fewer_golden_inputs_are_spread_over_the_data_set(few):
    assert array(few, "golden_labels").tolist() == [0, 3, 6]


def test_an_offset_gives_signed_golden_inputs(few):
    golden = array(few, "golden_inputs")
    assert (golden.dtype, golden.min(), few.manifest.preprocessing.offset) == (np.int8, -128, 128)


def test_the_same_work_gives_the_same_digest(train_blots, blots):
    assert train_blots("again", epochs=1).digest == blots.digest


@pytest.mark.parametrize("told", [{"data": "blots"}, {"recipe": "digits"}, {}])
def test_what_is_taken_anyway_need_not_be_told(registry, told):
    named = TrainOptions(architecture="blots-cnn", data="blots", recipe="digits")
    assert Train().settled(TrainOptions(architecture="blots-cnn", **told), registry) == named


def test_a_network_to_plan_with_is_settled_on_noise(registry):
    assert Train().settled(TrainOptions(architecture="resnet8", epochs=0), registry).data == "noise"


def test_another_seed_gives_another_digest(train_blots, blots):
    assert train_blots("other", epochs=1, seed=1).digest != blots.digest


def test_a_checkpoint_folder_changes_nothing_and_keeps_the_training(train_blots, blots, tmp_path):
    kept = train_blots("kept", epochs=1, checkpoint=str(tmp_path / "checkpoint"))
    assert kept.digest == blots.digest
    assert len(Checkpoint(tmp_path / "checkpoint", blots.manifest.recipe).load().epochs) == 1


@pytest.mark.slow
def test_digits_cnn_learns_97_percent_of_the_digits(runner, tmp_path):
    model = runner.run(Train, [], TrainOptions(architecture="digits-cnn"), tmp_path / "model").manifest
    assert model.scores[0].value >= 0.97
