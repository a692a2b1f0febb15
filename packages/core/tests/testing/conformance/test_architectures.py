# SPDX-License-Identifier: Apache-2.0
"""The kit for trainable networks: passed by a stand-in for a module (core has no torch), failed by each kind of bad one."""

from types import SimpleNamespace

import pytest

from levada.core.interfaces import Architecture
from levada.core.testing.conformance import ArchitectureConformance, failures


class Parameter:
    """As much of a parameter as the kit looks at."""

    def __init__(self, trained=True):
        self.requires_grad = trained

    def new_zeros(self, shape):
        return SimpleNamespace(shape=shape)


class Module:
    """As much of a module as the kit looks at: takes 8 × 8 pixels of one channel."""

    def __init__(self, classes, parameters):
        self.classes, self.held = classes, parameters
        self.training = True

    def parameters(self):
        return iter(self.held)

    def eval(self):
        self.training = False
        return self

    def __call__(self, pixels):
        count, channels, height, width = pixels.shape
        assert (channels, height, width, self.training) == (1, 8, 8, False)
        return SimpleNamespace(shape=(count, self.classes))


class Net(Architecture):
    """A network that gives a score per class."""

    name = "net"
    image_shape = (8, 8, 1)
    dataset = "digits"
    widest = 99

    def build(self, bits, classes):
        if bits.weights < 4 and self.widest < 4:
            raise ValueError(bits)
        return Module(classes, [Parameter()])


class TestNet(ArchitectureConformance):
    architecture = Net


def bad(**named):
    return type("Bad", (Net,), named)


def building(module):
    return bad(build=lambda self, bits, classes: module)


class Stubborn(Net):
    def build(self, bits, classes):
        if bits.weights != 4:
            raise ValueError(bits)
        return super().build(bits, classes)


BAD = {
    "a shape without channels": (bad(image_shape=(8, 8)), "test_its_image_shape_is_height_width_channels"),
    "an empty shape": (bad(image_shape=(8, 0, 1)), "test_its_image_shape_is_height_width_channels"),
    "no data set": (bad(dataset=""), "test_it_names_what_it_is_trained_on"),
    "no recipe": (bad(recipe=""), "test_it_names_what_it_is_trained_on"),
    "too many scores": (building(Module(11, [Parameter()])), "test_it_gives_a_score_per_class"),
    "other pixels than it says": (bad(image_shape=(8, 9, 1)), "test_it_gives_a_score_per_class"),
    "one bit width only": (Stubborn, "test_it_can_be_built_in_other_bit_widths"),
    "nothing to train": (building(Module(10, [Parameter(trained=False)])), "test_what_it_builds_can_be_trained"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_architecture_fails(tmp_path, fault):
    architecture, test = BAD[fault]
    assert test in failures(type("Kit", (ArchitectureConformance,), {"architecture": architecture}), tmp_path)


def test_a_kit_may_ask_for_other_classes(tmp_path):
    kit = type("Kit", (ArchitectureConformance,), {"architecture": building(Module(7, [Parameter()])), "classes": 7})
    assert failures(kit, tmp_path) == {}
