# SPDX-License-Identifier: Apache-2.0
"""Images that do not fit, agents that are not there, ports in use: one message each."""

import socket

import numpy as np
import pytest


@pytest.fixture
def run(refused, demo, tmp_path):
    """Return a function that runs the demo's deployment on an array and returns the refusal."""

    def run(array):
        np.save(tmp_path / "mine.npy", array)
        return refused("run", demo / "deployment", "--cluster", "u280x3", "--input", tmp_path / "mine.npy",
                       "--emulate", "--out", tmp_path / "out")  # fmt: skip

    return run


def test_images_of_the_wrong_shape_are_refused(run):
    said = run(np.zeros((4, 9, 8, 1), np.uint8))
    assert "9" in said
    assert "8" in said


def test_images_of_the_wrong_type_are_refused(run):
    assert "float" in run(np.zeros((4, 8, 8, 1), np.float32))


def test_images_out_of_range_are_refused(run):
    assert "-1" in run(np.full((4, 8, 8, 1), -1, np.int16))


def test_no_images_at_all_are_refused(run):
    assert "0" in run(np.zeros((0, 8, 8, 1), np.uint8))


def test_a_file_that_is_no_array_is_refused(refused, demo, tmp_path):
    (tmp_path / "mine.npy").write_bytes(b"pixels")
    said = refused("run", demo / "deployment", "--cluster", "u280x3", "--input", tmp_path / "mine.npy", "--emulate",
                   "--out", tmp_path / "out")  # fmt: skip
    assert "mine.npy" in said


def test_a_file_that_is_nowhere_is_named(refused, demo, tmp_path):
    said = refused("run", demo / "deployment", "--cluster", "u280x3", "--input", tmp_path / "mine.npy", "--emulate",
                   "--out", tmp_path / "out")  # fmt: skip
    assert "mine.npy" in said


def test_another_cluster_than_planned_for_is_refused(refused, demo, tmp_path):
    said = refused("run", demo / "deployment", "--cluster", "u280x2", "--input", "golden", "--emulate",
                   "--out", tmp_path / "out")  # fmt: skip
    assert "u280x2" in said


CLUSTER = """
name = "alone"
[[hosts]]
name = "nobody"
address = "{address}"
[[cards]]
name = "card"
host = "nobody"
board = "u280"
driver = "{driver}"
ports = ["192.168.40.10"]
"""


@pytest.fixture
def taken():
    """A port of this machine that is in use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free():
    """A port of this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def alone(levada, tmp_path):
    """Return a function that writes the file of a cluster with one host at an address, and keys for it."""

    def write(address, driver="emulated"):
        (tmp_path / "alone.toml").write_text(CLUSTER.format(address=address, driver=driver))
        levada.good("keys", "--cluster", tmp_path / "alone.toml", "--out", tmp_path / "keys")
        return "--cluster", tmp_path / "alone.toml", "--keys", tmp_path / "keys"

    return write


@pytest.fixture
def deployed(levada, demo, tmp_path):
    """Return a function that plans and connects the demo's dataflow for a cluster file."""

    def deploy(cluster):
        levada.good("partition", demo / "dataflow", "--cluster", cluster, "--out", tmp_path / "plan")
        levada.good("netstack", tmp_path / "plan", "--cluster", cluster, "--out", tmp_path / "deployment")
        return tmp_path / "deployment"

    return deploy


def test_an_agent_that_is_not_there_is_named(refused, alone, deployed, free, tmp_path):
    where = alone(f"tcp://127.0.0.1:{free}")
    said = refused("run", deployed(where[1]), *where, "--input", "golden", "--out", tmp_path / "out")
    assert "nobody" in said
    assert str(free) in said


def test_a_driver_that_is_not_installed_is_named(levada, refused, alone, deployed, free, tmp_path):
    where = alone(f"tcp://127.0.0.1:{free}", driver="abacus")
    deployment = deployed(where[1])
    with levada.started("agent", *where, "--host", "nobody"):
        said = refused("run", deployment, *where, "--input", "golden", "--out", tmp_path / "out")
    assert "abacus" in said
    assert "install" in said


def test_a_port_in_use_is_named(refused, alone, taken):
    said = refused("agent", *alone(f"tcp://127.0.0.1:{taken}"), "--host", "nobody")
    assert str(taken) in said
    assert "in use" in said


def test_a_network_address_without_keys_is_refused(refused, alone, free):
    said = refused("agent", *alone(f"tcp://127.0.0.1:{free}")[:2], "--host", "nobody")
    assert "keys" in said


def test_a_host_that_is_not_in_the_cluster_is_named(refused, alone, free):
    said = refused("agent", *alone(f"tcp://127.0.0.1:{free}"), "--host", "somebody")
    assert "somebody" in said
    assert "nobody" in said
