# SPDX-License-Identifier: Apache-2.0
"""From a QONNX graph to a dataflow of FINN hardware layers.

Start with :mod:`levada.compile.pipeline` (the passes, in order, with the reason for each odd one), then
:mod:`levada.compile.stage` (what the ``compile`` stage does with them).
"""

__version__ = "0.1.0"
