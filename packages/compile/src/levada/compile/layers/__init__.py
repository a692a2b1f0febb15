# SPDX-License-Identifier: Apache-2.0
"""FINN's hardware operations: their foldings, costs, streams and build attributes, one class per operation."""

from levada.compile.layers.adding import ElementwiseAdd
from levada.compile.layers.duplicating import DuplicateStreams
from levada.compile.layers.matrix import MatrixVector
from levada.compile.layers.padding import FeatureMapPadding
from levada.compile.layers.pooling import Pool
from levada.compile.layers.selecting import LabelSelect
from levada.compile.layers.thresholding import Thresholding
from levada.compile.layers.window import WindowGenerator
from levada.core.interfaces import HardwareLayer

LAYERS: tuple[type[HardwareLayer], ...] = (
    FeatureMapPadding,
    WindowGenerator,
    MatrixVector,
    Thresholding,
    ElementwiseAdd,
    DuplicateStreams,
    Pool,
    LabelSelect,
)
