# SPDX-License-Identifier: Apache-2.0
"""The chart of ``levada pareto``: what stands in it, and that equal rows are drawn alike."""

import pytest

from levada.partition.chart import draw_rows
from levada.partition.frontier import Point, Row, compared

pytest.importorskip("matplotlib")


def rows(bits=(None,)):
    made = [
        Row(
            point=Point(cards=cards, weights=store, clock_mhz=200.0, weight_stream_bits=width),
            status="optimal",
            images_per_s=100.0 * cards,
        )
        for width in bits
        for store in ("bram", "uram")
        for cards in (1, 2)
    ]
    return compared(made, alike=2)


def drawn(folder, *given, **more):
    draw_rows(rows(*given, **more), "toy", folder / "chart.svg")
    return (folder / "chart.svg").read_text()


def test_axes_have_labels_with_units(tmp_path):
    shown = drawn(tmp_path)
    assert all(text in shown for text in ("images per second", ">cards<", "toy: highest planned rate"))


def test_every_store_and_clock_is_in_the_legend(tmp_path):
    shown = drawn(tmp_path)
    assert all(
        text in shown for text in ("bram, 200 MHz", "uram, 200 MHz", "Pareto front", "copies of a shorter pipeline")
    )


def test_each_width_of_weight_streams_has_a_panel(tmp_path):
    shown = drawn(tmp_path, bits=(8191, 16384))
    assert all(f"{bits} bits" in shown for bits in (8191, 16384))


def test_equal_rows_give_equal_files(tmp_path):
    assert drawn(tmp_path) == drawn(tmp_path)


def test_a_png_is_one(tmp_path):
    draw_rows(rows(), "toy", tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
