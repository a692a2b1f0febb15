# SPDX-License-Identifier: Apache-2.0
"""`levada pareto` end to end: rows, files, going on where it stopped, and every word for what cannot be."""

import msgspec
import pytest

from levada.core import testing
from levada.core.cli import main
from levada.partition import pareto as command
from levada.partition.pareto import Table


@pytest.fixture
def tabulate(tmp_path, small, capsys):
    """Return a function from flags to (exit code, standard output, standard error)."""
    dataflow = testing.saved(tmp_path / "dataflow", small).folder

    def run(*flags, cluster="u280x2"):
        given = ["--cluster", cluster, "--weights", "bram", *flags, "--out", str(tmp_path / "table")]
        code = main(["--no-store", "pareto", str(dataflow), *given])
        shown = capsys.readouterr()
        return code, shown.out, " ".join(shown.err.split())

    return run


def table(folder):
    return msgspec.json.decode((folder / "table" / "pareto.json").read_bytes(), type=Table)


def test_there_is_a_row_for_each_number_of_cards(tabulate, tmp_path):
    assert (tabulate()[0], [row.point.cards for row in table(tmp_path).rows]) == (0, [1, 2])


def test_stores_and_clocks_are_crossed(tabulate, tmp_path):
    tabulate("--cards", "1", "--weights", "bram,uram", "--clock", "100,200")
    found = [(row.point.weights, row.point.clock_mhz) for row in table(tmp_path).rows]
    assert found == [("bram", 100.0), ("uram", 100.0), ("bram", 200.0), ("uram", 200.0)]


def test_a_layer_can_be_excepted_from_a_store(tabulate, tmp_path):
    tabulate("--cards", "1", "--weights", "bram,MVAU_0=uram,uram")
    assert [row.point.weights for row in table(tmp_path).rows] == ["bram,MVAU_0=uram", "uram"]


def test_the_clock_is_in_the_rate(tabulate, tmp_path):
    tabulate("--cards", "1", "--clock", "100,200")
    slow, quick = table(tmp_path).rows
    assert quick.images_per_s == pytest.approx(2 * slow.images_per_s)


def test_table_page_and_pictures_are_written(tabulate, tmp_path):
    tabulate("--cards", "1")
    written = {file.name for file in (tmp_path / "table").iterdir()}
    assert written == {"pareto.json", "pareto.md", "pareto.svg", "pareto.png"}


def test_without_matplotlib_there_is_a_table_and_a_note(tabulate, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "drawable", lambda: False)
    code, _, said = tabulate("--cards", "1")
    assert (code, "pip install 'levada-partition[plot]'" in said) == (0, True)
    assert not (tmp_path / "table" / "pareto.svg").exists()


def test_the_table_is_on_standard_output(tabulate):
    _, shown, _ = tabulate()
    assert "2 copies on 1 card each" in shown


def test_rows_that_are_there_are_not_planned_again(tabulate, monkeypatch, tmp_path):
    tabulate("--cards", "1")
    before = table(tmp_path).rows
    monkeypatch.setattr(command, "planned_as", lambda *given: pytest.fail("planned again"))
    assert (tabulate("--cards", "1")[0], table(tmp_path).rows) == (0, before)


def test_a_table_of_other_options_is_not_mixed(tabulate):
    tabulate("--cards", "1")
    code, _, said = tabulate("--cards", "1", "--limit", "bram=0.5")
    assert (code, "is a table of other options: --limit (there [], here ['bram=0.5'])" in said) == (2, True)


def test_a_table_of_another_dataflow_is_not_mixed(tabulate, tmp_path):
    tabulate("--cards", "1")
    file = tmp_path / "table" / "pareto.json"
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(table(tmp_path), dataflow="another")))
    code, _, said = tabulate("--cards", "1")
    assert (code, "is a table of another dataflow; choose another --out" in said) == (2, True)


@pytest.mark.parametrize("flags", [(), ("--force",)])
def test_nothing_is_written_into_an_artefact(tabulate, tmp_path, small, flags):
    testing.saved(tmp_path / "table", small)
    code, _, said = tabulate("--cards", "1", *flags)
    assert (code, "holds an artefact (manifest.json)" in said) == (2, True)
    assert not list((tmp_path / "table").glob("pareto*"))


def test_force_begins_anew(tabulate):
    tabulate("--cards", "1")
    assert tabulate("--cards", "1", "--limit", "bram=0.5", "--force")[0] == 0


def test_a_file_that_is_no_table_is_not_replaced(tabulate, tmp_path):
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "pareto.json").write_text("mine")
    assert tabulate("--cards", "1")[0] == 2


def test_a_point_that_does_not_fit_is_a_row_with_its_reason(tabulate, tmp_path):
    code, shown, _ = tabulate("--cards", "1", "--weights", "bram,lutram", "--weight-stream-bits", "100000,1")
    reasons = [row.reason for row in table(tmp_path).rows if row.status == "infeasible"]
    assert code == 0
    assert all("no folding with a weight stream of at most 1 bits" in reason for reason in reasons)
    assert reasons[0] in shown


def test_where_layers_are_anchored_no_copies_are_weighed(tabulate):
    shown = tabulate("--anchor", "MVAU_0=1")[1]
    assert ("copies not weighed" in shown, "1 card each" in shown) == (True, False)


def test_anchors_hold_in_every_row(tabulate, tmp_path):
    """One card cannot hold a layer on the second; two can."""
    code, *_ = tabulate("--anchor", "MVAU_1=2:0")
    assert (code, [row.status for row in table(tmp_path).rows]) == (0, ["infeasible", "optimal"])
    assert "layer 'MVAU_1' is anchored on card 2" in table(tmp_path).rows[0].reason


def test_where_nothing_fits_the_exit_code_is_2_and_the_table_is_there(tabulate, tmp_path):
    code, _, said = tabulate("--cards", "1", "--limit", "bram=0.0001")
    assert (code, "none of 1 points has a plan" in said) == (2, True)
    assert table(tmp_path).rows[0].reason


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--cards", "1,two"), "--cards '1,two': expected values with commas"),
        (("--cards", "0"), "--cards '0': expected"),
        (("--cards", "3"), "--cards 3: cluster 'u280x2' has 2"),
        (("--clock", "-5"), "--clock '-5': expected"),
        (("--clock", "inf"), "--clock 'inf': expected"),
        (("--weights", "bram,,uram"), "--weights 'bram,,uram': expected"),
        (("--weights", "MVAU_0=uram"), "exceptions LAYER=STORE behind theirs, got 'MVAU_0=uram'"),
        (("--weights", "tape"), "no weight store 'tape'"),
        (("--weight-stream-bits", "8191,-1"), "--weight-stream-bits '8191,-1': expected"),
        (("--folding", "tiny"), "--folding 'tiny'"),
        (("--anchor", "MVAU_1=7"), "--anchor 'MVAU_1=7': no card 7 in this cluster"),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(tabulate, flags, text):
    code, _, said = tabulate(*flags)
    assert (code, text in said) == (2, True)


def test_a_folder_that_cannot_be_made_is_refused(tabulate, tmp_path):
    (tmp_path / "table").write_text("a file")
    code, _, said = tabulate()
    assert (code, "cannot be made a folder" in said) == (2, True)
