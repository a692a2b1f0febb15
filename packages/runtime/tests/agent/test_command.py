# SPDX-License-Identifier: Apache-2.0
"""``levada agent`` and ``levada keys`` as a user meets them."""

import signal
import subprocess
import sys

import pytest
from toy_processes import agent_command, free_port

from levada.core.cli import main
from levada.runtime import keys
from levada.runtime.agent.command import _reachable


def run(*arguments):
    return main(["--quiet", "--no-store", *arguments])


def test_an_unknown_host_is_named_with_those_there_are(capsys):
    assert run("agent", "--cluster", "u280x2", "--host", "fpga9") == 2
    assert "cluster 'u280x2' has no host 'fpga9'; it has fpga1, fpga2" in capsys.readouterr().err


def test_an_unknown_cluster_is_named(capsys):
    assert run("agent", "--cluster", "nowhere", "--host", "fpga1") == 2
    assert "no cluster 'nowhere'" in capsys.readouterr().err


def test_tcp_without_keys_exits_with_two(capsys, cluster_file):
    assert run("agent", "--cluster", str(cluster_file), "--host", "fpga1") == 2
    assert "without keys" in capsys.readouterr().err


def test_a_missing_key_file_is_named(capsys, cluster_file, tmp_path):
    assert run("agent", "--cluster", str(cluster_file), "--host", "fpga1", "--keys", str(tmp_path)) == 2
    assert f"cannot read key file {tmp_path}/fpga1.secret: No such file or directory" in capsys.readouterr().err


def test_a_port_in_use_is_one_line_and_exits_with_two(capsys, key_folder, cluster_file, tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        where = ["--address", address, "--keys", str(key_folder), "--cache", str(tmp_path)]
        assert run("agent", "--cluster", str(cluster_file), "--host", "fpga1", *where) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"levada: error: cannot listen on {address}: Address already in use; end what uses it")


def test_keys_are_made_for_every_host_and_the_controller(tmp_path):
    assert run("keys", "--cluster", "u280x2", "--out", str(tmp_path / "keys")) == 0
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {
        f"{name}.{kind}" for name in ("controller", "fpga1", "fpga2") for kind in ("key", "secret")
    }


def test_keys_are_never_replaced(tmp_path, capsys):
    run("keys", "--cluster", "u280x1", "--out", str(tmp_path / "keys"))
    before = keys.for_agent(tmp_path / "keys", "fpga1")
    assert run("keys", "--cluster", "u280x1", "--out", str(tmp_path / "keys")) == 2
    assert "keys are never replaced" in capsys.readouterr().err
    assert keys.for_agent(tmp_path / "keys", "fpga1") == before


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_agent_that_is_told_to_end_exits_with_zero(cluster_file, key_folder, tmp_path, stop):
    address = f"tcp://127.0.0.1:{free_port()}"
    options = ["--address", address, "--keys", str(key_folder), "--cache", str(tmp_path)]
    command = [part for part in agent_command(cluster_file, "fpga1", *options) if part != "--quiet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert "agent of fpga1 listens on" in process.stderr.readline()
    process.send_signal(stop)
    assert process.wait(20) == 0
    process.stderr.close()


def test_a_tethered_agent_ends_with_its_parent(cluster_file, tmp_path):
    options = ["--address", f"ipc://{tmp_path}/a", "--cache", str(tmp_path), "--tether"]
    process = subprocess.Popen(agent_command(cluster_file, "fpga1", *options), stdin=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("tcp://192.168.40.30:7280", "192.168.40.30"),
        ("tcp://node1:7280", "node1"),
        ("tcp://127.0.0.1:7281", None),
        ("tcp://localhost:7281", None),
        ("tcp://[::1]:7281", None),
        ("ipc:///run/levada", None),
    ],
)
def test_only_addresses_that_others_reach_are_told_to_others(address, host):
    assert _reachable(address) == host


def test_the_plug_in_loads_no_heavy_library():
    heavy = "{'onnx', 'onnxruntime', 'zmq', 'pyxrt', 'torch'}"
    code = f"import sys, levada.runtime.plugin; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
