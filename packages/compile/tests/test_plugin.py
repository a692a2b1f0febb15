# SPDX-License-Identifier: Apache-2.0
"""What levada-compile registers, and that registering costs nothing."""

import subprocess
import sys

from levada.compile import plugin
from levada.core.interfaces import HardwareLayer
from levada.core.stages import Stage

HEAVY = ("finn", "qonnx", "torch", "onnx", "onnxruntime", "numpy")
LISTING = """
import sys
from levada.compile import plugin
plugin.levada_register_stage(), plugin.levada_register_layer()
print(*sys.modules)
"""


def test_both_stages_are_registered():
    stages = plugin.levada_register_stage()
    assert all(issubclass(stage, Stage) for stage in stages)
    assert {stage.name for stage in stages} >= {"compile"}


def test_every_registered_layer_is_one_for_another_operation():
    layers = plugin.levada_register_layer()
    assert all(issubclass(layer, HardwareLayer) for layer in layers)
    assert len({layer.op for layer in layers}) == len(layers)


def test_registering_imports_nothing_heavy():
    listed = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in HEAVY if name in listed]
