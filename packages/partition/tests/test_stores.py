# SPDX-License-Identifier: Apache-2.0
"""Memory counts against FINN's own estimates for ResNet-50 W4A5 (finn-plus 1.6.1), and what each store asks of FINN."""

import pytest
from partition_toys import fold, toy

from levada.core import testing
from levada.core.manifests import Layer, Memory
from levada.partition.stores import Bram, External, Lutram, Uram, bram18, cascade, streamer

# MW, MH, PE, SIMD, weight bits, how many such layers, UltraRAM each, RAMB18 each: the 53 convolutions of ResNet-50
CONVOLUTIONS = [
    (147, 64, 64, 3, 8, 1, 22, 43),
    (64, 64, 1, 16, 4, 1, 1, 2),
    (64, 256, 2, 32, 4, 3, 4, 8),
    (576, 64, 2, 64, 4, 3, 8, 15),
    (256, 64, 2, 32, 4, 2, 4, 8),
    (64, 256, 2, 64, 4, 1, 8, 15),
    (256, 128, 2, 64, 4, 1, 8, 15),
    (256, 512, 2, 64, 4, 1, 8, 29),
    (1152, 128, 2, 64, 4, 4, 8, 58),
    (128, 512, 2, 32, 4, 4, 4, 15),
    (512, 128, 2, 32, 4, 3, 4, 15),
    (512, 256, 2, 64, 4, 1, 8, 29),
    (512, 1024, 2, 64, 4, 1, 8, 116),
    (2304, 256, 2, 64, 4, 6, 16, 145),
    (256, 1024, 2, 32, 4, 6, 4, 60),
    (1024, 256, 2, 32, 4, 5, 4, 60),
    (1024, 512, 2, 64, 4, 1, 8, 116),
    (1024, 2048, 2, 64, 4, 1, 32, 464),
    (4608, 512, 2, 64, 4, 3, 40, 522),
    (512, 2048, 2, 32, 4, 3, 16, 240),
    (2048, 512, 2, 32, 4, 2, 16, 240),
]
LAYER = Layer(name="conv", op="MVAU", node="conv", foldings=())


def memory(mw, mh, pe, simd, bits):
    return Memory(words=mw * mh // (pe * simd), bits=pe * simd * bits)


def cost(store, words, bits, layer=LAYER):
    return store().cost(Memory(words=words, bits=bits), layer, toy())


@pytest.mark.parametrize("row", CONVOLUTIONS, ids=lambda row: "x".join(map(str, row[:5])))
def test_uram_of_every_convolution_is_finns(row):
    assert Uram().cost(memory(*row[:5]), LAYER, toy()).resources.uram == row[6]


@pytest.mark.parametrize("row", CONVOLUTIONS, ids=lambda row: "x".join(map(str, row[:5])))
def test_bram_of_every_convolution_is_finns(row):
    assert Bram().cost(memory(*row[:5]), LAYER, toy()).resources.bram18 == row[7]


def test_resnet_50_has_53_convolutions_with_547_uram():
    """The paper's two single designs differ by 587 - 40 = 547 UltraRAM blocks."""
    counts = [(row[5], Uram().cost(memory(*row[:5]), LAYER, toy()).resources.uram) for row in CONVOLUTIONS]
    assert (sum(n for n, _ in counts), sum(n * blocks for n, blocks in counts)) == (53, 547)


def test_resnet_50_convolutions_take_5547_halves_of_block_ram():
    assert sum(row[5] * bram18(memory(*row[:5])) for row in CONVOLUTIONS) == 5547


@pytest.mark.parametrize(
    ("words", "bits", "halves"),
    [
        (16384, 1, 1),
        (16385, 1, 2),
        (8192, 2, 1),
        (8193, 2, 2),
        (4096, 3, 1),
        (4096, 4, 1),
        (4097, 4, 2),
        (2048, 5, 1),
        (2048, 9, 1),
        (2049, 9, 2),
        (1024, 10, 1),
        (1024, 18, 1),
        (1025, 18, 2),
        (512, 19, 1),
        (512, 36, 1),
        (512, 37, 2),
        (513, 36, 2),
        (513, 37, 3),
    ],
)
def test_a_block_ram_half_has_the_shapes_of_the_data_sheet(words, bits, halves):
    assert bram18(Memory(words=words, bits=bits)) == halves


@pytest.mark.parametrize(("words", "bits", "blocks"), [(4096, 72, 1), (4097, 72, 2), (4096, 73, 2), (1, 1, 1)])
def test_an_uram_block_holds_4096_words_of_72_bits(words, bits, blocks):
    assert cost(Uram, words, bits).resources.uram == blocks


@pytest.mark.parametrize(("words", "bits", "luts"), [(64, 8, 8), (65, 8, 16), (1, 8, 8)])
def test_a_lut_holds_64_words_of_a_bit(words, bits, luts):
    address = streamer(Memory(words=words, bits=0)).lut
    assert cost(Lutram, words, bits).resources.lut == luts + bits + address


@pytest.mark.parametrize("store", [Bram, Uram, Lutram])
def test_the_streamer_of_a_memory_takes_logic_by_the_bit(store):
    narrow, wide = cost(store, 64, 8).resources, cost(store, 64, 16).resources
    assert wide.ff - narrow.ff == 8


@pytest.mark.parametrize("store", [Bram, Uram, Lutram])
def test_memory_on_chip_reads_nothing_from_outside(store):
    assert cost(store, 64, 8).external_bytes == 0


@pytest.mark.parametrize("store", [Bram, Uram, Lutram, External])
def test_every_cost_says_where_it_is_from(store):
    assert "levada" in cost(store, 64, 8).origin


@pytest.mark.parametrize("store", [Bram, Uram, Lutram])
def test_no_count_of_a_memory_on_chip_is_unknown(store):
    assert cost(store, 64, 8).resources.unknown() == ()


def test_external_weights_are_read_once_a_cycle():
    """FINN streams 57.8 MB per image for this convolution of ResNet-50."""
    layer = testing.layer("MVAU_1", foldings=(fold(cycles=903_168, weights=(288, 512)),))
    assert cost(External, 288, 512, layer).external_bytes == 57_802_752


def test_the_paper_reads_2_megabytes_for_its_last_layer():
    layer = testing.layer("MVAU_2", foldings=(fold(cycles=512_000, weights=(512_000, 32)),))
    assert cost(External, 512_000, 32, layer).external_bytes == 2_048_000


def test_external_words_are_padded_to_whole_bytes():
    layer = testing.layer("MVAU_2", foldings=(fold(cycles=10, weights=(10, 12)),))
    assert cost(External, 10, 12, layer).external_bytes == 20


def test_external_weights_take_no_memory_of_their_own_but_a_dma():
    assert cost(External, 512_000, 32).resources.uram == 0
    assert cost(External, 512_000, 32).resources.lut == 2000


def test_external_words_wider_than_a_dma_are_unknown_and_not_free():
    assert cost(External, 16, 513).resources.unknown() == ("lut", "ff", "bram18")


@pytest.mark.parametrize(
    ("store", "attributes"),
    [
        (Bram, {"mem_mode": "internal_decoupled", "ram_style": "block"}),
        (Uram, {"mem_mode": "internal_decoupled", "ram_style": "ultra", "runtime_writeable_weights": 1}),
        (Lutram, {"mem_mode": "internal_decoupled", "ram_style": "distributed"}),
        (External, {"mem_mode": "external"}),
    ],
)
def test_stores_are_built_by_finns_attributes(store, attributes):
    assert store().finn_attributes(testing.plan().layers[0]) == attributes


def test_a_shallow_memory_needs_no_logic_to_select_blocks():
    assert cascade(Memory(words=512, bits=512)) == 0 == cascade(Memory(words=1024, bits=256))


def test_blocks_in_a_row_take_a_few_lut_whatever_the_words_width():
    # 18 blocks in a row, 29 beside each other
    assert cascade(Memory(words=18432, bits=512)) == 3 * 18 + 2 * 522 // 5


def test_the_logic_of_a_block_ram_is_cascade_and_streamer():
    memory = Memory(words=18432, bits=512)
    assert Bram().cost(memory, LAYER, toy()).resources.lut == cascade(memory) + streamer(memory).lut
