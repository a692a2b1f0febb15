# SPDX-License-Identifier: Apache-2.0
"""What makes the key of a result: packages and their sources, found whatever way they are laid out."""

import sys
from types import ModuleType

import pytest

from levada.core import keys, testing
from levada.core.keys import code_of, key_of, package_of, versions_of
from levada.core.plugins import Plugin


@pytest.fixture(autouse=True)
def forget():
    """Let every test see sources as they are."""
    yield
    code_of.cache_clear()
    package_of.cache_clear()


@pytest.fixture
def importable(tmp_path, monkeypatch):
    """Write files of Python and make them importable; return the folder."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / "site" / name.replace("__", "/").replace("/init", "/__init__.py").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        keys.code_of.cache_clear()
        return tmp_path / "site"

    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return write


def test_a_package_of_levada_has_two_parts():
    assert package_of("levada.core.testing.conformance.boards") == "levada.core"


def test_a_package_is_the_outermost_one(importable):
    importable(kiln__init="", kiln__glaze__init="", kiln__glaze__blue_py="")
    assert package_of("kiln.glaze.blue") == "kiln"


def test_a_namespace_is_no_package(importable):
    importable(pottery__kiln__init="", pottery__kiln__blue_py="")
    assert package_of("pottery.kiln.blue") == "pottery.kiln"


def test_a_module_alone_is_its_own_package(importable):
    importable(clay_py="")
    assert package_of("clay") == "clay"


def test_a_module_that_cannot_be_found_is_its_own_package():
    assert package_of("nowhere.to.be.found") == "nowhere.to.be.found"


@pytest.mark.parametrize("module", ["__main__", "no_such_module"])
def test_a_module_without_a_file_has_a_digest_all_the_same(module):
    assert len(code_of(module)) == 64


def test_a_module_loaded_by_hand_is_known_by_its_file(tmp_path, monkeypatch):
    module = ModuleType("by_hand")
    module.__file__, module.__spec__ = str(tmp_path / "by_hand.py"), None
    monkeypatch.setitem(sys.modules, "by_hand", module)
    (tmp_path / "by_hand.py").write_text("x = 1")
    before = code_of("by_hand")
    code_of.cache_clear()
    (tmp_path / "by_hand.py").write_text("x = 2")
    assert code_of("by_hand") != before


def test_changed_sources_change_the_digest(importable):
    importable(kiln__init="", kiln__glaze_py="x = 1")
    before = code_of("kiln")
    importable(kiln__glaze_py="x = 2")
    assert code_of("kiln") != before


def test_a_source_deep_inside_counts(importable):
    importable(kiln__init="", kiln__deep__glaze_py="x = 1")
    before = code_of("kiln")
    importable(kiln__deep__glaze_py="x = 2")
    assert code_of("kiln") != before


def test_a_moved_source_changes_the_digest(importable):
    folder = importable(kiln__init="", kiln__glaze_py="x = 1")
    before = code_of("kiln")
    (folder / "kiln" / "glaze.py").rename(folder / "kiln" / "paint.py")
    code_of.cache_clear()
    assert code_of("kiln") != before


def test_a_table_beside_the_sources_counts(importable):
    folder = importable(kiln__init="")
    before = code_of("kiln")
    (folder / "kiln" / "recipes.toml").write_text("a = 1")
    code_of.cache_clear()
    assert code_of("kiln") != before


def test_what_is_no_source_does_not_count(importable):
    folder = importable(kiln__init="")
    before = code_of("kiln")
    (folder / "kiln" / "notes.txt").write_text("warm")
    code_of.cache_clear()
    assert code_of("kiln") == before


def test_a_module_alone_counts(importable):
    importable(clay_py="x = 1")
    before = code_of("clay")
    importable(clay_py="x = 2")
    assert code_of("clay") != before


def test_sources_elsewhere_do_not_count(importable):
    importable(kiln__init="", clay_py="x = 1")
    before = code_of("kiln")
    importable(clay_py="x = 2")
    assert code_of("kiln") == before


# -------------------------------------------------------------------------------------------------- the key


@pytest.fixture
def key(pick, model_folder):
    """Return the key of the stage ``pick`` with these plug-ins and options."""
    from levada.core.artefact import load_any

    def make(*plugins, **options):
        registry = testing.registry(pick)
        registry._plugins[:] = plugins
        return key_of(pick, [load_any(model_folder)], pick.options(**options), registry)

    return make


def test_a_key_is_a_digest(key):
    assert len(key()) == 64


def test_the_same_work_has_the_same_key(key):
    assert key() == key()


def test_every_option_is_part_of_the_key(key):
    assert len({key(), key(data="letters"), key(table="u280x1")}) == 3


def test_what_is_no_number_is_not_taken_for_what_was_not_given(key):
    """In JSON all three would be null."""
    assert len({key(data=value) for value in (None, float("nan"), float("inf"), float("-inf"))}) == 4


def test_a_strangers_code_is_part_of_the_key(key, importable):
    stranger = Plugin("kiln", "levada-kiln", "1.0", "kiln.plugin")
    importable(kiln__init="", kiln__plugin_py="x = 1")
    before = key(stranger)
    importable(kiln__plugin_py="x = 2")
    assert key(stranger) != before


def test_the_code_of_levadas_other_packages_is_known_by_version_alone(key, monkeypatch):
    asked = []
    monkeypatch.setattr(keys, "code_of", lambda package: asked.append(package) or package)
    key(Plugin("qat", "levada-qat", "0.1.0", "levada.qat.plugin"))
    assert "levada.core" in asked
    assert "levada.qat" not in asked


def test_versions_are_those_of_plugins_and_installed_tools(pick):
    registry = testing.registry(pick)
    registry._plugins[:] = [Plugin("kiln", "levada-kiln", "1.0", "kiln")]
    assert sorted(versions_of(pick, registry)) == ["levada-kiln", "msgspec"]


def test_a_file_option_may_list_files(tmp_path):
    (tmp_path / "a").write_text("1")
    first = keys._content([str(tmp_path / "a"), "name"])
    (tmp_path / "a").write_text("2")
    assert keys._content([str(tmp_path / "a"), "name"])[0] != first[0]
    assert first[1] == "name"


@pytest.mark.parametrize("value", [None, "", "no such file", "a\0b"])
def test_what_names_no_file_stands_for_itself(value):
    assert keys._content(value) == value


def test_a_folder_that_is_no_artefact_stands_for_what_is_in_it(tmp_path):
    (tmp_path / "cat.jpg").write_bytes(b"1")
    first = keys._content(str(tmp_path))
    (tmp_path / "cat.jpg").rename(tmp_path / "dog.jpg")
    second = keys._content(str(tmp_path))
    (tmp_path / "dog.jpg").write_bytes(b"2")
    assert len({first, second, keys._content(str(tmp_path))}) == 3
