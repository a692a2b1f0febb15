# SPDX-License-Identifier: Apache-2.0
import shutil

import numpy as np
import pytest
from PIL import Image

from levada.core.errors import DatasetError
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance import DatasetConformance
from levada.qat.datasets.imagenet import ImageNet

GREYS = {"n02": (10, 20, 30), "n01": (40, 50), "n11": (60,)}


@pytest.fixture
def folder(tmp_path):
    """Return three classes of one to three pictures, each of one grey, in both splits."""
    for split in ("train", "val"):
        for name, greys in GREYS.items():
            (tmp_path / split / name).mkdir(parents=True)
            for number, grey in enumerate(greys):
                Image.new("L", (40, 30), grey).save(tmp_path / split / name / f"{number}.JPEG")
    return tmp_path


class TestFolders(DatasetConformance):
    dataset = ImageNet

    @pytest.fixture(autouse=True)
    def _lies_there(self, folder):
        self.folder = folder


def test_classes_are_in_the_order_of_their_names(folder):
    assert ImageNet().split("test", folder).classes == ("n01", "n02", "n11")


def test_pictures_have_the_class_of_their_folder(folder):
    split = ImageNet().split("train", folder)
    assert split.labels.tolist() == [0, 0, 1, 1, 1, 2]
    assert [int(np.median(split.images[number])) for number in range(6)] == [40, 50, 10, 20, 30, 60]


def test_pictures_are_not_read_before_they_are_asked_for(folder):
    (folder / "val" / "n01" / "0.JPEG").write_bytes(b"broken")
    images = ImageNet().split("test", folder).images
    with pytest.raises(DatasetError, match=r"n01/0.JPEG cannot be read as a picture"):
        images[0]


def test_other_files_are_passed_over(folder):
    (folder / "val" / "n01" / "notes.txt").write_text("nothing")
    assert len(ImageNet().split("test", folder).images) == 6


def test_one_split_alone_can_be_read(folder):
    shutil.rmtree(folder / "train")
    assert len(ImageNet().split("test", folder).images) == 6


def test_a_missing_split_is_named_with_what_is_there(folder):
    shutil.rmtree(folder / "train")
    with pytest.raises(DatasetError, match="expected the folders 'train' and 'val' in '.*', found 'val'"):
        ImageNet().split("train", folder)


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="expected the folders 'train' and 'val' in '.*', found neither"):
        ImageNet().split("train", tmp_path)


def test_pictures_without_class_folders_are_refused(folder):
    shutil.rmtree(folder / "val")
    (folder / "val").mkdir()
    Image.new("L", (9, 9)).save(folder / "val" / "1.JPEG")
    with pytest.raises(
        DatasetError, match=r"val: expected a folder for each class \(train/<wnid>/\*.JPEG\), found none"
    ):
        ImageNet().split("test", folder)


def test_an_empty_class_folder_is_named(folder):
    (folder / "val" / "n11" / "0.JPEG").unlink()
    with pytest.raises(DatasetError, match="n11: expected pictures of its class .*, found none"):
        ImageNet().split("test", folder)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_class_of_one_split_only_is_named(folder, split):
    shutil.rmtree(folder / "val" / "n02")
    with pytest.raises(
        DatasetError, match="same classes in 'train' and 'val' of '.*', but 'n02' is in one of them only"
    ):
        ImageNet().split(split, folder)


def test_the_preparation_is_the_usual_one():
    assert ImageNet().preprocessing() == Preprocessing(resize=256, crop=224, offset=128)
