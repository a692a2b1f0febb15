# SPDX-License-Identifier: Apache-2.0
"""The rules that a deployment must keep to work on VNx, one function each.

Nothing here comes from :mod:`levada.netstack.planning`: the figures are VNx's, written down a second time, and every quantity is
computed anew from what the deployment says, so that a fault in planning does not hide itself.
"""

from levada.netstack.checking.verdict import RULES, verdict

__all__ = ["RULES", "verdict"]
