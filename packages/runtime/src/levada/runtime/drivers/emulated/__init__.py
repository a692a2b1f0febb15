# SPDX-License-Identifier: Apache-2.0
"""Emulated cards: onnxruntime computes, the network's own port model packs, local sockets are the cables."""
