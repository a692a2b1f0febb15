# SPDX-License-Identifier: Apache-2.0
"""The only door to FINN and QONNX: every symbol of theirs that Levada touches is imported here, and nowhere else.

Neither promises a stable interface, and most of these are internal; ``tests/test_finn_symbols.py`` imports each by name, so
that an update which moves one fails with its name. Import this module inside :func:`levada.compile.finn_session.finn_session`.
"""

from finn.custom_op.fpgadataflow.hwcustomop import HWCustomOp
from finn.transformation.fpgadataflow.convert_to_hw.conv_inp_gen import InferConvInpGen
from finn.transformation.fpgadataflow.convert_to_hw.duplicate_streams import InferDuplicateStreamsLayer
from finn.transformation.fpgadataflow.convert_to_hw.elementwise_binary_operation import (
    InferElementwiseBinaryOperation,
)
from finn.transformation.fpgadataflow.convert_to_hw.label_select import InferLabelSelectLayer
from finn.transformation.fpgadataflow.convert_to_hw.pool import InferPool
from finn.transformation.fpgadataflow.convert_to_hw.quantized_matrix_vector_activation import (
    InferQuantizedMatrixVectorActivation,
)
from finn.transformation.fpgadataflow.convert_to_hw.thresholding import InferThresholdingLayer
from finn.transformation.fpgadataflow.insert_dwc import InsertDWC
from finn.transformation.fpgadataflow.insert_fifo import InsertFIFO
from finn.transformation.fpgadataflow.minimize_accumulator_width import MinimizeAccumulatorWidth
from finn.transformation.fpgadataflow.minimize_weight_bit_width import MinimizeWeightBitWidth
from finn.transformation.fpgadataflow.specialize_layers import SpecializeLayers
from finn.transformation.move_reshape import RemoveCNVtoFCFlatten
from finn.transformation.qonnx.convert_qonnx_to_finn import ConvertQONNXtoFINN
from finn.transformation.streamline.absorb import (
    Absorb1BitMulIntoConv,
    Absorb1BitMulIntoMatMul,
    AbsorbAddIntoMultiThreshold,
    AbsorbConsecutiveTransposes,
    AbsorbMulIntoMultiThreshold,
    AbsorbScalarBiasIntoMultiThreshold,
    AbsorbScalarMulAddIntoTopK,
    AbsorbTransposeIntoMultiThreshold,
    FactorOutMulSignMagnitude,
)
from finn.transformation.streamline.collapse_repeated import CollapseRepeatedAdd, CollapseRepeatedMul
from finn.transformation.streamline.reorder import (
    MoveAddPastConv,
    MoveAddPastMul,
    MoveLinearPastEltwiseAdd,
    MoveLinearPastFork,
    MoveMaxPoolPastMultiThreshold,
    MoveMulPastMaxPool,
    MoveScalarAddPastMatMul,
    MoveScalarLinearPastInvariants,
    MoveScalarMulPastConv,
    MoveScalarMulPastMatMul,
    MoveTransposePastEltwise,
    MoveTransposePastFork,
    MoveTransposePastJoinAdd,
)
from finn.transformation.streamline.round_thresholds import RoundAndClipThresholds
from finn.transformation.streamline.sign_to_thres import ConvertSignToThres
from finn.util.settings import initialize_dummy_settings
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_node, execute_onnx
from qonnx.custom_op.registry import getCustomOp, is_custom_op
from qonnx.transformation.base import Transformation
from qonnx.transformation.batchnorm_to_affine import BatchNormToAffine
from qonnx.transformation.change_batchsize import ChangeBatchSize
from qonnx.transformation.double_to_single_float import DoubleToSingleFloat
from qonnx.transformation.fold_constants import FoldConstants
from qonnx.transformation.general import (
    ConvertDivToMul,
    ConvertSubToAdd,
    GiveReadableTensorNames,
    GiveUniqueNodeNames,
    GiveUniqueParameterTensors,
    RemoveStaticGraphInputs,
    RemoveUnusedTensors,
    SortCommutativeInputsInitializerLast,
    SortGraph,
)
from qonnx.transformation.infer_data_layouts import InferDataLayouts
from qonnx.transformation.infer_datatypes import InferDataTypes
from qonnx.transformation.infer_shapes import InferShapes
from qonnx.transformation.insert_topk import InsertTopK
from qonnx.transformation.lower_convs_to_matmul import LowerConvsToMatMul
from qonnx.transformation.remove import RemoveIdentityOps
from qonnx.util.cleanup import cleanup_model
from qonnx.util.onnx import valueinfo_to_tensor

__all__ = [
    "Absorb1BitMulIntoConv",
    "Absorb1BitMulIntoMatMul",
    "AbsorbAddIntoMultiThreshold",
    "AbsorbConsecutiveTransposes",
    "AbsorbMulIntoMultiThreshold",
    "AbsorbScalarBiasIntoMultiThreshold",
    "AbsorbScalarMulAddIntoTopK",
    "AbsorbTransposeIntoMultiThreshold",
    "BatchNormToAffine",
    "ChangeBatchSize",
    "CollapseRepeatedAdd",
    "CollapseRepeatedMul",
    "ConvertDivToMul",
    "ConvertQONNXtoFINN",
    "ConvertSignToThres",
    "ConvertSubToAdd",
    "DataType",
    "DoubleToSingleFloat",
    "FactorOutMulSignMagnitude",
    "FoldConstants",
    "GiveReadableTensorNames",
    "GiveUniqueNodeNames",
    "GiveUniqueParameterTensors",
    "HWCustomOp",
    "InferConvInpGen",
    "InferDataLayouts",
    "InferDataTypes",
    "InferDuplicateStreamsLayer",
    "InferElementwiseBinaryOperation",
    "InferLabelSelectLayer",
    "InferPool",
    "InferQuantizedMatrixVectorActivation",
    "InferShapes",
    "InferThresholdingLayer",
    "InsertDWC",
    "InsertFIFO",
    "InsertTopK",
    "LowerConvsToMatMul",
    "MinimizeAccumulatorWidth",
    "MinimizeWeightBitWidth",
    "ModelWrapper",
    "MoveAddPastConv",
    "MoveAddPastMul",
    "MoveLinearPastEltwiseAdd",
    "MoveLinearPastFork",
    "MoveMaxPoolPastMultiThreshold",
    "MoveMulPastMaxPool",
    "MoveScalarAddPastMatMul",
    "MoveScalarLinearPastInvariants",
    "MoveScalarMulPastConv",
    "MoveScalarMulPastMatMul",
    "MoveTransposePastEltwise",
    "MoveTransposePastFork",
    "MoveTransposePastJoinAdd",
    "RemoveCNVtoFCFlatten",
    "RemoveIdentityOps",
    "RemoveStaticGraphInputs",
    "RemoveUnusedTensors",
    "RoundAndClipThresholds",
    "SortCommutativeInputsInitializerLast",
    "SortGraph",
    "SpecializeLayers",
    "Transformation",
    "cleanup_model",
    "execute_node",
    "execute_onnx",
    "getCustomOp",
    "initialize_dummy_settings",
    "is_custom_op",
    "valueinfo_to_tensor",
]
