# SPDX-License-Identifier: Apache-2.0
import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from levada.core.errors import OptionError
from levada.core.manifests import Recipe
from levada.qat import training
from levada.qat.checkpoint import Checkpoint
from levada.qat.loading import examples
from levada.qat.place import Place
from levada.qat.reproducible import reproducible
from levada.qat.training import Data, calibrate, fit, picture_order

RECIPE = Recipe(
    architecture="blots-cnn",
    bits="w4a5",
    dataset="blots",
    epochs=3,
    seed=0,
    batch=16,
    learning_rate=0.05,
    momentum=0.875,
    weight_decay=5e-5,
    step_epochs=2,
    decay=0.1,
)


class Interrupted(Exception):
    """Stands for the user's Ctrl-C or the machine's end."""


class StopsAfter(Checkpoint):
    """A checkpoint that is interrupted once so many epochs are saved."""

    epochs = 1

    def save(self, reached):
        super().save(reached)
        if len(reached.epochs) == self.epochs:
            raise Interrupted


@pytest.fixture(scope="module")
def data():
    labels = np.arange(40) % 10
    images = np.random.RandomState(0).randint(0, 5, (40, 8, 8, 1)).astype(np.uint8)
    images[np.arange(40), labels % 8, :, 0] = 16
    return Data(train=examples(images, labels), test=examples(images[:10], labels[:10]))


@pytest.fixture(scope="module")
def train(data, blots_cnn):
    """Return a function that trains blots-cnn by a recipe and returns it with its epochs."""

    def train(recipe=RECIPE, checkpoint=None):
        with reproducible(recipe.seed, 1):
            network = blots_cnn()
            return network, fit(network, data, recipe, Place(), checkpoint)

    return train


def same(first, second):
    theirs = second.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in first.state_dict().items())


@pytest.fixture(scope="module")
def straight(train):
    """Return a network that was trained without interruption."""
    return train()


@pytest.fixture(scope="module")
def calibrated(train):
    """Return a network that has seen pictures and learned nothing."""
    return train(changed(epochs=0))


@pytest.fixture(scope="module")
def finished(train, tmp_path_factory):
    """Return the checkpoint folder of a training that is done."""
    folder = tmp_path_factory.mktemp("finished")
    train(checkpoint=Checkpoint(folder, RECIPE))
    return folder


def changed(**changes):
    return msgspec.structs.replace(RECIPE, **changes)


@pytest.mark.parametrize("other", [(RECIPE, 1), (msgspec.structs.replace(RECIPE, seed=1), 0), (RECIPE, -1)])
def test_each_epoch_and_seed_has_its_own_order(other):
    assert not np.array_equal(picture_order(RECIPE, 40, 0), picture_order(other[0], 40, other[1]))


def test_an_order_names_every_picture_once():
    assert sorted(picture_order(RECIPE, 40, 2)) == list(range(40))


def test_each_epoch_says_its_rate(straight):
    assert [epoch.learning_rate for epoch in straight[1]] == pytest.approx([0.05, 0.05, 0.005])


def test_training_lowers_the_loss(straight):
    losses = [epoch.loss for epoch in straight[1]]
    assert losses[-1] < losses[0]


def test_the_same_recipe_gives_the_same_weights(train, straight):
    assert same(train()[0], straight[0])


def test_another_seed_gives_other_weights(train, straight):
    assert not same(train(changed(seed=1))[0], straight[0])


@pytest.mark.parametrize("epochs", [1, 2])
def test_an_interrupted_training_goes_on_to_the_same_weights(train, straight, tmp_path, epochs):
    stopping = StopsAfter(tmp_path, RECIPE)
    stopping.epochs = epochs
    with pytest.raises(Interrupted):
        train(checkpoint=stopping)
    network, history = train(checkpoint=Checkpoint(tmp_path, RECIPE))
    assert (same(network, straight[0]), history) == (True, straight[1])


def test_a_finished_training_is_not_done_again(train, straight, finished, monkeypatch):
    monkeypatch.setattr(training, "_epoch", None)
    assert same(train(checkpoint=Checkpoint(finished, RECIPE))[0], straight[0])


def test_a_checkpoint_of_a_network_that_has_changed_is_refused(data, finished, blots_cnn):
    with pytest.raises(OptionError, match="weights do not fit network 'blots-cnn', which has changed; name another"):
        fit(blots_cnn(7), data, RECIPE, Place(), Checkpoint(finished, RECIPE))


def test_no_epochs_leave_the_first_weights(calibrated, blots_cnn):
    with reproducible(0, 1):
        fresh = blots_cnn()
    assert torch.equal(calibrated[0][-1].weight, fresh[-1].weight)


def test_no_epochs_give_no_history(calibrated):
    assert calibrated[1] == ()


def test_calibration_gives_every_quantiser_a_scale(calibrated):
    state = calibrated[0].state_dict()
    scales = [float(value) for name, value in state.items() if name.endswith("scaling_impl.value")]
    assert len(scales) == 4
    # The first sees pixels, of which the brightest is 16/16; the others start at 1 and saw something else.
    assert [scale == 1.0 for scale in scales] == [True, False, False, False]


def test_calibration_averages_over_the_pictures(data):
    network = nn.Sequential(nn.BatchNorm2d(1))
    calibrate(network, data.train, changed(batch=40), Place())
    assert float(network[0].running_mean) == pytest.approx(float(data.train.images.mean()), rel=1e-5)


def test_calibration_puts_the_momentum_back(data):
    network = nn.Sequential(nn.BatchNorm2d(1, momentum=0.3))
    calibrate(network, data.train, RECIPE, Place())
    assert network[0].momentum == 0.3


def test_a_training_that_diverges_says_when_and_at_what_rate(train):
    with pytest.raises(
        OptionError, match=r"diverged in epoch \d \(loss nan\) at learning rate 1e\+30; take a recipe with a smaller"
    ):
        train(changed(learning_rate=1e30))


def test_frozen_statistics_stay_as_the_calibration_left_them(train, calibrated):
    network, _ = train(changed(freeze_after_epochs=0))
    assert all(torch.equal(*means) for means in zip(averages(network), averages(calibrated[0]), strict=True))


def test_statistics_are_frozen_after_so_many_epochs(train, straight):
    late, never = train(changed(freeze_after_epochs=1)), train(changed(freeze_after_epochs=3))
    assert (same(late[0], straight[0]), same(never[0], straight[0])) == (False, True)
    assert late[1][0] == straight[1][0]


def test_weights_are_trained_all_the_same(train, calibrated):
    network, _ = train(changed(freeze_after_epochs=0))
    assert not torch.equal(network[-1].weight, calibrated[0][-1].weight)


def test_varied_pictures_train_another_network(train, straight):
    assert not same(train(changed(shift=1, flip=True))[0], straight[0])


def test_an_interrupted_training_on_varied_pictures_goes_on_to_the_same_weights(train, tmp_path):
    recipe = changed(shift=1, flip=True, course="cosine", warmup_epochs=1)
    with pytest.raises(Interrupted):
        train(recipe, StopsAfter(tmp_path, recipe))
    assert same(train(recipe, Checkpoint(tmp_path, recipe))[0], train(recipe)[0])


def averages(network):
    return [part.running_mean for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
