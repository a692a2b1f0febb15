# SPDX-License-Identifier: Apache-2.0
"""Register slices at the ports of HLS kernels."""

from levada.compile.costs.ports import hls_ports
from levada.core.resources import Resources


def test_a_kernel_without_ports_has_its_control_alone() -> None:
    assert hls_ports([]) == Resources(lut=24, ff=16)


def test_a_bit_of_a_port_is_a_lut_and_two_registers() -> None:
    assert hls_ports([33]).lut - hls_ports([32]).lut == 1
    assert hls_ports([33]).ff - hls_ports([32]).ff == 2


def test_ports_add_up() -> None:
    both, none = hls_ports([8, 8]), hls_ports([])
    assert both.lut - none.lut == 2 * (hls_ports([8]).lut - none.lut)
