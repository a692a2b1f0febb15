# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the toy network as an installed plug-in, and a check that nothing is left behind."""

import gc
import os
import sys
import threading
import warnings
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent / "support"
sys.path.insert(0, str(SUPPORT))


def open_sockets() -> set[str]:
    """Return the sockets of this process, as the kernel names them."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Fail a test that leaves threads or sockets, and end those that wait for each other for ever."""
    threads, sockets = set(threading.enumerate()), open_sockets()
    yield
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert left == []
    assert open_sockets() - sockets == set()


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """Keep numeric libraries of child processes to one thread."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def toynet(tmp_path, monkeypatch):
    """Install the network ``toy``: its entry point is found here and in child processes."""
    site = tmp_path / "site"
    folder = site / "levada_toynet-0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: levada-toynet\nVersion: 0.1\n")
    (folder / "entry_points.txt").write_text("[levada]\ntoynet = levada_toynet\n")
    paths = [str(site), str(SUPPORT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.syspath_prepend(str(site))
    with warnings.catch_warnings():
        yield site


@pytest.fixture
def rig():
    """Return the module that builds deployments with a real graph (needs onnx)."""
    return pytest.importorskip("rig")
