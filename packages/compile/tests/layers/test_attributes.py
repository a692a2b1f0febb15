# SPDX-License-Identifier: Apache-2.0
"""Attributes of the wrong kind are refused by name."""

import pytest

from levada.compile.layers import attributes
from levada.core.errors import GraphError
from levada.core.interfaces import HardwareNode


def node(**values: object) -> HardwareNode:
    return HardwareNode(name="N", op="Op", attributes=values, inputs=(), outputs=())


def test_values_of_the_right_kind_pass() -> None:
    given = node(a=3, b="UINT5", c=(1, 2), d=(4,))
    assert attributes.integer(given, "a") == 3
    assert attributes.text(given, "b") == "UINT5"
    assert attributes.pair(given, "c") == (1, 2)
    assert attributes.integers(given, "d") == (4,)
    assert attributes.integer_type(given, "b").bits == 5


def test_a_default_stands_for_what_is_missing() -> None:
    assert attributes.integer(node(), "a", 7) == 7
    assert attributes.text(node(), "a", "input") == "input"


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (attributes.integer, "three", "an integer"),
        (attributes.text, 3, "a text"),
        (attributes.integers, 3, "integers"),
        (attributes.integers, (1.5,), "integers"),
        (attributes.pair, (1, 2, 3), r"two integers \(height, width\)"),
        (attributes.integer_type, "FLOAT32", "an integer data type"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(read: object, value: object, expected: str) -> None:
    with pytest.raises(GraphError, match=rf"layer 'N' \(Op\) should have {expected} as attribute 'a', got "):
        read(node(a=value), "a")


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(GraphError, match="compile the network again"):
        attributes.integer(node(), "a")


@pytest.mark.parametrize(("value", "count"), [((1, 8, 8), 64), (3, 3), ((1,), 1)])
def test_vectors_are_counted_over_all_dimensions(value: object, count: int) -> None:
    assert attributes.vectors(node(numInputVectors=value)) == count


def test_one_vector_is_assumed() -> None:
    assert attributes.vectors(node()) == 1
