# SPDX-License-Identifier: Apache-2.0
"""The command as a process of its own: pipes that close, signals, and a quick start."""

import os
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "levada.core.cli"]
CORE_ALONE = {"LEVADA_WITHOUT": "qat compile partition netstack runtime example"}


@pytest.fixture
def environment(tmp_path):
    return os.environ | CORE_ALONE | {"LEVADA_STORE": str(tmp_path / "store")}


def test_a_reader_that_has_seen_enough_is_no_error(environment):
    with subprocess.Popen(
        [*COMMAND, "schema", "plan"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()
        assert (process.wait(60), errors) == (0, b"")


def test_a_full_output_is_printed_to_a_pipe(environment):
    done = subprocess.run([*COMMAND, "schema", "plan"], capture_output=True, env=environment, check=True)
    assert done.stdout.startswith(b"{")
    assert done.stdout.endswith(b"}\n")


def test_a_message_is_one_line_on_standard_error(environment):
    done = subprocess.run([*COMMAND, "show", "gone"], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_core_alone_imports_nothing_heavy(environment):
    script = (
        "import sys; from levada.core import cli; code = cli.main(['plugins']);"
        "heavy = {'numpy', 'torch', 'onnx', 'onnxruntime', 'zmq', 'mip', 'sklearn', 'brevitas', 'finn', 'pytest'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_exits_130_and_leaves_nothing(environment, tmp_path):
    flow = tmp_path / "slow.py"
    flow.write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, str(flow), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read().endswith(b"levada: error: interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slow.py"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_nothing_either(environment, tmp_path, number):
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, str(tmp_path / "slow.py"), str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"started\n"
        process.send_signal(number)
        assert process.wait(60) == 128 + number
        assert process.stderr.read().endswith(f"levada: error: ended by {number.name}\n".encode())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slow.py"]


SLOW = """
import sys, time
from levada.core import cli, testing
from levada.core.manifests import Model
from levada.core.stages import Options, Stage

class Slow(Stage[Options]):
    "Take long."
    name, writes = "slow", Model
    def run(self, inputs, options, work):
        print("started", flush=True)
        time.sleep(60)

cli.Registry = lambda without: testing.registry(Slow)
sys.exit(cli.main(["--quiet", "slow", "--out", sys.argv[1]]))
"""
