# SPDX-License-Identifier: Apache-2.0
"""Loading plug-ins from entry points: nothing is swallowed, everything is named."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from levada.core import boards_alveo, testing
from levada.core.errors import LevadaError, PluginError
from levada.core.hookspecs import hookimpl
from levada.core.plugins import BOARD, GROUP, Registry


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a module and return its entry point: ``install("kiln", text)``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name, text, module=None):
        (tmp_path / f"{module or name}.py").write_text(text)
        return EntryPoint(name=name, value=module or name, group=GROUP)

    return write


BOARD_TEXT = """
from levada.core import testing
from levada.core.hookspecs import hookimpl

@hookimpl
def levada_register_board():
    return [testing.board({name!r})]
"""


def refusal(*entry_points, without=()):
    """Return the text of the error that loading raises."""
    with pytest.raises(PluginError) as caught:
        Registry(entry_points, without)
    return str(caught.value)


def test_core_itself_is_a_plugin_like_any_other():
    assert "core" in [plugin.name for plugin in Registry().plugins]


def test_a_registry_of_no_entry_points_has_nothing(empty):
    assert (empty.plugins, empty.entries(BOARD)) == ((), {})


def test_a_plugin_is_loaded_from_its_entry_point(install):
    registry = Registry([install("kiln_a", BOARD_TEXT.format(name="toy"))])
    assert registry.board("toy") == testing.board("toy")


def test_a_loaded_plugin_says_what_it_is(install):
    (plugin,) = Registry([install("kiln_b", "")]).plugins
    assert (plugin.name, plugin.module, plugin.distribution, plugin.version) == ("kiln_b", "kiln_b", "?", "?")


def test_installed_plugins_know_their_distribution():
    core = next(plugin for plugin in Registry().plugins if plugin.name == "core")
    assert (core.distribution, core.module) == ("levada-core", "levada.core.plugin")


def test_core_is_loaded_first_and_others_by_name(install):
    order = [install("zebra_p", ""), install("core", "", "core_p"), install("ant_p", "")]
    assert [plugin.name for plugin in Registry(order).plugins] == ["core", "ant_p", "zebra_p"]


# ------------------------------------------------------------------------------------------------- failing


def test_a_failing_import_is_named_with_its_cause(install):
    text = refusal(install("kiln_c", "import no_such_module_anywhere"))
    assert text.startswith("plug-in 'kiln_c' of ? failed to import (ModuleNotFoundError: No module named 'no_such_")


def test_a_failing_import_says_how_to_go_on_without(install):
    assert refusal(install("kiln_d", "1/0")).endswith(
        "(ZeroDivisionError: division by zero); mend or uninstall it, or leave it out with LEVADA_WITHOUT=kiln_d"
    )


def test_a_module_that_is_not_there_is_named():
    text = refusal(EntryPoint(name="ghost", value="no_such_module_at_all", group=GROUP))
    assert "plug-in 'ghost'" in text


def test_an_attribute_that_is_not_there_is_named(install):
    install("kiln_e", "")
    assert "plug-in 'kiln_e'" in refusal(EntryPoint(name="kiln_e", value="kiln_e:plugin", group=GROUP))


def test_a_module_that_exits_is_named(install):
    assert "(SystemExit: 3)" in refusal(install("kiln_f", "import sys; sys.exit(3)"))


def test_an_interruption_during_an_import_is_obeyed(install):
    with pytest.raises(KeyboardInterrupt):
        Registry([install("kiln_g", "raise KeyboardInterrupt")])


def test_a_failing_import_keeps_its_cause(install):
    with pytest.raises(PluginError) as caught:
        Registry([install("kiln_h", "1/0")])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_two_plugins_of_one_name_are_refused(install):
    text = refusal(install("twin", "", "twin_a"), install("twin", "", "twin_b"))
    assert text == "two plug-ins are named 'twin'; the second is from ?: uninstall one"


def test_one_module_under_two_names_is_refused(install):
    install("kiln_i", "")
    points = [EntryPoint(name=name, value="kiln_i", group=GROUP) for name in ("one", "two")]
    assert "plug-in 'two' is registered already" in refusal(*points)


def test_every_plugin_error_is_the_users_to_mend():
    assert issubclass(PluginError, LevadaError)
    assert PluginError.exit_code == 2


# ----------------------------------------------------------------------------------------------- left out


def test_a_plugin_can_be_left_out(install):
    registry = Registry([install("kiln_j", BOARD_TEXT.format(name="toy"))], without=("kiln_j",))
    assert registry.plugins == ()


def test_a_broken_plugin_that_is_left_out_is_not_imported(install):
    assert Registry([install("kiln_k", "1/0")], without=["kiln_k"]).plugins == ()


def test_leaving_out_what_is_not_there_is_no_error(install):
    assert len(Registry([install("kiln_l", "")], without=["nobody"]).plugins) == 1


# ------------------------------------------------------------------------------------------------- hooks


def test_a_misspelt_hook_is_named_with_its_plugin(install):
    text = "from levada.core.hookspecs import hookimpl\n@hookimpl\ndef levada_register_bord():\n    return []\n"
    message = refusal(install("kiln_m", text))
    assert message.startswith("plug-in 'kiln_m' does not fit the hooks: unknown hook 'levada_register_bord'")
    assert message.endswith("see levada.core.hookspecs for their names and arguments")


def test_a_hook_without_its_mark_is_refused(install):
    text = "def levada_register_board():\n    return []\n"
    assert refusal(install("kiln_n", text)) == (
        "plug-in 'kiln_n': levada_register_board is no hook without the mark @levada.core.hookspecs.hookimpl above it"
    )


def test_a_function_that_only_looks_like_a_hook_of_others_is_fine(install):
    assert Registry([install("kiln_o", "def pytest_configure():\n    pass\n")]).plugins


def test_a_hook_with_a_strange_argument_is_refused(install):
    text = "from levada.core.hookspecs import hookimpl\n@hookimpl\ndef levada_register_board(colour):\n    return []\n"
    assert "colour" in refusal(install("kiln_p", text))


def test_a_class_in_place_of_an_instance_is_refused(empty):
    class Plugin:
        @hookimpl
        def levada_register_board(self):
            return []

    with pytest.raises(
        PluginError, match=r"plug-in 'mine' is the class Plugin; register an instance of it, Plugin\(\)"
    ):
        empty.add(Plugin, "mine")


def test_an_instance_may_be_a_plugin(empty):
    class Plugin:
        @hookimpl
        def levada_register_board(self):
            return [testing.board()]

    empty.add(Plugin(), "mine")
    assert empty.board("toy").name == "toy"


def test_a_plugin_that_was_refused_is_not_there_afterwards(empty, stranger):
    with pytest.raises(PluginError):
        empty.add(stranger(levada_register_bord=[]), "typo")
    empty.add(stranger(levada_register_board=[testing.board()]), "good")
    assert list(empty.entries(BOARD)) == ["toy"]


def test_a_plugin_of_a_name_that_is_taken_is_refused(empty, stranger):
    empty.add(stranger(levada_register_board=[]), "mine")
    with pytest.raises(PluginError, match="plug-in 'mine' is registered already"):
        empty.add(stranger(levada_register_board=[]), "mine")


def test_an_optional_hook_of_a_later_levada_is_fine(empty):
    @hookimpl(optionalhook=True)
    def levada_register_balloon():
        return []

    empty.add(SimpleNamespace(levada_register_balloon=levada_register_balloon), "later")
    assert empty.entries(BOARD) == {}


def test_what_is_added_later_is_found(empty, stranger):
    assert empty.entries(BOARD) == {}
    empty.add(stranger(levada_register_board=[boards_alveo.U50]), "later")
    assert list(empty.entries(BOARD)) == ["u50"]
