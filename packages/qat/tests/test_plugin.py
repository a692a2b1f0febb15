# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

from levada.core.manifests import Images, Model

HEAVY = ("torch", "brevitas", "onnx", "sklearn", "numpy", "matplotlib")


def test_train_writes_a_model(registry):
    assert (registry.stages()["train"].reads, registry.stages()["train"].writes) == ((), Model)


def test_images_reads_a_model(registry):
    assert (registry.stages()["images"].reads, registry.stages()["images"].writes) == ((Model,), Images)


def test_digits_cnn_is_there(registry):
    assert registry.architecture("digits-cnn").image_shape == (8, 8, 1)


@pytest.mark.parametrize(("name", "size"), [("resnet50", 224), ("resnet18", 32), ("resnet8", 32)])
def test_residual_networks_for_rgb_pictures_are_there(registry, name, size):
    assert registry.architecture(name).image_shape == (size, size, 3)


def test_noise_is_there(registry):
    assert registry.dataset("noise").labelled is False


def test_digits_are_there(registry):
    assert registry.dataset("digits").name == "digits"


@pytest.fixture(scope="module")
def imported():
    """Return the modules that come with the plug-in."""
    command = [sys.executable, "-c", "import levada.qat.plugin, sys; print(*sys.modules)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("module", HEAVY)
def test_the_plugin_imports_nothing_heavy(imported, module):
    assert module not in imported
