# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
from importlib.metadata import entry_points

from levada.core.plugins import Registry
from levada.netstack import Vnx
from levada.netstack.stage import Netstack

HEAVY = ("numpy", "torch", "zmq", "onnx", "onnxruntime", "mip", "sklearn")


def registry():
    return Registry(entry_points(group="levada", name="netstack"))


def test_the_network_is_found_by_its_name():
    assert registry().network("vnx") is Vnx


def test_the_stage_is_found_by_its_name():
    assert registry().stages()["netstack"] is Netstack


def test_the_plug_in_imports_nothing_heavy():
    script = f"import sys, levada.netstack.plugin; print([n for n in {HEAVY!r} if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
