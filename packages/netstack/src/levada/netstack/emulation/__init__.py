# SPDX-License-Identifier: Apache-2.0
"""A VNx port without a card: registers, tables, Ethernet frames and the bridge to the accelerator, all without input or output."""
