# SPDX-License-Identifier: Apache-2.0
"""From a Brevitas network to one QONNX file."""

from pathlib import Path
from typing import Any

import torch

from levada.core.manifests import Tensor
from levada.qat.known_warnings import known_warnings
from levada.qat.task import OUTPUT

OPSET = 13


def export_graph(network: Any, tensor: Tensor, file: Path) -> None:
    """Write the network as QONNX: batch 1, NCHW, integer pixels as floats in, class scores out.

    TorchScript's exporter and opset 13: the newer one writes weights to a side file and names nodes by number.
    """
    with known_warnings():
        from brevitas.export import export_qonnx

    height, width, channels = tensor.shape
    export_qonnx(
        network,
        args=torch.zeros(1, channels, height, width),
        export_path=str(file),
        dynamo=False,
        opset_version=OPSET,
        input_names=[tensor.name],
        output_names=[OUTPUT],
        keep_initializers_as_inputs=False,
    )
