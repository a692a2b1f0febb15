# SPDX-License-Identifier: Apache-2.0
import msgspec
import numpy as np
import pytest

from levada.core.artefact import Artefact
from levada.core.errors import DatasetError, NotRegisteredError, OptionError
from levada.core.manifests import Preprocessing
from levada.qat.images import ImagesOptions, MakeImages


@pytest.fixture(scope="module")
def images(runner, trained, tmp_path_factory):
    """Return the digits' test pictures as an artefact."""
    folder = tmp_path_factory.mktemp("images") / "digits"
    return runner.run(MakeImages, [trained.folder], ImagesOptions(data="digits:test"), folder)


def refused(model, work, data):
    MakeImages().run((model,), ImagesOptions(data=data), work)


def altered(model, **changes):
    return Artefact(model.folder, msgspec.structs.replace(model.manifest, **changes), model.digest)


def array(artefact, name):
    return np.load(artefact.payload(name))


def test_images_say_where_they_come_from(images):
    assert (images.manifest.dataset, images.manifest.split) == ("digits", "test")


def test_images_are_counted(images):
    assert images.manifest.count == len(array(images, "images")) == 360


def test_images_have_the_type_of_the_networks_input(images, trained):
    assert images.manifest.tensor == trained.manifest.inputs[0]


def test_images_are_what_the_golden_inputs_are(images, trained):
    np.testing.assert_array_equal(array(images, "images"), array(trained, "golden_inputs"))


def test_labels_come_along(images, trained):
    np.testing.assert_array_equal(array(images, "labels"), array(trained, "golden_labels"))


def test_images_name_the_model_they_are_for(images, trained):
    assert images.manifest.sources == {"model": trained.digest}


def test_the_pictures_to_train_on_can_be_had_too(runner, trained, tmp_path):
    images = runner.run(MakeImages, [trained.folder], ImagesOptions(data="digits:train"), tmp_path / "train")
    assert array(images, "images").shape == (1437, 8, 8, 1)


def test_the_models_offset_is_subtracted(trained, work):
    tensor = msgspec.structs.replace(trained.manifest.inputs[0], datatype="INT8")
    model = altered(trained, preprocessing=Preprocessing(offset=128), inputs=(tensor,))
    MakeImages().run((model,), ImagesOptions(data="blots:test"), work)
    written = np.load(work.payloads["images"])
    assert (written.dtype, written.min()) == (np.int8, -128)


def test_fewer_pictures_are_spread_over_the_split(runner, trained, images, tmp_path):
    few = runner.run(MakeImages, [trained.folder], ImagesOptions(data="digits:test", count=4), tmp_path / "few")
    np.testing.assert_array_equal(array(few, "images"), array(images, "images")[::90])


def test_no_pictures_are_refused(trained, work):
    with pytest.raises(OptionError, match="--count must be at least 1, got 0"):
        MakeImages().run((trained,), ImagesOptions(data="digits:test", count=0), work)


@pytest.mark.parametrize("data", ["digits", "digits:"])
def test_a_split_must_be_named(trained, work, data):
    with pytest.raises(OptionError, match=f"as NAME:SPLIT, e.g. 'digits:test', got '{data}'"):
        refused(trained, work, data)


def test_an_unknown_split_is_refused(trained, work):
    with pytest.raises(DatasetError, match="splits 'train' and 'test', got 'validation'"):
        refused(trained, work, "digits:validation")


def test_an_unknown_data_set_is_refused(trained, work):
    with pytest.raises(NotRegisteredError, match="cats"):
        refused(trained, work, "cats:test")


def test_pictures_of_another_shape_are_refused(trained, work):
    with pytest.raises(
        DatasetError, match=r"'wide', split 'test': images are 8 x 16 x 1 .* but the network takes 8 x 8 x 1"
    ):
        refused(trained, work, "wide:test")


def test_pictures_of_another_range_are_refused(trained, work):
    model = altered(trained, inputs=(msgspec.structs.replace(trained.manifest.inputs[0], datatype="UINT4"),))
    with pytest.raises(DatasetError, match=r"image 0 has values from 0 to 16, but the network takes UINT4 \(0 to 15\)"):
        refused(model, work, "blots:test")


def test_other_classes_are_refused_with_both(trained, work):
    message = (
        "has the 10 classes a, b, c, …, but digits-cnn-w4a5 tells apart the 10 classes 0, 1, 2, …; choose the data"
    )
    with pytest.raises(DatasetError, match=message):
        refused(trained, work, "letters:test")


def test_few_classes_are_all_named(trained, work):
    with pytest.raises(DatasetError, match="tells apart the 2 classes no, yes; choose"):
        refused(altered(trained, labels=("no", "yes")), work, "digits:test")
