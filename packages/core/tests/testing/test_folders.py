# SPDX-License-Identifier: Apache-2.0
"""Builders' manifests on disk: real artefacts, whose arrays agree with their digests."""

import ast
import hashlib

import pytest

from levada.core import testing
from levada.core.artefact import load, load_any
from levada.core.manifests import Dataflow, Deployment, Images, Plan
from levada.core.testing.folders import golden_answers, golden_digests, golden_inputs, golden_labels

ALL = [testing.model, testing.images, testing.dataflow, testing.plan, testing.deployment, testing.build, testing.run]


def array(content):
    """Return header, shape and bytes of a ``.npy`` file, read without numpy."""
    assert content[:8] == b"\x93NUMPY\x01\x00"
    size = int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10 : 10 + size].decode())
    return header["descr"], header["shape"], content[10 + size :]


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_every_manifest_can_be_saved_and_loaded(tmp_path, build):
    artefact = testing.saved(tmp_path / "deep" / "x", build())
    assert load_any(tmp_path / "deep" / "x").digest == artefact.digest


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_every_demanded_payload_is_there_and_sound(tmp_path, build):
    artefact = testing.saved(tmp_path / "x", build())
    assert {artefact.payload(name).is_file() for name in build().PAYLOADS} <= {True}


def test_nothing_is_left_beside_it(tmp_path):
    testing.saved(tmp_path / "x", testing.images())
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_payloads_can_be_given(tmp_path):
    artefact = testing.saved(tmp_path / "x", testing.images(), {"images": b"mine", "more": b"also"})
    assert artefact.payload("images").read_bytes() == b"mine"
    assert artefact.payload("more").read_bytes() == b"also"


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_manifest_bytes_are_those_that_are_saved(tmp_path, build):
    testing.saved(tmp_path / "x", build())
    assert testing.manifest_bytes(build()) == (tmp_path / "x" / "manifest.json").read_bytes()


def test_a_plan_carries_its_dataflow(tmp_path):
    dataflow = testing.saved(tmp_path / "dataflow", testing.dataflow())
    plan = testing.saved(tmp_path / "plan", testing.plan())
    assert plan.payload("dataflow").read_bytes() == dataflow.manifest_path().read_bytes()


def test_a_deployment_carries_its_plan(tmp_path):
    plan = testing.saved(tmp_path / "plan", testing.plan())
    deployment = testing.saved(tmp_path / "deployment", testing.deployment())
    assert deployment.payload("plan").read_bytes() == plan.manifest_path().read_bytes()


def test_a_deployment_carries_what_its_plan_carries(tmp_path):
    plan = load(testing.saved(tmp_path / "plan", testing.plan()).folder, Plan).manifest
    deployment = load(testing.saved(tmp_path / "deployment", testing.deployment()).folder, Deployment).manifest
    assert {name: blob for name, blob in deployment.files.items() if name in plan.files} == plan.files


def test_golden_inputs_are_pictures():
    kind, shape, content = array(golden_inputs())
    assert (kind, shape, len(content)) == ("|u1", (2, 8, 8, 1), 128)


def test_golden_answers_are_classes_best_first():
    kind, shape, content = array(golden_answers())
    assert (kind, shape, len(content)) == ("<i8", (2, 5), 80)


def test_golden_labels_are_the_first_answers():
    _, _, answers = array(golden_answers())
    assert array(golden_labels())[2] == answers[:8] + answers[40:48]


def test_golden_digests_are_per_stream_and_image():
    kind, shape, content = array(golden_digests())
    cuttable = [stream for stream in testing.dataflow().streams if stream.cuttable]
    assert (kind, shape) == ("|u1", (len(cuttable), 2, 32))
    assert len(content) == len(cuttable) * 2 * 32


def test_the_inputs_digest_is_that_of_the_pictures():
    _, _, content = array(golden_inputs())
    assert testing.dataflow().streams[0].sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (100, 200, 300, 7)])
def test_an_npy_header_is_a_multiple_of_64_bytes(shape):
    assert (len(testing.npy(shape, "<i8", b""))) % 64 == 0


def test_an_array_can_be_read_back():
    assert array(testing.npy((2, 2), "|u1", b"abcd")) == ("|u1", (2, 2), b"abcd")


def test_the_images_of_a_data_set_are_the_golden_ones(tmp_path):
    images = load(testing.saved(tmp_path / "i", testing.images()).folder, Images)
    dataflow = load(testing.saved(tmp_path / "d", testing.dataflow()).folder, Dataflow)
    assert images.payload("images").read_bytes() == dataflow.payload("golden_inputs").read_bytes()
