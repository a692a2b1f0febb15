# SPDX-License-Identifier: Apache-2.0
"""The way from QONNX to FINN's hardware layers: every pass in order, with a reason beside each odd one.

The sequence is that of FINN's own flow for residual networks, with two passes it lacks: without the scalar bias in the
thresholds, a signed quantiser's offset travels past the join and leaves unsigned data labelled signed; without moving
scales past max pooling, the pooling sees floats and is silently left out.
"""

from levada.compile import rewrites
from levada.compile._finn import (
    Absorb1BitMulIntoConv,
    Absorb1BitMulIntoMatMul,
    AbsorbAddIntoMultiThreshold,
    AbsorbConsecutiveTransposes,
    AbsorbMulIntoMultiThreshold,
    AbsorbScalarBiasIntoMultiThreshold,
    AbsorbScalarMulAddIntoTopK,
    AbsorbTransposeIntoMultiThreshold,
    BatchNormToAffine,
    CollapseRepeatedAdd,
    CollapseRepeatedMul,
    ConvertDivToMul,
    ConvertQONNXtoFINN,
    ConvertSignToThres,
    ConvertSubToAdd,
    DoubleToSingleFloat,
    FactorOutMulSignMagnitude,
    FoldConstants,
    GiveUniqueParameterTensors,
    InferConvInpGen,
    InferDataLayouts,
    InferDataTypes,
    InferDuplicateStreamsLayer,
    InferElementwiseBinaryOperation,
    InferLabelSelectLayer,
    InferPool,
    InferQuantizedMatrixVectorActivation,
    InferShapes,
    InferThresholdingLayer,
    LowerConvsToMatMul,
    MinimizeAccumulatorWidth,
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
    RemoveCNVtoFCFlatten,
    RemoveIdentityOps,
    RemoveStaticGraphInputs,
    RoundAndClipThresholds,
    cleanup_model,
)
from levada.compile.passes import Pass, Property, finn

READ: tuple[Pass, ...] = (
    Pass(
        name="tag quantisers",
        steps=(rewrites.tag_nodes,),
        reason="names change from here on; the flip rate must find each quantiser again",
        establishes=(Property.STREAMABLE_OPERATORS, Property.QUANTISED_WEIGHTS),
        renames=False,  # so that what is wrong with the network is said in its own names
    ),
    Pass(
        name="clean up",
        steps=(cleanup_model,),
        reason="shapes and constants, as every later pass expects them",
        requires=(Property.STREAMABLE_OPERATORS,),
    ),
)
"""A QONNX graph as it is compared with later."""

TO_THRESHOLDS: tuple[Pass, ...] = (
    Pass(
        name="convert quantisers",
        steps=(rewrites.keeping_tags(ConvertQONNXtoFINN),),
        reason="activations become thresholds with a scale, weights become integers with a scale",
        requires=(Property.QUANTISED_WEIGHTS,),
        establishes=(Property.THRESHOLDS,),
    ),
    Pass(
        name="fold constants",
        steps=finn(GiveUniqueParameterTensors, InferShapes, FoldConstants, RemoveStaticGraphInputs, InferDataTypes),
        reason="what the conversion computed on weights is a constant",
    ),
)
"""From QONNX to integer weights and thresholds, with scales between."""

TO_INTEGER: tuple[Pass, ...] = (
    Pass(
        name="absorb offsets of signed quantisers",
        steps=finn(AbsorbScalarBiasIntoMultiThreshold),
        reason="the offset -2^(bits-1) stands behind the thresholds; moved past a join, unsigned data would be labelled signed",
        requires=(Property.THRESHOLDS, Property.LABELS),
    ),
    Pass(
        name="streamline",
        steps=finn(
            AbsorbScalarMulAddIntoTopK,  # before MoveAddPastMul, which would turn integers into floats here
            ConvertSubToAdd,
            ConvertDivToMul,
            RemoveIdentityOps,
            CollapseRepeatedMul,
            BatchNormToAffine,
            ConvertSignToThres,
            MoveAddPastMul,
            MoveScalarAddPastMatMul,
            MoveAddPastConv,
            MoveScalarMulPastMatMul,
            MoveScalarMulPastConv,
            MoveScalarLinearPastInvariants,
            MoveMulPastMaxPool,  # a scale between thresholds and pooling would keep the pooling out of hardware
            MoveAddPastMul,
            CollapseRepeatedAdd,
            CollapseRepeatedMul,
            AbsorbAddIntoMultiThreshold,
            FactorOutMulSignMagnitude,
            MoveMaxPoolPastMultiThreshold,
            AbsorbMulIntoMultiThreshold,
            Absorb1BitMulIntoMatMul,
            Absorb1BitMulIntoConv,
            RoundAndClipThresholds,
            MoveLinearPastEltwiseAdd,
            MoveLinearPastFork,
        ),
        reason="scales and biases move towards the next thresholds and vanish in them; a residual join needs several rounds",
        requires=(Property.THRESHOLDS,),
        establishes=(Property.INTEGER,),
        until_stable=True,
    ),
    Pass(
        name="single precision",
        steps=finn(DoubleToSingleFloat),
        reason="rounding the thresholds leaves float64 containers, which FINN's layers do not take",
    ),
)
"""To the streamlined integer graph, still channels first: the golden model."""

_CANCEL_TRANSPOSES = finn(
    MoveTransposePastJoinAdd,
    MoveTransposePastFork,
    MoveTransposePastEltwise,
    AbsorbConsecutiveTransposes,
    AbsorbTransposeIntoMultiThreshold,
)

TO_HARDWARE: tuple[Pass, ...] = (
    Pass(
        name="lower convolutions",
        steps=(*finn(LowerConvsToMatMul), *_CANCEL_TRANSPOSES),
        reason="each convolution becomes window and matrix product between two transposes, which then cancel but for the input's",
        requires=(Property.INTEGER,),
        establishes=(Property.MATRIX,),
        until_stable=True,
    ),
    Pass(
        name="infer pooling",
        steps=finn(InferDataLayouts, InferPool, InferDataLayouts),
        reason="before anything else becomes hardware: pooling brings transposes of its own, which cancel only between ONNX nodes",
        requires=(Property.MATRIX,),
    ),
    Pass(
        name="cancel transposes",
        steps=(*_CANCEL_TRANSPOSES, *finn(InferDataLayouts)),
        reason="those around pooling; the hardware layers are then found by their channels-last layout",
        until_stable=True,
    ),
    Pass(
        name="infer hardware layers",
        steps=finn(
            RoundAndClipThresholds,
            InferElementwiseBinaryOperation,
            InferQuantizedMatrixVectorActivation,  # before the thresholds, which it fuses
            InferDataLayouts,
            InferThresholdingLayer,
            InferConvInpGen,
            InferDataLayouts,
            InferDuplicateStreamsLayer,
            InferDataLayouts,  # of the streams that duplication has made
            InferLabelSelectLayer,
            RemoveCNVtoFCFlatten,
        ),
        reason="products before thresholds: each takes what the next would",
        requires=(Property.MATRIX, Property.LABELS),
        establishes=(Property.HARDWARE,),
    ),
    Pass(
        name="drop the input's transpose",
        steps=(rewrites.drop_input_transpose,),
        reason="the network takes NHWC images; a transpose of the input cannot be streamed",
        requires=(Property.HARDWARE,),
        establishes=(Property.CHANNELS_LAST_INPUT,),
    ),
    Pass(
        name="narrow",
        steps=(
            rewrites.narrow_weights,
            *finn(MinimizeAccumulatorWidth, InferDataTypes, RoundAndClipThresholds, InferDataTypes),
            rewrites.narrow_weights,
        ),
        reason="sums are annotated INT32 until told otherwise, and thresholds narrow only once the sums have; bipolar weights keep their one bit",
        requires=(Property.CHANNELS_LAST_INPUT,),
        establishes=(Property.NARROW,),
    ),
)
"""From the streamlined graph to hardware layers. Nothing here changes a value: from here on every form is bit-equal."""


def end_in_labels(top_k: int) -> Pass:
    """Return the pass that puts a TopK of ``top_k`` at the end of the network."""
    return Pass(
        name="end in labels",
        steps=(rewrites.insert_topk(top_k), *finn(InferShapes, InferDataTypes)),
        reason="the last hardware layer chooses labels; scales before it do not matter to it and are dropped",
        requires=(Property.THRESHOLDS,),
        establishes=(Property.LABELS,),
    )


def to_integer(top_k: int) -> tuple[Pass, ...]:
    """Return the passes from QONNX (as :data:`READ` leaves it) to the integer graph that answers with ``top_k`` labels."""
    return (*TO_THRESHOLDS, end_in_labels(top_k), *TO_INTEGER)


def whole(top_k: int) -> tuple[Pass, ...]:
    """Return every pass in order."""
    return (*READ, *to_integer(top_k), *TO_HARDWARE)
