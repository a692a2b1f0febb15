# SPDX-License-Identifier: Apache-2.0
"""What the tests share: a registry of core and qat, a tiny data set, and one short training per session."""

import warnings
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Architecture, Dataset, Split
from levada.core.manifests import Preprocessing
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.core.stages import Work
from levada.qat.bits import parse_bits
from levada.qat.train import Train, TrainOptions

with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    from torch import nn

    from levada.qat import layers

CLASSES = tuple("0123456789")


class Blots(Dataset):
    """Forty pictures to train on, ten to test with: a bright row or column for each class."""

    name = "blots"

    def split(self, split, folder):
        labels = np.arange(40 if split == "train" else 10) % 10
        random = np.random.RandomState(len(labels))
        images = random.randint(0, 5, (len(labels), 8, 8, 1)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[label % 8, :: 1 + label // 8] = 16
        return Split(images=images, labels=labels, classes=CLASSES)

    def preprocessing(self):
        return Preprocessing()


class Wide(Blots):
    """Pictures that are wider than digits-cnn takes."""

    name = "wide"

    def split(self, split, folder):
        blots = super().split(split, folder)
        return Split(images=np.tile(blots.images, (1, 1, 2, 1)), labels=blots.labels, classes=blots.classes)


class Letters(Blots):
    """Pictures with other classes than the digits."""

    name = "letters"

    def split(self, split, folder):
        blots = super().split(split, folder)
        return Split(images=blots.images, labels=blots.labels, classes=tuple("abcdefghij"))


class Uneven(Blots):
    """A data set that does not know its own classes."""

    name = "uneven"

    def split(self, split, folder):
        blots = super().split(split, folder)
        classes = CLASSES if split == "train" else (*CLASSES, "10")
        return Split(images=blots.images, labels=blots.labels, classes=classes)


class Dark(Blots):
    """Pixels from -128 on, as some networks want them."""

    name = "dark"

    def preprocessing(self):
        return Preprocessing(offset=128)


class BlotsCnn(Architecture):
    """A network for the blots, small enough to be trained in many tests."""

    name = "blots-cnn"
    image_shape = (8, 8, 1)
    dataset = "blots"
    recipe = "digits"

    def build(self, bits, classes):
        return nn.Sequential(
            layers.Scale(1 / 16),
            layers.activation(bits),
            layers.basic_block((1, 4), bits, stride=2),
            layers.average_pool(4, bits),
            nn.Flatten(),
            layers.classifier(4, classes, bits),
        )


class BlotsPlugin:
    """Registers the above as a stranger would."""

    @hookimpl
    def levada_register_dataset(self):
        return [Blots, Wide, Letters, Uneven, Dark]

    @hookimpl
    def levada_register_model(self):
        return [BlotsCnn]


def fresh_registry():
    points = [point for point in metadata.entry_points(group="levada") if point.name in {"core", "qat"}]
    registry = Registry(points)
    registry.add(BlotsPlugin(), "blots")
    return registry


@pytest.fixture(scope="session")
def import_warnings():
    """Return the warnings that the first import of Brevitas' layers gave."""
    return heard


@pytest.fixture(scope="session")
def registry():
    return fresh_registry()


@pytest.fixture(scope="session")
def make_registry():
    """Return a function that makes a registry of core, qat and the classes above."""
    return fresh_registry


@pytest.fixture
def work(registry, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Work(registry, Progress(), scratch)


@pytest.fixture(scope="session")
def runner(registry):
    return Runner(registry)


@pytest.fixture(scope="session")
def trained(runner, tmp_path_factory):
    """Return digits-cnn after one epoch, as an artefact."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    return runner.run(Train, [], TrainOptions(architecture="digits-cnn", epochs=1), folder)


@pytest.fixture(scope="session")
def blots_cnn():
    """Return a function that makes blots-cnn for some classes."""
    return lambda classes=10: BlotsCnn().build(parse_bits("w4a5"), classes)


@pytest.fixture(scope="session")
def blots(runner, tmp_path_factory):
    """Return blots-cnn after one epoch, as an artefact."""
    folder = tmp_path_factory.mktemp("blots") / "model"
    return runner.run(Train, [], TrainOptions(architecture="blots-cnn", epochs=1), folder)


@pytest.fixture
def train_blots(runner, tmp_path):
    """Return a function that trains blots-cnn with given options into a folder of that name."""

    def train(folder: str, **options):
        return runner.run(Train, [], TrainOptions(architecture="blots-cnn", **options), Path(tmp_path / folder))

    return train
