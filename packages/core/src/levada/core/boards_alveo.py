# SPDX-License-Identifier: Apache-2.0
"""The Alveo boards that are built in, with the origin of every capacity."""

from levada.core.boards import DMA, Board, BoardMemory, Capacity, Delivery, Overhead, Slr
from levada.core.resources import Resources

GIB = 1 << 30
FINN = "FINN 1.6.1 finn.util.platforms (dynamic region)"
PAPER = "Machine Learning Across Network-Connected FPGAs, Table II, a third per SLR; FF and DSP of the VU37P data sheet"
HBM_CONTROLLER = Resources(lut=10_718, ff=21_793, bram18=8)
HBM = Overhead(function="hbm controller", slr=0, resources=HBM_CONTROLLER, origin="FINN 1.6.1 finn.util.platforms")
DDR_CONTROLLER = Resources(lut=33_256, ff=44_889, bram18=199, dsp=3)
PSEUDO_CHANNELS = 32
"""AXI ports of an HBM subsystem of two stacks (PG276); Vitis names them HBM[0:31]."""
DDR4 = Delivery(gbytes_per_s=19.2, ports=1, origin="DDR4-2400, 64 of 72 bits are data")
SLL_BITS = 5000
"""FINN's guidance per boundary; its comment gives 23 040 physical wires on a U50."""


def _finn(lut: int, bram18: int, uram: int, dsp: int, ff: int | None = None) -> Capacity:
    """Return a capacity as FINN lists it; most of its entries have two flip-flops per LUT."""
    counts = Resources(lut=lut, ff=2 * lut if ff is None else ff, bram18=bram18, uram=uram, dsp=dsp)
    return Capacity(basis="finn", resources=counts, origin=FINN)


def _hbm(gbytes_per_s: float, sheet: str) -> Delivery:
    """Return what an HBM subsystem delivers by a board's data sheet."""
    return Delivery(gbytes_per_s=gbytes_per_s, ports=PSEUDO_CHANNELS, origin=f"{sheet}; 32 pseudo channels (PG276)")


def _share(total: Resources, slrs: int) -> Resources:
    return Resources(*(None if count is None else count // slrs for count in total.counts()))


def _device(total: Resources, slrs: int, chip: str) -> Capacity:
    return Capacity(
        basis="device", resources=_share(total, slrs), origin=f"{chip} data sheet (DS890), an equal share per SLR"
    )


PLATFORM_SHARE = 0.555
"""How much of a static region the platform's logic (PCIe, DMA, clocks, management) fills: fitted on a U280, see docs/estimates.md."""


def _platform(slrs: tuple[Slr, ...], chip: str) -> tuple[Overhead, ...]:
    """Return what the platform takes of each SLR: charged where a basis counts the whole device, not its dynamic region alone."""
    origin = (
        "levada (share fitted on designs for a U280): a share of what lies outside the dynamic region, "
        f"{chip} data sheet less FINN 1.6.1 finn.util.platforms"
    )
    found = []
    for slr in slrs:
        whole, region = (next(c.resources for c in slr.capacities if c.basis == basis) for basis in ("device", "finn"))
        static = Resources(
            lut=_filled(whole.lut, region.lut),
            ff=_filled(whole.ff, region.ff),
            bram18=_filled(whole.bram18, region.bram18),
        )
        found.append(
            Overhead(function="platform", slr=slr.index, resources=static, origin=origin, bases=("paper", "device"))
        )
    return tuple(found)


def _filled(whole: int | None, region: int | None) -> int | None:
    return None if whole is None or region is None else round(PLATFORM_SHARE * (whole - region))


VU35P = Resources(lut=871_680, ff=1_743_360, bram18=2_688, uram=640, dsp=5_952)
VU37P = Resources(lut=1_303_680, ff=2_607_360, bram18=4_032, uram=960, dsp=9_024)
VU13P = Resources(lut=1_728_000, ff=3_456_000, bram18=5_376, uram=1_280, dsp=12_288)
PAPER_U280 = Resources(lut=1_903_200, ff=2_607_360, bram18=4_032, uram=960, dsp=9_024)

U280_SLRS = tuple(
    Slr(
        index=index,
        capacities=(
            Capacity(basis="paper", resources=_share(PAPER_U280, 3), origin=PAPER),
            _device(VU37P, 3, "VU37P"),
            finn,
        ),
    )
    for index, finn in enumerate(
        (_finn(400_800, 1_200, 320, 2_736), _finn(382_080, 1_152, 320, 2_880), _finn(380_640, 1_152, 320, 2_880))
    )
)

U280 = Board(
    name="u280",
    part="xcu280-fsvh2892-2L-e",
    platform="xilinx_u280_gen3x16_xdma_1_202211_1",
    slrs=U280_SLRS,
    sll_bits=SLL_BITS,
    memories=(
        BoardMemory(bank="HBM[0:31]", size_bytes=8 * GIB, slr=0, delivery=_hbm(460, "U280 data sheet (DS963)")),
        BoardMemory(bank="DDR[0]", size_bytes=16 * GIB, slr=0, delivery=DDR4),
        BoardMemory(bank="DDR[1]", size_bytes=16 * GIB, slr=1, delivery=DDR4),
    ),
    qsfp_slrs=(2, 2),
    shell=(HBM, *_platform(U280_SLRS, "VU37P")),
    dma=DMA,
)

U250_SLRS = tuple(
    Slr(index=index, capacities=(_device(VU13P, 4, "VU13P"), _finn(375_000, 1_152, 320, 2_880))) for index in range(4)
)

U250 = Board(
    name="u250",
    part="xcu250-figd2104-2L-e",
    platform="xilinx_u250_gen3x16_xdma_4_1_202210_1",
    slrs=U250_SLRS,
    sll_bits=SLL_BITS,
    memories=tuple(
        BoardMemory(bank=f"DDR[{index}]", size_bytes=16 * GIB, slr=index, delivery=DDR4) for index in range(4)
    ),
    qsfp_slrs=(2, 2),
    shell=(
        Overhead(function="ddr controller", slr=0, resources=DDR_CONTROLLER, origin="FINN 1.6.1 finn.util.platforms"),
        *_platform(U250_SLRS, "VU13P"),
    ),
    dma=DMA,
)

U55C_SLRS = tuple(
    Slr(index=index, capacities=(_device(VU37P, 3, "VU47P"), finn))
    for index, finn in enumerate(
        (
            _finn(386_000, 1_200, 320, 2_664, ff=773_000),
            _finn(364_000, 1_152, 320, 2_784, ff=729_000),
            _finn(381_000, 1_200, 320, 2_856, ff=763_000),
        )
    )
)

U55C = Board(
    name="u55c",
    part="xcu55c-fsvh2892-2L-e",
    platform="xilinx_u55c_gen3x16_xdma_3_202210_1",
    slrs=U55C_SLRS,
    sll_bits=SLL_BITS,
    memories=(
        BoardMemory(bank="HBM[0:31]", size_bytes=16 * GIB, slr=0, delivery=_hbm(460, "U55C data sheet (DS978)")),
    ),
    qsfp_slrs=(1, 1),
    shell=(HBM, *_platform(U55C_SLRS, "VU47P")),
    dma=DMA,
)

U50_SLRS = tuple(
    Slr(index=index, capacities=(_device(VU35P, 2, "VU35P"), finn))
    for index, finn in enumerate((_finn(374_400, 1_128, 304, 2_592), _finn(368_160, 1_128, 304, 2_760)))
)

U50 = Board(
    name="u50",
    part="xcu50-fsvh2104-2-e",
    platform="xilinx_u50_gen3x16_xdma_5_202210_1",
    slrs=U50_SLRS,
    sll_bits=SLL_BITS,
    memories=(BoardMemory(bank="HBM[0:31]", size_bytes=8 * GIB, slr=0, delivery=_hbm(316, "U50 data sheet (DS965)")),),
    qsfp_slrs=(1,),
    shell=(HBM, *_platform(U50_SLRS, "VU35P")),
    dma=DMA,
)

ALVEO = (U280, U250, U55C, U50)
