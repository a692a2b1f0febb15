# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the toy network as an installed plug-in, running agents, and a check that nothing is left behind."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("brief", max_examples=30, deadline=None)
settings.load_profile("brief")

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
def nothing_is_left_behind(request):
    """Fail a test that leaves threads or sockets: something that will never end, or a port that stays taken."""
    threads, sockets = set(threading.enumerate()), open_sockets()
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert left == []
    if open_sockets() - sockets:
        gc.collect()
    assert open_sockets() - sockets == set()


@pytest.fixture(scope="session", autouse=True)
def toynet(tmp_path_factory):
    """Install the network ``toy``: its entry point is found here and in child processes. One thread for numeric libraries."""
    site = tmp_path_factory.mktemp("site")
    folder = site / "levada_toynet-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: levada-toynet\nVersion: 0.1\n")
    (folder / "entry_points.txt").write_text("[levada]\ntoynet = levada_toynet\n")
    with pytest.MonkeyPatch.context() as patch:
        paths = [str(site), str(SUPPORT), *filter(None, [os.environ.get("PYTHONPATH")])]
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.syspath_prepend(str(site))
        yield site


@pytest.fixture(scope="session")
def registry(toynet):
    """Return everything that is installed, the toy network included."""
    from levada.core.plugins import Registry

    return Registry()


@pytest.fixture
def rig():
    """Return the module that builds deployments with a real graph (needs onnx)."""
    pytest.importorskip("onnxruntime")
    return pytest.importorskip("toy_rig")


@pytest.fixture(scope="session")
def cluster_file(tmp_path_factory):
    """Return a cluster file: three hosts on free ports of the loopback, an emulated U280 in each."""
    from toy_processes import free_port

    path = tmp_path_factory.mktemp("cluster") / "three.toml"
    lines = ['name = "three"']
    for number in (1, 2, 3):
        lines += ["[[hosts]]", f'name = "fpga{number}"', f'address = "tcp://127.0.0.1:{free_port()}"']
    for number in (1, 2, 3):
        lines += ["[[cards]]", f'name = "u280-{number}"', f'host = "fpga{number}"', 'board = "u280"']
        lines += ['driver = "emulated"', f'ports = ["192.168.40.{9 + number}"]']
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory):
    """Return a folder with CURVE keys for the hosts of the cluster file."""
    from levada.runtime import keys

    folder = tmp_path_factory.mktemp("keys") / "keys"
    keys.generate(folder, ["fpga1", "fpga2", "fpga3"])
    return folder


@pytest.fixture(scope="session")
def agents(toynet, cluster_file, key_folder, tmp_path_factory):
    """Run three agents, as a user would start them, until the session ends."""
    pytest.importorskip("onnxruntime")
    from toy_processes import agent_command

    cache = tmp_path_factory.mktemp("blobs")
    options = ["--keys", str(key_folder), "--cache", str(cache), "--tether"]
    running = [
        subprocess.Popen(agent_command(cluster_file, host, *options), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for host in ("fpga1", "fpga2", "fpga3")
    ]
    _wait_for(cluster_file, key_folder)
    yield running
    for process in running:
        process.stdin.close()
    for process in running:
        process.wait(20)


def _wait_for(cluster_file: Path, key_folder: Path) -> None:
    """Return once every agent of the cluster answers."""
    from levada.core.clusters import read
    from levada.runtime import keys
    from levada.runtime.control.fleet import Fleet
    from levada.runtime.control.peer import Target

    hosts = read(cluster_file, frozenset({"u280"})).hosts
    targets = [Target(host=host.name, address=host.address) for host in hosts]
    with Fleet(targets, keys.for_controller(key_folder, [host.name for host in hosts])) as fleet:
        fleet.greet(60)
