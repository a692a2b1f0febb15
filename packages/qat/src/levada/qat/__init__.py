# SPDX-License-Identifier: Apache-2.0
"""Quantisation-aware training: networks of Brevitas layers, data sets, one training loop, and the export to QONNX."""

__version__ = "0.1.0"
