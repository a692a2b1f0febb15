# SPDX-License-Identifier: Apache-2.0
"""FINN's hardware operations in standard ONNX: one module per operation, each with ``emulate(node, constants, graph)``."""
