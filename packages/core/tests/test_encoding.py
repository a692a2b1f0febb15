# SPDX-License-Identifier: Apache-2.0
from levada.core import testing
from levada.core.artefact import encode


def test_equal_manifests_have_equal_bytes_however_a_number_was_written():
    assert encode(testing.plan(clock_mhz=200)) == encode(testing.plan(clock_mhz=200.0))


def test_the_order_of_payloads_does_not_matter():
    first, second = (dict.fromkeys(names, "0" * 64) for names in (("a", "b"), ("b", "a")))
    assert encode(testing.plan(sources=first)) == encode(testing.plan(sources=second))


def test_a_manifest_ends_with_one_newline():
    content = encode(testing.plan())
    assert content.endswith(b"}\n")
