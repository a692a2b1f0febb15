# SPDX-License-Identifier: Apache-2.0
"""Plain mode: nothing but rates keeps a receiver from losing packets, so the checker asks for them."""

import pytest

RULE = "no_card_outruns_the_next"


@pytest.fixture
def plain(draw, deploy):
    """Return two cards in plain mode whose layers take these cycles, with an inference of ``size`` bytes between them."""
    return lambda source, sink, size=100: deploy(
        draw([1, 2], [0, 1], [(0, 1, size)], cycles={0: source, 1: sink}), "plain"
    )


def detail(deployment):
    return next(check.detail for check in deployment.verdict.checks if check.rule == RULE.replace("_", " "))


def test_a_slower_source_needs_no_throttle(plain, alter, broken):
    assert broken(alter(plain(2000, 1000), ("flow", "ingress_images_per_s"), None)) == {}


def test_a_faster_source_is_refused_without_throttle(plain, alter, broken):
    text = broken(alter(plain(1000, 2000), ("flow", "ingress_images_per_s"), None))[RULE]
    assert text.startswith(
        "stream 'L0->L1' (card 1 → 2): its source may send every 1000 cycles, its sink takes 2000 (200 ppm"
    )


def test_the_refusal_says_which_rate_would_do(plain, alter, broken):
    text = broken(alter(plain(1000, 2000), ("flow", "ingress_images_per_s"), None))[RULE]
    assert text.endswith("hold the ingress below 99980.0 images/s, or use framed mode")


def test_a_source_of_equal_speed_is_refused_because_clocks_differ(plain, alter, broken):
    assert RULE in broken(alter(plain(1000, 1000), ("flow", "ingress_images_per_s"), None))


def test_a_throttle_below_the_sink_s_rate_will_do(plain, alter, broken):
    assert broken(alter(plain(1000, 2000), ("flow", "ingress_images_per_s"), 99_000.0)) == {}


def test_a_throttle_at_the_sink_s_rate_is_refused(plain, alter, broken):
    assert RULE in broken(alter(plain(1000, 2000), ("flow", "ingress_images_per_s"), 100_000.0))


def test_parts_without_cycles_prove_nothing(plain, alter, broken):
    text = broken(alter(plain(1000, 2000), ("cards", 0, "parts", 0, "interval_cycles"), 0))[RULE]
    assert text == "stream 'L0->L1' (card 1 → 2): the cycles of its parts are not given"


def test_small_inferences_fit_the_buffer_whole(plain):
    assert detail(plain(2000, 1000)).endswith("on average over whole inferences; any burst fits the buffer")


def test_large_inferences_are_said_to_be_unproven(plain):
    assert detail(plain(2000, 1000, 501_760)).endswith("not proven: bursts within an inference of L0->L1")


def test_framed_mode_needs_no_rates(one_hop):
    assert detail(one_hop(100)) == "framed mode: credits hold senders back"
