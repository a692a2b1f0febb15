# SPDX-License-Identifier: Apache-2.0
"""Every recipe that is shipped trains for two epochs, on data of a few pictures in the published form."""

import io
import pickle

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from torch import nn

from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Architecture
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.qat import layers
from levada.qat.images import ImagesOptions, MakeImages
from levada.qat.recipes import shipped
from levada.qat.train import Train, TrainOptions

CLASSES = ("n01", "n02", "n03", "n04", "n05", "n06")
BROKEN = {"train/n01/1.JPEG", "val/n02/0.JPEG"}


class Glance(Architecture):
    """A network for photographs that is small enough to be trained in a test."""

    name = "glance"
    image_shape = (224, 224, 3)
    dataset = "imagenet"

    def build(self, bits, classes):
        return nn.Sequential(
            layers.Scale(1 / 58),
            layers.convolution((3, 4), 7, bits.first, 8),
            layers.activation(bits),
            layers.basic_block((4, 4), bits, stride=2),
            layers.average_pool(14, bits),
            nn.Flatten(),
            layers.classifier(4, classes, bits),
        )


class Plugin:
    """Registers it as a stranger would."""

    @hookimpl
    def levada_register_model(self):
        return [Glance]


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """Return photographs of six classes, one broken in each split, and one in the other colours that there are."""
    root = tmp_path_factory.mktemp("imagenet")
    random = np.random.RandomState(0)
    for split, count in (("train", 3), ("val", 2)):
        for name in CLASSES:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                coarse = Image.fromarray(random.randint(0, 256, (6, 8, 3)).astype(np.uint8))
                photograph = coarse.resize((320, 240)).convert(("RGB", "L", "CMYK")[number])
                photograph.save(root / split / name / f"{number}.JPEG")
    for name in BROKEN:
        (root / name).write_bytes((root / name).read_bytes()[:900])
    return root


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    """Return CIFAR-10's python files with two pictures each."""
    root = tmp_path_factory.mktemp("cifar10")
    random = np.random.RandomState(0)
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        content = {b"data": random.randint(0, 256, (2, 3072)).astype(np.uint8), b"labels": [3, 8]}
        (root / name).write_bytes(pickle.dumps(content))
    return root


@pytest.fixture(scope="module")
def run(make_registry, tmp_path_factory):
    """Return a function that runs a stage, and gives what it wrote and what was said."""
    registry = make_registry()
    registry.add(Plugin(), "glance")

    def run(stage, inputs, options):
        said = io.StringIO()
        runner = Runner(registry, progress=Progress(Console(file=said)))
        return runner.run(stage, inputs, options, tmp_path_factory.mktemp("made") / "out"), said.getvalue()

    return run


@pytest.fixture(scope="module")
def photographed(run, imagenet):
    """Return the network that the paper's recipe made of photographs, and what was said."""
    options = TrainOptions(architecture="glance", recipe="paper", data=f"imagenet:{imagenet}", epochs=2, workers=1)
    return run(Train, [], options)


@pytest.fixture(scope="module")
def ran(request, run, cifar10):
    """Return a function that gives the Model of two epochs by a recipe."""
    cifar = f"cifar10:{cifar10}"
    options = {
        "paper": None,
        "digits": TrainOptions(architecture="digits-cnn", epochs=2),
        "cifar10": TrainOptions(architecture="resnet8", recipe="cifar10", data=cifar, epochs=2),
        "cifar10-small": TrainOptions(architecture="resnet8", data=cifar, epochs=2),
    }

    def ran(recipe):
        made, _ = run(Train, [], options[recipe]) if options[recipe] else request.getfixturevalue("photographed")
        return made.manifest

    return ran


@pytest.mark.parametrize("recipe", shipped())
def test_every_recipe_trains_for_two_epochs(ran, recipe):
    model = ran(recipe)
    assert (model.recipe.epochs, len(model.scores)) == (2, 2)


def test_broken_photographs_are_named_and_counted(photographed, imagenet):
    said = photographed[1]
    assert all(f"note: {imagenet / name} cannot be read as a picture" in said for name in BROKEN)
    assert f"note: {len(BROKEN)} pictures could not be read and were left out" in said


def test_a_score_counts_the_pictures_that_could_be_read(photographed):
    assert photographed[0].manifest.scores[0].samples == 11


def test_golden_inputs_are_the_middles_of_test_photographs(photographed, imagenet, run):
    model = photographed[0]
    images, _ = run(MakeImages, [model.folder], ImagesOptions(data=f"imagenet:test:{imagenet}"))
    golden, written = (np.load(each.payload(name)) for each, name in ((model, "golden_inputs"), (images, "images")))
    assert golden.shape == (11, 224, 224, 3)
    np.testing.assert_array_equal(golden, written)


def test_images_of_a_folder_leave_broken_ones_out_and_say_so(photographed, imagenet, run):
    images, said = run(MakeImages, [photographed[0].folder], ImagesOptions(data=f"imagenet:train:{imagenet}"))
    assert (images.manifest.count, len(np.load(images.payload("labels")))) == (17, 17)
    assert "1 pictures could not be read and were left out" in said


def test_the_same_photographs_give_the_same_network_whoever_loads_them(photographed, imagenet, run):
    options = TrainOptions(architecture="glance", recipe="paper", data=f"imagenet:{imagenet}", epochs=2, workers=0)
    assert run(Train, [], options)[0].digest == photographed[0].digest


def test_mixed_precision_is_told_of_in_the_recipe(run, imagenet):
    options = TrainOptions(architecture="glance", data=f"imagenet:{imagenet}", epochs=1, precision="mixed", workers=0)
    model, _ = run(Train, [], options)
    assert model.manifest.recipe.mixed_precision
