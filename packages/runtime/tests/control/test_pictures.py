# SPDX-License-Identifier: Apache-2.0
"""What ``--input`` takes, and what it refuses before any card is touched."""

import numpy as np
import pytest

from levada.core.artefact import save
from levada.core.datatypes import datatype
from levada.core.errors import DatasetError
from levada.core.manifests import Images, Tensor
from levada.runtime.control.pictures import checked, read

SPEC = Tensor(name="x", shape=(2, 4), datatype="UINT4", layout="NHWC")


@pytest.fixture
def deployment(rig, tmp_path):
    return rig.saved(tmp_path / "rig", count=5)


def written(tmp_path, array):
    path = tmp_path / "given.npy"
    np.save(path, array)
    return str(path)


def test_golden_inputs_come_from_the_deployment(deployment, rig):
    assert np.array_equal(read("golden", deployment).images, rig.pictures(5))


def test_a_file_of_images_is_read(deployment, rig, tmp_path):
    given = read(written(tmp_path, rig.pictures(3, seed=9)), deployment)
    assert np.array_equal(given.images, rig.pictures(3, seed=9))
    assert given.labels is None


def images_artefact(folder, pictures, labels):
    np.save(folder / "images.npy", pictures)
    np.save(folder / "labels.npy", labels)
    manifest = Images(
        dataset="toy",
        split="test",
        count=len(pictures),
        tensor=Tensor(name="x", shape=(2, 4), datatype="UINT8", layout="NHWC"),
        labels=(),
    )
    payloads = {"images": folder / "images.npy", "labels": folder / "labels.npy"}
    return save(folder / "artefact", manifest, payloads)


def test_an_images_artefact_brings_its_labels(deployment, rig, tmp_path):
    artefact = images_artefact(tmp_path, rig.pictures(3), np.array([1, 2, 3]))
    given = read(str(artefact.folder), deployment)
    assert given.labels.tolist() == [1, 2, 3]


def test_labels_for_another_number_of_images_are_refused(deployment, rig, tmp_path):
    artefact = images_artefact(tmp_path, rig.pictures(3), np.array([1, 2]))
    with pytest.raises(DatasetError, match="3 images but 2 labels"):
        read(str(artefact.folder), deployment)


def test_something_that_is_not_there_is_named_with_what_is_expected(deployment):
    with pytest.raises(DatasetError, match=r"--input expects 'golden', a \.npy file or .*; 'holiday' is none of these"):
        read("holiday", deployment)


def test_another_shape_is_refused_with_both(deployment, tmp_path):
    path = written(tmp_path, np.zeros((3, 4, 2), np.uint8))
    with pytest.raises(DatasetError, match=r"expected images of 2 × 4 \(NHWC\).*got shape \(3, 4, 2\)"):
        read(path, deployment)


def test_a_single_image_without_batch_is_refused(deployment, tmp_path):
    with pytest.raises(DatasetError, match=r"got shape \(2, 4\)"):
        read(written(tmp_path, np.zeros((2, 4), np.uint8)), deployment)


def test_no_image_at_all_is_refused(deployment, tmp_path):
    with pytest.raises(DatasetError, match="expected at least one image, got none"):
        read(written(tmp_path, np.zeros((0, 2, 4), np.uint8)), deployment)


def test_floats_are_refused_with_a_remedy(deployment, tmp_path):
    path = written(tmp_path, np.zeros((3, 2, 4), np.float32))
    with pytest.raises(
        DatasetError, match=r"expected integers \(UINT8\), got float32; export images with `levada images`"
    ):
        read(path, deployment)


@pytest.mark.parametrize("value", [-1, 256])
def test_values_out_of_range_are_refused_with_the_range(deployment, tmp_path, value):
    pictures = np.zeros((3, 2, 4), np.int16)
    pictures[1, 0, 0] = value
    with pytest.raises(DatasetError, match=r"expected values of UINT8 \(0 to 255\), got "):
        read(written(tmp_path, pictures), deployment)


def test_a_wider_type_is_taken_where_the_values_fit():
    came = checked(np.full((1, 2, 4), 15, np.int64), SPEC, "here")
    assert came.dtype == np.uint8


def test_values_of_narrow_types_are_checked_by_their_bits():
    with pytest.raises(DatasetError, match=r"UINT4 \(0 to 15\), got 16 to 16"):
        checked(np.full((1, 2, 4), 16, np.uint8), SPEC, "here")


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\x93NUMPY"])
def test_a_file_that_is_no_npy_is_named(deployment, tmp_path, content):
    path = tmp_path / "odd.npy"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"odd\.npy is no \.npy file of numbers"):
        read(str(path), deployment)


def test_pickled_objects_are_never_loaded(deployment, tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DatasetError, match=r"is no \.npy file of numbers"):
        read(str(path), deployment)


def test_an_archive_of_arrays_is_refused(deployment, tmp_path):
    path = tmp_path / "many.npz"
    np.savez(path, a=np.zeros(3), b=np.zeros(3))
    with pytest.raises(DatasetError, match="holds several arrays, expected one"):
        read(str(path), deployment)


def test_one_image_in_canonical_form(deployment, rig):
    assert read("golden", deployment).content(2, datatype("UINT8")) == rig.pictures(5)[2].tobytes()
