# SPDX-License-Identifier: Apache-2.0
"""A small board and clusters of emulated cards."""

from typing import Any

import msgspec

from levada.core import presets
from levada.core.boards import Board, BoardMemory, Capacity, Overhead, Slr
from levada.core.boards_alveo import U280
from levada.core.cluster import Cluster
from levada.core.resources import Resources

SLR = Resources(lut=20_000, ff=40_000, bram18=100, uram=20, dsp=100)
ORIGIN = "levada.core.testing"


def board(name: str = "toy", slr_count: int = 2, **overrides: Any) -> Board:
    """Return a board of ``slr_count`` equal SLRs of 20 000 LUT, one QSFP on the last, all three bases alike."""
    capacities = tuple(
        Capacity(basis=basis, resources=SLR, origin=ORIGIN) for basis in ("paper", "device", "finn")
    )  # fmt: skip
    toy = Board(
        name=name,
        part="xc-toy-1",
        platform="toy_platform_1",
        slrs=tuple(Slr(index=index, capacities=capacities) for index in range(slr_count)),
        sll_bits=5000,
        memories=(BoardMemory(bank="DDR[0]", size_bytes=1 << 30, slr=0),),
        qsfp_slrs=(slr_count - 1,),
        shell=(Overhead(function="ddr controller", slr=0, resources=Resources(lut=1000), origin=ORIGIN),),
    )
    return msgspec.structs.replace(toy, **overrides)


def u280() -> Board:
    """Return the U280 that the builders' plans and deployments stand on."""
    return U280


def cluster(count: int = 2, /, **overrides: Any) -> Cluster:
    """Return a cluster of ``count`` emulated U280 cards, each in a host of its own on the loopback."""
    return msgspec.structs.replace(presets.emulated(count), **overrides)
