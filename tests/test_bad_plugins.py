# SPDX-License-Identifier: Apache-2.0
"""Plug-ins that are broken: the command stops and names them."""

import pytest

IMPORTS = "from levada.core.hookspecs import hookimpl\nfrom levada.core.boards_alveo import U280\n"


@pytest.fixture
def installed(tmp_path):
    """Return a function that installs a module as a plug-in and returns the PYTHONPATH that finds it."""

    def install(name, source):
        record = tmp_path / f"{name}-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (record / "entry_points.txt").write_text(f"[levada]\n{name} = {name}_module\n")
        (tmp_path / f"{name}_module.py").write_text(source)
        return str(tmp_path)

    return install


@pytest.fixture
def plugins(refused):
    """Return a function that lists plug-ins, and returns the refusal."""
    return lambda path: refused("plugins", PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")


def test_a_plugin_that_fails_to_import_is_named_with_the_cause(installed, plugins):
    said = plugins(installed("broken", "import nothing_of_that_name\n"))
    assert "'broken'" in said
    assert "nothing_of_that_name" in said


def test_a_misspelt_hook_is_named(installed, plugins):
    said = plugins(installed("misspelt", IMPORTS + "@hookimpl\ndef levada_register_bored():\n    return []\n"))
    assert "levada_register_bored" in said
    assert "misspelt" in said


def test_a_repeated_name_is_named_with_both_plugins(installed, plugins):
    said = plugins(installed("again", IMPORTS + "@hookimpl\ndef levada_register_board():\n    return [U280]\n"))
    assert "u280" in said
    assert "again" in said
    assert "core" in said


def test_a_repeated_name_does_not_hide_behind_another_command(installed, refused, demo, tmp_path):
    path = installed("again", IMPORTS + "@hookimpl\ndef levada_register_board():\n    return [U280]\n")
    said = refused("partition", demo / "dataflow", "--cluster", "u280x2", "--out", tmp_path / "out",
                   PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")  # fmt: skip
    assert "again" in said


def test_a_wrong_type_is_named(installed, plugins):
    said = plugins(installed("wrong", IMPORTS + "@hookimpl\ndef levada_register_board():\n    return ['u280']\n"))
    assert "wrong" in said
    assert "Board" in said


def test_one_plugin_can_be_left_out_by_name(installed, levada):
    path = installed("broken", "import nothing_of_that_name\n")
    assert levada("plugins", PYTHONPATH=path, LEVADA_WITHOUT="broken").code == 0
