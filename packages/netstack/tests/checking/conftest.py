# SPDX-License-Identifier: Apache-2.0
"""Deployments with one thing wrong, and what the checker says of them."""

import msgspec
import pytest

from levada.netstack.checking import verdict


def alter(thing, path, value):
    """Return ``thing`` with what stands at ``path`` (fields and indices) replaced; ``value`` may be a function of the old one."""
    if not path:
        return value(thing) if callable(value) else value
    step, *rest = path
    if isinstance(thing, tuple):
        return (*thing[:step], alter(thing[step], rest, value), *thing[step + 1 :])
    return msgspec.structs.replace(thing, **{step: alter(getattr(thing, step), rest, value)})


def broken(deployment):
    """Return rule → detail for every rule that the checker finds broken."""
    return {check.rule.replace(" ", "_"): check.detail for check in verdict(deployment).checks if not check.passed}


@pytest.fixture(scope="session", name="alter")
def alter_path():
    return alter


@pytest.fixture(scope="session", name="broken")
def broken_rules():
    return broken
