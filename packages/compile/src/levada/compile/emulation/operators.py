# SPDX-License-Identifier: Apache-2.0
"""The ONNX operators that emulation forms may use: all exist unchanged in opset 21 and run on integers in onnxruntime."""

STANDARD = frozenset({
    "Add", "Cast", "Clip", "Concat", "Div", "Floor", "Gather", "GreaterOrEqual", "Identity", "MatMul", "MatMulInteger",
    "Mod", "Mul", "Pad", "ReduceMax", "ReduceSum", "Reshape", "Slice", "Sub", "TopK", "Unsqueeze", "Where",
})  # fmt: skip
