# SPDX-License-Identifier: Apache-2.0
"""What others published for networks of a known shape, as rules by role: foldings and FIFO depths. Here is which there are."""

from levada.compile.published import finn_examples, finn_examples_fifos
from levada.compile.published.rule import FifoRule, FoldingRule

FOLDING_RULES: dict[str, FoldingRule] = {finn_examples.NAME: finn_examples.folding}
"""Rule by name, as ``Layer.named`` names them. Each looks at the whole network, so no layer class has to know of any."""

FIFO_RULES: dict[str, FifoRule] = {finn_examples.NAME: finn_examples_fifos.fifos}
"""Rule by name, as ``levada compile --fifos`` takes them; each counts on the folding rule of the same name."""
