# SPDX-License-Identifier: Apache-2.0
"""FINN's ambient state stays inside the session."""

import importlib.util
import logging
import os
import sys
import warnings

import pytest

from levada.compile import finn_session as module
from levada.compile.finn_session import finn_session
from levada.core.errors import DependencyError


def test_finns_build_folder_lies_in_the_scratch_folder(tmp_path):
    with finn_session(tmp_path):
        from finn.util.settings import get_settings

        assert get_settings().finn_build_dir == tmp_path / "finn"


def test_nothing_is_left_in_the_current_folder_or_at_home(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "here"))
    with finn_session(tmp_path / "scratch"):
        pass
    assert not list((tmp_path / "here").iterdir())


def test_the_environment_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setenv("FINN_BUILD_DIR", "/somewhere")
    monkeypatch.delenv("FINN_DEPS", raising=False)
    before = dict(os.environ)
    with finn_session(tmp_path):
        assert os.environ["FINN_BUILD_DIR"] != "/somewhere"
    assert dict(os.environ) == before


def test_the_environment_is_put_back_after_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("FINN_SETTINGS", "/mine.yaml")
    with pytest.raises(ZeroDivisionError), finn_session(tmp_path):
        _ = 1 / 0
    assert os.environ["FINN_SETTINGS"] == "/mine.yaml"


def test_warnings_and_log_of_finn_are_silent_inside_only(tmp_path, monkeypatch):
    monkeypatch.setattr(logging.getLogger("finn_logger"), "disabled", False)
    with finn_session(tmp_path):
        warnings.warn("a deprecation of FINN's", DeprecationWarning, stacklevel=1)
        assert logging.getLogger("finn_logger").disabled
    assert not logging.getLogger("finn_logger").disabled


def test_without_finn_the_error_names_both_ways_to_install_it(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name.startswith("finn") else found(name))
    with pytest.raises(DependencyError) as error, finn_session(tmp_path):
        pass
    assert "pip install 'levada-compile[finn]'" in str(error.value)
    assert "pip install --no-deps finn-plus==1.6.1" in str(error.value)


def test_the_empty_package_named_finn_is_not_taken_for_finn(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: object() if name == "finn" else None)
    with pytest.raises(DependencyError, match=r"no module 'finn.transformation'"), finn_session(tmp_path):
        pass


def test_a_finn_that_lacks_a_dependency_is_reported_with_the_cause(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "levada.compile._finn", None)
    with pytest.raises(DependencyError, match=r"does not import here \(.*_finn"), finn_session(tmp_path):
        pass
