# SPDX-License-Identifier: Apache-2.0
"""The network between the cards: VNx, a UDP/IP stack for 100 GbE in the fabric of an FPGA.

``planning`` gives ports their addresses and cuts their packets; ``checking`` proves a deployment and shares no code with it;
``configuring`` brings a port to the state the deployment asks for, through its registers; ``emulation`` is a port without card.
"""

from levada.netstack.vnx import Vnx

__all__ = ["Vnx"]
