# SPDX-License-Identifier: Apache-2.0
"""The golden record, seen by whatever images a run has."""

import hashlib

import numpy as np
import pytest

from levada.core.artefact import encode
from levada.core.errors import ManifestError
from levada.runtime.control.goldens import Goldens
from levada.runtime.control.pictures import Pictures


@pytest.fixture
def deployment(rig, tmp_path):
    return rig.saved(tmp_path / "rig", count=5)


def goldens(deployment, images):
    return Goldens(deployment, Pictures(images, None, "here"))


def test_the_golden_images_have_golden_answers(deployment, rig):
    record = goldens(deployment, rig.pictures(5))
    expected = rig.reference(rig.pictures(5))["D->output"]
    assert [record.answer(image) for image in range(5)] == [tuple(row) for row in expected.tolist()]


def test_an_image_is_matched_by_its_content_wherever_it_stands(deployment, rig):
    record = goldens(deployment, rig.pictures(5)[::-1])
    expected = rig.reference(rig.pictures(5))["D->output"]
    assert record.answer(0) == tuple(expected[4].tolist())


def test_an_image_of_another_type_but_the_same_values_is_matched(deployment, rig):
    assert goldens(deployment, rig.pictures(5).astype(np.int64)).any


def test_other_images_have_no_golden_answers(deployment, rig):
    record = goldens(deployment, rig.pictures(5, seed=9))
    assert not record.any
    assert record.answer(0) is None
    assert record.digest("A->B", 0) is None


def test_one_golden_image_among_others_is_enough_to_compare(deployment, rig):
    mixed = np.concatenate([rig.pictures(2, seed=9), rig.pictures(5)[3:4]])
    record = goldens(deployment, mixed)
    assert record.any
    assert [record.answer(image) is None for image in range(3)] == [True, True, False]


def test_each_stream_has_its_own_digest_for_each_image(deployment, rig):
    record = goldens(deployment, rig.pictures(5))
    tensor = rig.reference(rig.pictures(5))["B->C"][3].astype(np.uint8)
    assert record.digest("B->C", 3) == hashlib.sha256(tensor.tobytes()).digest()


def test_a_stream_that_is_not_cuttable_has_no_digest(deployment, rig):
    assert goldens(deployment, rig.pictures(5)).digest("X->Y", 0) is None


def test_a_whole_stream_is_compared_where_all_images_are_golden_and_in_order(deployment, rig):
    tensor = rig.reference(rig.pictures(5))["A->B"].astype(np.uint8)
    assert goldens(deployment, rig.pictures(5)).whole("A->B") == hashlib.sha256(tensor.tobytes()).hexdigest()


@pytest.mark.parametrize("change", ["fewer", "order"])
def test_a_whole_stream_is_not_compared_otherwise(deployment, rig, change):
    images = rig.pictures(5)[:4] if change == "fewer" else rig.pictures(5)[::-1]
    assert goldens(deployment, images).whole("A->B") is None


def test_a_payload_that_is_no_dataflow_is_named(deployment, rig, monkeypatch):
    from levada.core import testing

    path = deployment.folder / deployment.manifest.files["dataflow"].path
    monkeypatch.setattr(type(deployment), "payload", lambda self, name: self.folder / self.manifest.files[name].path)
    path.chmod(0o644)
    path.write_bytes(encode(testing.plan()))
    with pytest.raises(ManifestError, match=r"expected a dataflow in .*dataflow\.json, found a Plan"):
        goldens(deployment, rig.pictures(5))
