# SPDX-License-Identifier: Apache-2.0
"""The built-in layers pass the tests that a plug-in's layers must pass."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from levada.compile.layers import LAYERS
from levada.core.interfaces import HardwareNode
from levada.core.testing.conformance import HardwareLayerConformance

NODES = ("padding", "window", "mvau", "plain_mvau", "thresholding", "join", "bias", "duplicate", "pool", "label_select")


@pytest.mark.parametrize("name", NODES)
class TestBuiltIn(HardwareLayerConformance):
    """Each operation with a node of it."""

    @pytest.fixture(autouse=True)
    def take_node(self, request: pytest.FixtureRequest, name: str) -> None:
        made: HardwareNode | Callable[[], HardwareNode] = request.getfixturevalue(name)
        self.node = made if isinstance(made, HardwareNode) else made()
        self.layer = next(layer for layer in LAYERS if layer.op == self.node.op)

    def constants(self) -> Mapping[str, Any]:
        """Fill weights with ones; rows of levels ascend, as thresholds do."""
        return {
            tensor.name: np.sort(np.arange(np.prod(tensor.shape)).reshape(tensor.shape) % 7, axis=-1).astype(np.float32)
            for tensor in self.node.inputs
            if tensor.constant
        }
