# SPDX-License-Identifier: Apache-2.0
"""A folding file: what it fixes, what it leaves open, and the words for what it cannot ask."""

import msgspec
import pytest
from partition_toys import fold

from levada.core.errors import OptionError
from levada.core.manifests import Layer
from levada.partition.folding_file import FoldingEntry
from levada.partition.nearest import no_layer
from levada.partition.wishes import folding_rule

LAYERS = (
    Layer(name="MVAU_0", op="MVAU", node="MVAU_0", foldings=(fold(pe=1, simd=1), fold(pe=2, simd=1), fold(pe=2, simd=4)), default=1),
    Layer(name="Pool_0", op="Pool", node="Pool_0", foldings=(fold(pe=1),)),
)  # fmt: skip


def entry(folder, text):
    file = folder / "folding.toml"
    file.write_text(text)
    return folding_rule(str(file), LAYERS)


def test_a_file_fixes_a_folding(tmp_path):
    assert entry(tmp_path, "[MVAU_0]\npe = 2\nsimd = 4\n")(LAYERS[0]) == (2,)


def test_what_a_file_leaves_open_is_left_to_the_planner(tmp_path):
    assert entry(tmp_path, "[MVAU_0]\npe = 2\n")(LAYERS[0]) == (1, 2)


def test_layers_that_a_file_does_not_name_take_their_default(tmp_path):
    assert entry(tmp_path, "[Pool_0]\npe = 1\n")(LAYERS[0]) == (1,)


def test_layers_may_be_named_on_one_line(tmp_path):
    assert entry(tmp_path, 'MVAU_0 = { pe = 1, implementation = "hls" }')(LAYERS[0]) == (0,)


def test_a_file_with_an_unknown_layer_is_refused(tmp_path):
    with pytest.raises(OptionError, match="no layer 'MVAU_7' in this dataflow; the nearest names are MVAU_0, Pool_0"):
        entry(tmp_path, "[MVAU_7]\npe = 2\n")


def test_a_file_with_an_impossible_folding_is_refused(tmp_path):
    wanted = r"layer 'MVAU_0' has no folding with pe = 3; its PE and SIMD can be \(1, 1\), \(2, 1\), \(2, 4\)$"
    with pytest.raises(OptionError, match=wanted):
        entry(tmp_path, "[MVAU_0]\npe = 3\n")


def test_a_file_with_an_impossible_way_to_build_is_refused_with_those_that_exist(tmp_path):
    wanted = r'no folding with pe = 2, implementation = "vhdl"; with that PE and SIMD it can be hls$'
    with pytest.raises(OptionError, match=wanted):
        entry(tmp_path, '[MVAU_0]\npe = 2\nimplementation = "vhdl"\n')


def test_of_many_foldings_the_nearest_are_offered(tmp_path):
    file = tmp_path / "folding.toml"
    file.write_text("MVAU_0 = {pe = 41}")
    layer = msgspec.structs.replace(LAYERS[0], foldings=tuple(fold(pe=pe) for pe in range(2, 99, 2)))
    with pytest.raises(OptionError) as caught:
        folding_rule(str(file), [layer])
    offered = ", ".join(f"({pe}, 1)" for pe in range(30, 53, 2))
    assert str(caught.value).endswith(f"PE and SIMD nearest to it are {offered}")


def test_a_misspelt_field_is_named_with_its_layer(tmp_path):
    with pytest.raises(OptionError, match="for each layer; layer 'MVAU_0': Object contains unknown field `pee`"):
        entry(tmp_path, "[Pool_0]\npe = 1\n[MVAU_0]\npee = 2\n")


def test_the_nearest_name_is_found_whatever_its_case():
    assert no_layer("mvau_3", [f"{kind}_{n}" for kind in ("Pool", "MVAU") for n in range(9)]).endswith(
        "are MVAU_3, MVAU_0, MVAU_1"
    )


@pytest.mark.parametrize("text", ["[MVAU_0]\nPE = 2\n", "[MVAU_0]\npe = 'two'\n", "MVAU_0 = 2\n", "[MVAU_0\n", "\x00"])
def test_a_file_that_is_no_folding_file_is_refused(tmp_path, text):
    with pytest.raises(
        OptionError, match=r"folding.toml: expected a table of pe, simd, implementation, .* for each layer"
    ):
        entry(tmp_path, text)


def test_an_empty_entry_allows_any_folding():
    assert FoldingEntry().indices(LAYERS[0]) == (0, 1, 2)
