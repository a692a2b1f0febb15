# SPDX-License-Identifier: Apache-2.0
"""The folding of ResNet-50 in finn-examples, by role.

Source: https://github.com/Xilinx/finn-examples, build/resnet50/folding_config, the configuration that came as
``U250_folding_config_no_doublepack_pe_folded_16.json`` (2021) and is ``U250_folding_config.json`` since 2024; the paper's
networks are folded so. It names nodes of its own graph, of which several have no counterpart here; what they do has.
Its slowest layers, the 3x3 convolutions, take 903 168 cycles.
"""

from collections.abc import Mapping, Sequence

from levada.compile.fifos import PRODUCT
from levada.compile.layers.attributes import integer, integer_type
from levada.compile.published.roles import Place, Role, roles
from levada.compile.published.rule import Wanted
from levada.core.interfaces import HardwareNode

NAME = "finn-examples"

_STREAM_LANES, _JOIN_LANES = 4, 2
"""Lanes of paddings, windows and pools; and of forks, sums and thresholds."""

_STEM = Wanted(pe=64, simd=3, implementation="hls", multiplier="lut", thresholds="fused")
_LEAST_RTL_BITS = 4
"""FINN itself takes RTL for types of at least so many bits (finn: ``SpecializeLayers``), and the rule leaves it the choice."""


def folding(nodes: Sequence[HardwareNode]) -> Mapping[str, tuple[Wanted, ...]]:
    """Return what the rule asks of each layer, best first; nothing where the network is no bottleneck network."""
    found = roles(nodes)
    return {node.name: _wanted(node, found[node.name]) for node in nodes if node.name in found}


def _wanted(node: HardwareNode, role: Role) -> tuple[Wanted, ...]:
    if node.op == PRODUCT:
        return _product(node, role)
    return _streaming(node, role)


def _product(node: HardwareNode, role: Role) -> tuple[Wanted, ...]:
    if role.place is Place.STEM:
        return (_STEM,)
    if role.place is Place.HEAD:
        return _classifier(node)
    pe, simd = _convolution(role)
    return (Wanted(pe=pe, simd=simd, implementation="hls", multiplier="lut", thresholds="fused"),)


def _classifier(node: HardwareNode) -> tuple[Wanted, ...]:
    wide = min(integer_type(node, f"{end}DataType").bits for end in ("input", "weight")) >= _LEAST_RTL_BITS
    hls, rtl = (
        Wanted(pe=1, simd=4, implementation="hls", multiplier="lut"),
        Wanted(pe=1, simd=4, implementation="rtl"),
    )
    return (rtl, hls) if wide else (hls, rtl)


def _convolution(role: Role) -> tuple[int, int]:
    """Return PE and SIMD of a convolution in a block.

    Wide are the 3x3 ones, the 1x1 ones that begin a stage but the first, and by itself the last one of the first stage.
    """
    begins = role.block == 1
    if role.place is Place.FIRST and role.stage == 1 and begins:
        return 1, 16
    new_stage = begins and role.stage > 1 and role.place in {Place.FIRST, Place.SHORTCUT}
    alone = role.place is Place.LAST and (role.stage, role.block) == (1, 3)
    return 2, 64 if role.place is Place.MIDDLE or new_stage or alone else 32


def _streaming(node: HardwareNode, role: Role) -> tuple[Wanted, ...]:
    if node.op == "FMPadding":
        return (Wanted(simd=min(integer(node, "NumChannels"), _STREAM_LANES)),)
    if node.op == "ConvolutionInputGenerator":
        lanes = min(integer(node, "IFMChannels"), _STREAM_LANES)
        return (Wanted(pe=lanes, simd=lanes),)
    if node.op == "Pool":
        return (Wanted(pe=_STREAM_LANES),)
    return (Wanted(pe=1 if role.place is Place.HEAD else _JOIN_LANES),)
