# SPDX-License-Identifier: Apache-2.0
"""The twelve probes of VNx: cycles, bytes and packets that passed each place of the network layer."""

from collections import Counter

from levada.netstack.registers import PROBE_STRIDE

FLIT_BYTES = 64


class Probe(Counter[int]):
    """One place's counters: how many packets of each size passed, since ``probe[size] += 1`` is all that a packet should cost.

    Without a clock, ``cycles`` counts the 64-byte beats that passed.
    """

    @property
    def packets(self) -> int:
        """Return how many packets passed."""
        return self.total()

    @property
    def bytes(self) -> int:
        """Return how many bytes passed."""
        return sum(size * count for size, count in self.items())

    @property
    def cycles(self) -> int:
        """Return how many beats passed."""
        return sum(-(-size // FLIT_BYTES) * count for size, count in self.items())


class Probes:
    """All twelve, by name, and as the words that software reads.

    ``app_out`` is what the accelerator sends, ``app_in`` what it gets; ``app_out`` counts before anything is dropped.
    """

    def __init__(self) -> None:
        """Start at zero."""
        self.reset()

    def reset(self) -> None:
        """Clear every probe."""
        self.eth_in, self.pkth_in, self.arp_in, self.arp_out = Probe(), Probe(), Probe(), Probe()
        self.icmp_in, self.icmp_out, self.ethhi_out, self.eth_out = Probe(), Probe(), Probe(), Probe()
        self.udp_in, self.app_out, self.udp_out, self.app_in = Probe(), Probe(), Probe(), Probe()
        self._in_order = (
            self.eth_in, self.pkth_in, self.arp_in, self.arp_out, self.icmp_in, self.icmp_out,
            self.ethhi_out, self.eth_out, self.udp_in, self.app_out, self.udp_out, self.app_in,
        )  # fmt: skip

    def word(self, offset: int) -> int:
        """Return the 32-bit word at a byte offset from the first probe: cycles, bytes, packets, low halves first."""
        index, within = divmod(offset, PROBE_STRIDE)
        probe = self._in_order[index]
        value = (probe.cycles, probe.bytes, probe.packets)[within // 8]
        return value >> (32 if within % 8 else 0) & 0xFFFFFFFF
