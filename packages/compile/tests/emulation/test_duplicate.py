# SPDX-License-Identifier: Apache-2.0
"""DuplicateStreams' emulation form against FINN's execution."""

import pytest


@pytest.mark.parametrize("kind", ["UINT5", "INT8", "INT16"])
@pytest.mark.parametrize("count", [2, 3])
def test_every_output_is_the_input(agreement, nodes, count, kind):
    assert len(agreement.check(nodes.duplicate(count, kind), {})) == count
