# SPDX-License-Identifier: Apache-2.0
"""Reads what a Model holds: its QONNX graph and its golden images. What is wrong with either is one clear error."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx

from levada.compile._finn import DataType, ModelWrapper
from levada.core.datatypes import datatype
from levada.core.errors import DatasetError, GraphError
from levada.core.manifests import Tensor


def read_graph(path: Path, expected: Tensor) -> ModelWrapper:
    """Return the QONNX graph in ``path``, its input annotated with the data type of ``expected``.

    Raise GraphError where the file is no ONNX graph of one input and one output, or its input is not ``expected``
    (height × width × channels) with the channels first.
    """
    proto = _load(path)
    model = ModelWrapper(proto)
    initialisers = {tensor.name for tensor in proto.graph.initializer}
    inputs = [value.name for value in proto.graph.input if value.name not in initialisers]
    outputs = [value.name for value in proto.graph.output]
    if len(inputs) != 1 or len(outputs) != 1:
        msg = f"expected a network of one input and one output in {path}, got inputs {inputs!r} and outputs {outputs!r}"
        raise GraphError(msg)
    _check_shape(model, inputs[0], expected, path)
    model.set_tensor_datatype(inputs[0], DataType[expected.datatype])
    return model


def _load(path: Path) -> onnx.ModelProto:
    advice = "export the network as QONNX in one file, weights included"
    try:
        path.open("rb").close()
        onnx.checker.check_model(str(path))
        proto = onnx.load(path)
    except OSError as error:
        msg = f"cannot read the network's graph {path}: {error.strerror or error}; {advice}"
        raise GraphError(msg) from error
    except onnx.checker.ValidationError as error:
        msg = f"expected an ONNX graph in {path}, got something else ({_first_line(error)}); {advice}"
        raise GraphError(msg) from error
    if not proto.graph.node:
        msg = f"expected an ONNX graph in {path}, got one without a single node; {advice}"
        raise GraphError(msg)
    return proto


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _check_shape(model: ModelWrapper, name: str, expected: Tensor, path: Path) -> None:
    shape = model.get_tensor_shape(name)
    height, width, channels = expected.shape if len(expected.shape) == 3 else (0, 0, 0)
    if shape is None or list(shape[1:]) != [channels, height, width]:
        msg = (
            f"the model says that its input is {expected.shape!r} (height, width, channels), but input {name!r} of {path} "
            f"has the shape {shape!r}; expected (1, channels, height, width)"
        )
        raise GraphError(msg)


def read_images(path: Path, tensor: Tensor) -> Any:
    """Return the golden images, count × height × width × channels. Raise DatasetError where they do not fit ``tensor``."""
    kind = datatype(tensor.datatype)
    try:
        images = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        msg = f"expected an array of images in {path}, got something else: {_first_line(error)}"
        raise DatasetError(msg) from error
    if images.dtype != np.dtype(kind.canonical) or images.shape[1:] != tuple(tensor.shape) or not len(images):
        msg = (
            f"expected images of type {kind.canonical} and shape count × {tensor.shape!r} in {path}, "
            f"got {images.dtype} and {images.shape!r}"
        )
        raise DatasetError(msg)
    if images.min() < kind.minimum or images.max() > kind.maximum:
        msg = (
            f"expected pixels from {kind.minimum} to {kind.maximum} ({kind.name}) in {path}, "
            f"got {images.min()} to {images.max()}"
        )
        raise DatasetError(msg)
    return images
