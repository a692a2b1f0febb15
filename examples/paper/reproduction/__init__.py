# SPDX-License-Identifier: Apache-2.0
"""The paper's tables and figures beside what Levada computes: run ``python examples/paper --out DIR``."""
