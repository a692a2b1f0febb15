# SPDX-License-Identifier: Apache-2.0
"""Foldings that others published for networks of a known shape, as rules by role. One module per rule; here is which there are."""

from levada.compile.published import finn_examples
from levada.compile.published.rule import FoldingRule

FOLDING_RULES: dict[str, FoldingRule] = {finn_examples.NAME: finn_examples.folding}
"""Rule by name, as ``Layer.named`` names them. Each looks at the whole network, so no layer class has to know of any."""
