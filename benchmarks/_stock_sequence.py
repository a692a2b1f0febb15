"""FINN's own way from QONNX to hardware layers for ResNet-50: its transformations, its graph wrapper, its defaults, nothing of Levada's.

The order is that of FINN's steps for ResNet-50 (finn.builder.custom_step_library.resnet, ``step_resnet50_*``), four rounds of
streamlining included, with the two transformations without which those steps fail on networks of today's Brevitas:
``AbsorbScalarBiasIntoMultiThreshold`` after tidying and ``MoveMulPastMaxPool`` among the streamlining ones.

Levada's pipeline goes on where those steps end, so that the same is done here, with FINN's means where FINN has any:

* bit widths are minimised as ``step_minimize_bit_width`` does;
* BIPOLAR weights, which that makes INT2, become BIPOLAR again;
* the input takes images channels last, by leaving out the one transpose behind it;
* nodes and tensors are named and sorted at the end.

Levada's pipeline starts where this sequence starts, at the QONNX file. Both set the data type of the pixels.
"""

from finn.transformation.fpgadataflow.convert_to_hw.conv_inp_gen import InferConvInpGen
from finn.transformation.fpgadataflow.convert_to_hw.duplicate_streams import InferDuplicateStreamsLayer
from finn.transformation.fpgadataflow.convert_to_hw.elementwise_binary_operation import InferElementwiseBinaryOperation
from finn.transformation.fpgadataflow.convert_to_hw.label_select import InferLabelSelectLayer
from finn.transformation.fpgadataflow.convert_to_hw.pool import InferPool
from finn.transformation.fpgadataflow.convert_to_hw.quantized_matrix_vector_activation import (
    InferQuantizedMatrixVectorActivation,
)
from finn.transformation.fpgadataflow.convert_to_hw.thresholding import InferThresholdingLayer
from finn.transformation.fpgadataflow.minimize_accumulator_width import MinimizeAccumulatorWidth
from finn.transformation.fpgadataflow.minimize_weight_bit_width import MinimizeWeightBitWidth
from finn.transformation.move_reshape import RemoveCNVtoFCFlatten
from finn.transformation.qonnx.convert_qonnx_to_finn import ConvertQONNXtoFINN
from finn.transformation.streamline import absorb, reorder
from finn.transformation.streamline.collapse_repeated import CollapseRepeatedAdd, CollapseRepeatedMul
from finn.transformation.streamline.round_thresholds import RoundAndClipThresholds
from finn.transformation.streamline.sign_to_thres import ConvertSignToThres
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.custom_op.registry import getCustomOp
from qonnx.transformation import general
from qonnx.transformation.batchnorm_to_affine import BatchNormToAffine
from qonnx.transformation.composed import ComposedTransformation
from qonnx.transformation.double_to_single_float import DoubleToSingleFloat
from qonnx.transformation.fold_constants import FoldConstants
from qonnx.transformation.infer_data_layouts import InferDataLayouts
from qonnx.transformation.infer_datatypes import InferDataTypes
from qonnx.transformation.infer_shapes import InferShapes
from qonnx.transformation.insert_topk import InsertTopK
from qonnx.transformation.lower_convs_to_matmul import LowerConvsToMatMul
from qonnx.transformation.remove import RemoveIdentityOps
from qonnx.util.cleanup import cleanup_model

ROUNDS = 4
NAMING = (general.GiveUniqueNodeNames, general.GiveReadableTensorNames, InferDataTypes)
STREAMLINING = (
    absorb.AbsorbScalarMulAddIntoTopK,
    general.ConvertSubToAdd,
    general.ConvertDivToMul,
    RemoveIdentityOps,
    CollapseRepeatedMul,
    BatchNormToAffine,
    ConvertSignToThres,
    reorder.MoveAddPastMul,
    reorder.MoveScalarAddPastMatMul,
    reorder.MoveAddPastConv,
    reorder.MoveScalarMulPastMatMul,
    reorder.MoveScalarMulPastConv,
    reorder.MoveScalarLinearPastInvariants,
    reorder.MoveMulPastMaxPool,
    reorder.MoveAddPastMul,
    CollapseRepeatedAdd,
    CollapseRepeatedMul,
    absorb.AbsorbAddIntoMultiThreshold,
    absorb.FactorOutMulSignMagnitude,
    reorder.MoveMaxPoolPastMultiThreshold,
    absorb.AbsorbMulIntoMultiThreshold,
    absorb.Absorb1BitMulIntoMatMul,
    absorb.Absorb1BitMulIntoConv,
    RoundAndClipThresholds,
    reorder.MoveLinearPastEltwiseAdd,
    reorder.MoveLinearPastFork,
)
TRANSPOSES = (
    reorder.MoveTransposePastJoinAdd,
    reorder.MoveTransposePastFork,
    reorder.MoveTransposePastEltwise,
    absorb.AbsorbConsecutiveTransposes,
    absorb.AbsorbTransposeIntoMultiThreshold,
)
TO_HARDWARE = (
    InferElementwiseBinaryOperation,
    InferPool,
    absorb.AbsorbConsecutiveTransposes,
    RoundAndClipThresholds,
    InferQuantizedMatrixVectorActivation,
    InferThresholdingLayer,
    InferConvInpGen,
    InferDuplicateStreamsLayer,
    InferElementwiseBinaryOperation,
    InferLabelSelectLayer,
)


def stock(path: str, pixels: str, labels: int) -> ModelWrapper:
    """Return the hardware layers of the QONNX file, whose pixels are of type ``pixels``, answering with ``labels`` labels."""
    model = ModelWrapper(path)
    model.set_tensor_datatype(model.graph.input[0].name, DataType[pixels])
    model = cleanup_model(model)
    model = model.transform(ConvertQONNXtoFINN())
    model = tidied(model, labels)
    model = model.transform(absorb.AbsorbScalarBiasIntoMultiThreshold())
    for _ in range(ROUNDS):
        for step in STREAMLINING:
            model = model.transform(step()).transform(general.GiveUniqueNodeNames())
        for step in (general.RemoveUnusedTensors, general.GiveReadableTensorNames, InferDataTypes, general.SortGraph):
            model = model.transform(step())
    model = model.transform(DoubleToSingleFloat()).transform(LowerConvsToMatMul())
    model = model.transform(ComposedTransformation([step() for step in TRANSPOSES]))
    model = narrowed(without_input_transpose(hardware(model)))
    for step in (general.SortGraph, *NAMING):
        model = model.transform(step())
    return model


def tidied(model: ModelWrapper, labels: int) -> ModelWrapper:
    """Fold constants and end in the best labels."""
    for step in (
        general.GiveUniqueParameterTensors,
        InferShapes,
        FoldConstants,
        general.RemoveStaticGraphInputs,
        *NAMING,
    ):
        model = model.transform(step())
    model = model.transform(InsertTopK(labels)).transform(InferShapes())
    for step in NAMING:
        model = model.transform(step())
    return model


def hardware(model: ModelWrapper) -> ModelWrapper:
    """Replace ONNX operators by hardware layers."""
    for step in (InferDataLayouts, DoubleToSingleFloat, InferDataTypes, general.SortGraph):
        model = model.transform(step())
    for step in TO_HARDWARE:
        model = model.transform(step())
        for after in (InferDataLayouts, general.GiveUniqueNodeNames, InferDataTypes):
            model = model.transform(after())
    for step in (RemoveCNVtoFCFlatten, general.GiveReadableTensorNames, general.RemoveUnusedTensors, general.SortGraph):
        model = model.transform(step())
    return model


def without_input_transpose(model: ModelWrapper) -> ModelWrapper:
    """Take images channels last: leave out the transpose behind the input. FINN leaves it to the host."""
    source = model.graph.input[0].name
    transpose = model.find_consumer(source)
    kind, shape = model.get_tensor_datatype(source), model.get_tensor_shape(transpose.output[0])
    for taker in model.find_consumers(transpose.output[0]):
        taker.input[0] = source
    model.graph.node.remove(transpose)
    model.set_tensor_shape(source, shape)
    model.set_tensor_datatype(source, kind)
    model.set_tensor_layout(source, ["N", "H", "W", "C"])
    return model


def narrowed(model: ModelWrapper) -> ModelWrapper:
    """Minimise bit widths, but keep BIPOLAR weights."""
    bipolar = [node.name for node in model.get_nodes_by_op_type("MVAU") if weights(node) == "BIPOLAR"]
    for step in (
        MinimizeWeightBitWidth,
        MinimizeAccumulatorWidth,
        InferDataTypes,
        RoundAndClipThresholds,
        InferDataTypes,
        MinimizeWeightBitWidth,
        InferDataTypes,
    ):
        model = model.transform(step())
        for name in bipolar:
            node = model.get_node_from_name(name)
            getCustomOp(node).set_nodeattr("weightDataType", "BIPOLAR")
            model.set_tensor_datatype(node.input[1], DataType["BIPOLAR"])
    return model


def weights(node: object) -> str:
    """Return the type of an MVAU's weights."""
    return getCustomOp(node).get_nodeattr("weightDataType")
