# SPDX-License-Identifier: Apache-2.0
from levada.netstack.emulation.probes import Probe, Probes
from levada.netstack.registers import LAYOUT_E, PROBE_BASE


def word(probes, register):
    return probes.word(LAYOUT_E.address(register) - PROBE_BASE)


def test_a_probe_counts_packets_and_bytes():
    probe = Probe([64, 64, 1408])
    assert (probe.packets, probe.bytes) == (3, 1536)


def test_a_probe_s_cycles_are_beats_of_64_bytes():
    assert Probe([1, 64, 65]).cycles == 4


def test_a_probe_starts_at_zero():
    assert (Probe().packets, Probe().bytes, Probe().cycles) == (0, 0, 0)


def test_a_probe_is_read_where_software_looks_for_it():
    probes = Probes()
    probes.app_in[1408] += 2
    assert [word(probes, f"app_in_{part}") for part in ("cycles", "bytes", "packets")] == [44, 2816, 2]


def test_a_probe_of_more_than_32_bits_has_a_high_word():
    probes = Probes()
    probes.eth_out[1 << 20] = 1 << 13
    offset = LAYOUT_E.address("eth_out_bytes") - PROBE_BASE
    assert (probes.word(offset), probes.word(offset + 4)) == (0, 2)


def test_a_reset_clears_every_probe():
    probes = Probes()
    probes.app_out[64] += 1
    probes.reset()
    assert probes.app_out.packets == word(probes, "app_out_packets") == 0
