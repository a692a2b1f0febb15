# SPDX-License-Identifier: Apache-2.0
"""Golden inputs: photographs of the user's first, then pictures of the test split."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from levada.core.errors import OptionError
from levada.core.manifests import Preprocessing, Tensor
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.qat.golden import photographs
from levada.qat.noise import Noise
from levada.qat.train import Train, TrainOptions

COLOURS = {"b.png": (250, 10, 20), "a.jpg": (5, 128, 200)}
IMAGENET = Preprocessing(resize=256, crop=224, offset=128)


def pixels(*shape):
    return Tensor(name="pixels", shape=shape, datatype="INT8", layout="NHWC")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with two photographs of one colour each, of different sizes, a broken one, and a file that is none."""
    folder = tmp_path_factory.mktemp("photographs")
    for size, (name, shown) in zip([(300, 400), (640, 260)], COLOURS.items(), strict=True):
        Image.new("RGB", size, shown).save(folder / name)
    (folder / "aa.jpg").write_bytes((folder / "a.jpg").read_bytes()[:300])
    (folder / "notes.txt").write_text("no photograph")
    return folder


@pytest.fixture(scope="module")
def golden(registry, folder, tmp_path_factory):
    """Return the Model of an untrained ResNet-8, and what was said meanwhile."""
    said = io.StringIO()
    options = TrainOptions(architecture="resnet8", epochs=0, golden=3, golden_images=str(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("levada.qat.calibration.PLANNING_PIXELS", 1)
        runner = Runner(registry, progress=Progress(Console(file=said)))
        return runner.run(Train, [], options, tmp_path_factory.mktemp("golden") / "model"), said.getvalue()


def colour(picture):
    """Return the mean colour of a picture of signed pixels as bytes."""
    return tuple(int(value) + 128 for value in np.round(picture.reshape(-1, 3).mean(0)))


def test_photographs_come_first_by_name_then_the_test_pictures(golden):
    inputs = np.load(golden[0].payload("golden_inputs"))
    assert np.abs(np.subtract(colour(inputs[0]), COLOURS["a.jpg"])).max() <= 2
    assert colour(inputs[1]) == COLOURS["b.png"]
    assert (inputs[2].astype(int) + 128 == Noise().split("test", None).images[0]).all()


def test_golden_photographs_are_on_top_of_the_test_pictures_asked_for(golden):
    inputs = np.load(golden[0].payload("golden_inputs"))
    assert (inputs.shape, inputs.dtype, golden[0].manifest.golden_count) == ((5, 32, 32, 3), np.int8, 5)


def test_a_broken_photograph_is_named_and_left_out(golden):
    assert re.search(r"note: .*aa\.jpg cannot be read as a picture", golden[1])


def test_nobody_knows_what_the_photographs_show(golden):
    assert "golden_labels" not in golden[0].manifest.files


def test_an_untrained_network_is_not_judged_by_noise(golden):
    assert golden[0].manifest.scores == ()
    assert "not judged, because labels of data set 'noise' mean nothing" in golden[1]


def test_photographs_are_resized_and_cropped_as_imagenets(folder):
    found = photographs(folder, IMAGENET, pixels(224, 224, 3))
    assert (found[0].shape, found[2].shape) == ((224, 224, 3), (224, 224, 3))


def test_the_middle_of_a_photograph_is_shown(tmp_path):
    image = Image.new("RGB", (768, 256), (0, 0, 0))
    image.paste((255, 255, 255), (256 + 16, 16, 512 - 16, 240))
    image.save(tmp_path / "wide.png")
    (picture,) = photographs(tmp_path, IMAGENET, pixels(224, 224, 3))
    assert picture.min() == 255


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(
        OptionError, match=r"--golden-images: expected a folder of photographs, got '.*none' \(No such file"
    ):
        photographs(tmp_path / "none", IMAGENET, pixels(224, 224, 3))


def test_a_folder_without_photographs_is_refused(tmp_path):
    with pytest.raises(
        OptionError, match=r"--golden-images: expected photographs \(.bmp, .jpeg, .*\) in '.*', found none"
    ):
        photographs(tmp_path, IMAGENET, pixels(224, 224, 3))


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 16, 3)])
def test_a_network_that_takes_no_square_rgb_pictures_takes_no_photographs(folder, shape):
    size = " x ".join(map(str, shape))
    with pytest.raises(
        OptionError, match=f"needs a network for square RGB pictures, this one takes {size}; leave it out"
    ):
        photographs(folder, Preprocessing(), pixels(*shape))
