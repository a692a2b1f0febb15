# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the planner's tests; builders and the enumeration lie in ``support``, which tests import by name."""

import sys
from pathlib import Path

import pytest

from levada.core import testing
from levada.core.manifests import Dataflow
from levada.partition import plugin

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture
def registry():
    """Return a registry with core and this package."""
    made = testing.registry()
    made.add(plugin, "partition")
    return made


@pytest.fixture
def small() -> Dataflow:
    """Return core's small network: six layers with a branch and a join, compiled for a U280."""
    return testing.dataflow()
