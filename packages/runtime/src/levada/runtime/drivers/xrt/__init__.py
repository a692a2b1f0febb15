# SPDX-License-Identifier: Apache-2.0
"""Real cards through XRT: pyxrt for DMAs, the XRT core library for registers that pyxrt cannot reach."""
