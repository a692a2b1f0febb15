# SPDX-License-Identifier: Apache-2.0
"""The chart of ``levada pareto``: what stands in it, and that equal rows are drawn alike."""

from pathlib import Path

import pytest

from levada.core.resources import Fractions
from levada.partition.chart import draw_rows
from levada.partition.frontier import Point, Row, compared
from levada.partition.heading import Heading

pytest.importorskip("matplotlib")
HEADING = Heading(
    dataflow="toy", cluster="u280x2", boards=("u280",), topology="loop", folding="fastest", basis="finn",
    limits=Fractions(), slr_limits=Fractions(),
)  # fmt: skip


def rows(bits=(None,), clocks=(200.0,), alike=2):
    made = [
        Row(
            point=Point(cards=cards, weights=store, clock_mhz=clock, weight_stream_bits=width),
            status="optimal",
            images_per_s=100.0 * cards,
        )
        for width in bits
        for store in ("bram", "uram")
        for clock in clocks
        for cards in (1, 2)
    ]
    return compared(made, alike=alike)


def drawn(folder, *given, **more):
    draw_rows(rows(*given, **more), HEADING, folder / "chart.svg")
    return (folder / "chart.svg").read_text()


def test_axes_have_labels_with_units(tmp_path):
    shown = drawn(tmp_path)
    assert all(text in shown for text in ("images per second", ">cards<", "toy: highest planned rate"))


def test_every_store_and_clock_is_in_the_legend(tmp_path):
    shown = drawn(tmp_path)
    assert all(text in shown for text in ("bram, 200 MHz<", "uram, 200 MHz<", "Pareto front", "bram, 200 MHz, copies<"))


def test_each_width_of_weight_streams_has_a_panel(tmp_path):
    shown = drawn(tmp_path, bits=(8191, 16384))
    assert all(f"{bits} bits" in shown for bits in (8191, 16384))


def test_equal_rows_give_equal_files(tmp_path):
    assert drawn(tmp_path) == drawn(tmp_path)


def test_a_png_is_one(tmp_path):
    draw_rows(rows(), HEADING, tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def figure(monkeypatch):
    """Return a function from arguments of ``rows`` to the drawn figure."""
    from matplotlib.figure import Figure

    kept = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: kept.append(figure))

    def draw(**more):
        draw_rows(rows(**more), HEADING, Path("chart.svg"))
        kept[-1].draw_without_rendering()
        return kept[-1]

    return draw


def test_what_all_rows_share_is_under_the_title(tmp_path):
    assert all(text in drawn(tmp_path) for text in ("Cluster u280x2 (u280)", "basis finn", "LUT 70 %"))


def test_what_is_not_drawn_is_not_in_the_legend(figure):
    labels = [text.get_text() for text in figure(alike=0).legends[0].get_texts()]
    assert labels == ["bram, 200 MHz", "uram, 200 MHz", "Pareto front"]


@pytest.mark.parametrize("bits", [(None,), (8191, 16384)])
def test_title_panels_and_legend_keep_clear_of_one_another(figure, bits):
    shown = figure(bits=bits, clocks=(100.0, 200.0, 300.0))
    legend = shown.legends[0].get_window_extent()
    title = shown._suptitle.get_window_extent()
    for axes in shown.axes:
        panel = axes.get_tightbbox()
        assert legend.y1 <= panel.y0 < panel.y1 <= title.y0
    assert 0 <= title.x0 < title.x1 <= shown.bbox.x1
    assert 0 <= legend.x0 < legend.x1 <= shown.bbox.x1


def test_copies_at_two_clocks_have_two_marks(figure):
    (axes,) = figure(clocks=(100.0, 200.0)).axes
    marks = {line.get_label(): line.get_marker() for line in axes.get_lines()}
    assert marks["bram, 100 MHz, copies"] != marks["bram, 200 MHz, copies"]


def test_series_of_equal_rates_differ_in_dashes_and_place(figure):
    """At two clocks the stores are equally fast here."""
    (axes,) = figure(clocks=(100.0, 200.0)).axes
    series = [line for line in axes.get_lines() if line.get_label().endswith("MHz")]
    assert len({line.get_linestyle() for line in series}) == len({line.get_xdata()[0] for line in series}) == 4
