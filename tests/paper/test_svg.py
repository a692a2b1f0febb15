# SPDX-License-Identifier: Apache-2.0
"""Drawing: texts are escaped, pictures say what they are, and what is slowest is marked."""

from xml.etree import ElementTree

import pytest

from levada.core.testing import plan
from reproduction import layer_chart, link_chart, rate_chart, svg
from reproduction.wording import amount, number, percent, times


def drawn(*elements):
    return svg.render(svg.Sheet(width=100, height=50, title="a <picture>", elements=elements))


def test_texts_are_escaped():
    assert "a &lt;b&gt; &amp; c" in drawn(svg.Label(x=1, y=2, text="a <b> & c"))


def test_a_picture_has_a_title_for_those_who_cannot_see_it():
    assert "<title>a &lt;picture&gt;</title>" in drawn()


def test_a_box_never_has_a_negative_length():
    assert 'width="0"' in drawn(svg.Box(x=1, y=1, width=-3, height=2, fill=svg.BLUE))


def test_a_picture_can_be_parsed():
    root = ElementTree.fromstring(drawn(svg.Line(x1=0, y1=0, x2=5.5, y2=1), svg.Label(x=0, y=0, text="x", halo=True)))
    assert root.get("viewBox") == "0 0 100 50"


def test_the_slowest_layers_and_no_others_are_red():
    made = plan(1)
    red = [
        each for each in layer_chart.picture(made, [200]).elements if isinstance(each, svg.Box) and each.fill == svg.RED
    ]
    bars = [box for box in red if box.hint]
    assert [box.hint.partition(":")[0] for box in bars] == [layer.name for layer in layer_chart.slowest(made)]


def test_the_heading_of_the_layers_tells_the_rate_at_each_clock():
    made = plan(1)
    texts = [each.text for each in layer_chart.picture(made, [200, 150]).elements if isinstance(each, svg.Label)]
    cycles = made.performance.cycles
    assert any(
        f"{2e8 / cycles:.2f} images/s at 200 MHz, {1.5e8 / cycles:.2f} images/s at 150 MHz" in text for text in texts
    )


def test_bars_of_bytes_are_to_one_scale():
    boxes = [each for each in link_chart.picture([plan(3, "loop")]).elements if isinstance(each, svg.Box) and each.hint]
    scale = {round(box.width / int(box.hint.split()[0]), 6) for box in boxes}
    assert len(scale) == 1


@pytest.mark.parametrize(("published", "word"), [(162.32, "26.7"), (176.10, "published (")])
def test_a_gap_of_more_than_five_percent_is_called_unexplained(published, word):
    bound = 221.44 if published < 170 else 177.15
    pair = rate_chart.Pair(design="x", clock_mhz=200, cards=1, published=published, bound=bound)
    texts = [each.text for each in rate_chart.picture([pair]).elements if isinstance(each, svg.Label)]
    assert any(word in text for text in texts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (903168, "903\u202f168"),
        (1392.5, "1\u202f392.5"),
        (0.5, "0.50"),
        ("as is", "as is"),
    ],
)
def test_figures_are_written_with_thin_spaces(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("count", "text"), [(10, "10 B"), (150_528, "150.5 kB"), (2_048_000, "2.05 MB")])
def test_bytes_are_written_in_the_unit_that_suits_them(count, text):
    assert amount(count) == text


def test_nothing_is_written_as_a_dash():
    assert (times(None), percent(None)) == ("–", "–")
