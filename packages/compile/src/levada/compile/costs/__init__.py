# SPDX-License-Identifier: Apache-2.0
"""Pure cost formulas of FINN's hardware operations: cycles per inference, and FPGA resources without weight memories.

Every formula says where it is from: *finn* (transcribed from the named class of finn-plus 1.6.1 and compared with it in the
tests) or *levada* (where FINN leaves 0 or has none). docs/estimates.md lists them all with what they were checked against.
"""
