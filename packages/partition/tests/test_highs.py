# SPDX-License-Identifier: Apache-2.0
"""How HiGHS is found for python-mip, and what is said where it is not installed."""

import os

import pytest

from levada.core.errors import DependencyError
from levada.partition import highs


def test_the_environment_is_left_as_it_was():
    before = dict(os.environ)
    highs.load_highs()
    assert dict(os.environ) == before


def test_without_highs_it_is_said_what_to_install(monkeypatch):
    monkeypatch.delenv(highs.LIBRARY, raising=False)
    monkeypatch.setattr(highs, "find_spec", lambda _: None)
    with pytest.raises(DependencyError, match=r"pip install 'levada-partition\[highs\]', or use --solver cbc"):
        highs.load_highs()


def test_a_package_without_a_library_is_no_highs(monkeypatch, tmp_path):
    monkeypatch.delenv(highs.LIBRARY, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(highs, "find_spec", lambda _: type("Spec", (), {"submodule_search_locations": [str(tmp_path)]}))
    with pytest.raises(DependencyError, match="HiGHS is not installed"):
        highs.load_highs()


@pytest.mark.parametrize(("distrusted", "expected"), [(True, "off"), (False, "choose")])
def test_presolve_is_off_in_releases_whose_presolve_is_wrong(monkeypatch, distrusted, expected):
    highs.load_highs()
    import mip
    from mip.highs import ffi, highslib

    monkeypatch.setattr(highs, "DISTRUSTED", (ffi.string(highslib.Highs_version()).decode(),) * distrusted)
    model, value = mip.Model(solver_name="HIGHS"), ffi.new("char[64]")
    highs.distrust_presolve(model)
    highslib.Highs_getStringOptionValue(model.solver._model, b"presolve", value)
    assert ffi.string(value).decode() == expected
