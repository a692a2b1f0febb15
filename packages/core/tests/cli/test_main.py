# SPDX-License-Identifier: Apache-2.0
"""The command: exit codes, one message for each error, and never a traceback."""

import re
from pathlib import Path

import pytest

from levada.core import __version__, cli, testing
from levada.core.errors import InternalFault, LevadaError, PluginError, RunFault
from levada.core.plugins import Registry


def raising(error):
    """Return a command hook whose command ``fail`` raises ``error``."""
    from levada.core.stages import Options

    def fail(options, context):
        """Fail."""
        raise error

    return lambda commands: commands.add("fail", Options, fail)


@pytest.fixture
def failing(levada, monkeypatch, stranger):
    """Return what the command does when a sub-command raises an error."""

    def call(error):
        registry = testing.registry()
        registry.add(stranger(levada_register_command=raising(error)), "kiln")
        monkeypatch.setattr(cli, "Registry", lambda without: registry)
        return levada("fail")

    return call


def test_a_command_that_is_done_exits_0(levada):
    assert levada("plugins").code == 0


def test_the_version_is_printed(levada):
    result = levada("--version")
    assert (result.code, result.out) == (0, f"levada {__version__}\n")


def test_help_lists_stages_and_commands_with_their_summaries(levada):
    result = levada("--help")
    text = " ".join(result.out.split())
    assert result.code == 0
    assert "pick Write the golden images of a model." in text
    assert "schema Print the JSON schema of a manifest kind." in text


def test_help_of_a_stage_names_inputs_and_options(levada):
    text = levada("pick", "--help").out
    assert "MODEL_DIR" in text
    assert "--data DATA" in text
    assert "--out DIR" in text
    assert "(default: digits)" in text


@pytest.mark.parametrize("code", sorted(cli.OUTSIDE))
def test_a_full_disk_and_its_like_are_no_fault_of_ours(failing, code):
    result = failing(OSError(code, "No room", "/far/away"))
    assert (result.code, result.err) == (2, "levada: error: No room: /far/away\n")


def test_a_name_that_is_too_long_is_refused(levada):
    result = levada("show", "a" * 5000)
    assert result.code == 2
    assert "File name too long" in result.err


# --------------------------------------------------------------------------------------------- user's mistakes


def test_no_command_exits_2(levada):
    result = levada()
    assert result.code == 2
    assert "required: COMMAND" in result.err


def test_an_unknown_command_exits_2_and_lists_the_known_ones(levada):
    result = levada("paint")
    assert result.code == 2
    assert "invalid choice: 'paint'" in result.err
    assert "pick" in result.err


@pytest.mark.parametrize("command", sorted(cli.ELSEWHERE))
def test_a_command_of_a_package_that_is_not_installed_says_what_to_install(levada, command):
    package = cli.ELSEWHERE[command]
    result = levada(command, "whatever")
    assert result.code == 2
    assert result.err.endswith(
        f"levada: error: '{command}' is a command of {package}, which is not installed: pip install '{package}'\n"
    )


@pytest.mark.parametrize("before", [["--quiet"], ["--store", "here"], ["--store=here"], ["--no-store", "--quiet"]])
def test_flags_before_the_command_do_not_hide_it(levada, before):
    assert "'train' is a command of levada-qat" in levada(*before, "train").err


def test_a_folder_called_like_a_command_is_no_command(levada, tmp_path):
    assert "is a command of" not in levada("--store", "train", "plugins").err


def test_an_unknown_flag_exits_2(levada, model_folder, tmp_path):
    result = levada("pick", model_folder, "--out", tmp_path / "out", "--colour", "green")
    assert result.code == 2
    assert "unrecognized arguments: --colour green" in result.err


def test_a_flag_may_not_be_shortened(levada, model_folder, tmp_path):
    result = levada("pick", model_folder, "--out", tmp_path / "out", "--dat", "letters")
    assert result.code == 2
    assert "unrecognized arguments: --dat letters" in result.err


def test_a_missing_flag_exits_2(levada, model_folder):
    result = levada("pick", model_folder)
    assert result.code == 2
    assert "required: --out" in result.err


def test_a_missing_input_exits_2_with_one_line(levada, tmp_path):
    result = levada("pick", tmp_path / "gone", "--out", tmp_path / "out")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"levada: error: expected an artefact at {tmp_path / 'gone'} (a folder with manifest.json), found none\n"
    )


@pytest.mark.parametrize(("error", "code"), [(LevadaError, 2), (PluginError, 2), (RunFault, 1), (InternalFault, 1)])
def test_an_error_is_its_message_and_its_exit_code(failing, error, code):
    result = failing(error("expected this, got that"))
    assert (result.code, result.err) == (code, "levada: error: expected this, got that\n")


# -------------------------------------------------------------------------------------------------- our faults


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("gone"), MemoryError(), RecursionError("deep")])
def test_a_fault_of_ours_exits_1_without_a_traceback(failing, error):
    result = failing(error)
    assert result.code == 1
    assert "Traceback" not in result.err
    assert result.err.startswith(f"levada: error: a fault of Levada's own: {type(error).__name__}: ")


def test_the_traceback_of_a_fault_lies_in_a_file(failing):
    result = failing(ValueError("odd"))
    file = Path(re.search(r"please report (\S+)", result.err)[1])
    assert "ValueError: odd" in file.read_text()
    file.unlink()


def test_an_interruption_exits_130(failing):
    result = failing(KeyboardInterrupt())
    assert (result.code, result.err) == (130, "levada: error: interrupted\n")


def test_a_command_may_choose_its_exit_code(levada, monkeypatch, stranger):
    from levada.core.stages import Options

    registry = testing.registry()
    hook = stranger(levada_register_command=lambda commands: commands.add("no", Options, lambda o, c: 7))
    registry.add(hook, "kiln")
    monkeypatch.setattr(cli, "Registry", lambda without: registry)
    assert levada("no").code == 7


def test_a_broken_pipe_that_is_not_standard_output_is_a_fault(failing):
    result = failing(BrokenPipeError(32, "Broken pipe"))
    assert result.code == 1
    assert "BrokenPipeError" in result.err


def test_a_plugin_that_fails_to_load_exits_2(levada, monkeypatch):
    def broken(without):
        msg = "plug-in 'kiln' of levada-kiln failed to import"
        raise PluginError(msg)

    monkeypatch.setattr(cli, "Registry", broken)
    assert levada("plugins").code == 2


# ------------------------------------------------------------------------------------------------- plug-ins


@pytest.mark.parametrize("given", ["kiln,oven", "kiln, oven", "kiln oven", ",kiln,,oven,"])
def test_plugins_are_left_out_by_the_environment(levada, monkeypatch, given):
    asked = []
    monkeypatch.setenv("LEVADA_WITHOUT", given)
    monkeypatch.setattr(cli, "Registry", lambda without: asked.append(list(without)) or testing.registry())
    levada("plugins")
    assert asked == [["kiln", "oven"]]


def test_a_stage_whose_options_collide_is_named(levada, monkeypatch, first):
    from levada.core.stages import Options

    class Colliding(Options, frozen=True, kw_only=True):
        out: str = "mine"

    monkeypatch.setattr(first, "options", Colliding)
    result = levada("plugins")
    assert result.code == 2
    assert "the options of 'first' make no flags" in result.err
    assert "--out" in result.err


def test_a_stage_may_have_an_option_called_like_a_flag_of_the_command(levada, monkeypatch, first, tmp_path):
    from levada.core.stages import Options

    class Clashing(Options, frozen=True, kw_only=True):
        store: str = "shelf"
        quiet: bool = False

    monkeypatch.setattr(first, "options", Clashing)
    assert levada("first", "--store", "cupboard", "--out", tmp_path / "out").code == 0
    assert not (tmp_path / "cupboard").exists()


def test_percent_signs_in_a_summary_are_no_formats(levada, monkeypatch, first):
    monkeypatch.setattr(first, "__doc__", "Write 100 % of a model at %d.")
    assert "100 % of a model at %d" in " ".join(levada("--help").out.split())


def test_a_long_description_is_wrapped_and_its_paragraphs_stay(levada, monkeypatch, first):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(first, "__doc__", f"Write {'very ' * 20}much.\n\nApart.")
    text = levada(first.name, "--help").out
    assert max(map(len, text.splitlines())) <= 60
    assert "much.\n\nApart.\n" in text


def test_the_installed_plugins_make_a_parser():
    parsed = cli._parse(Registry(), ["plugins"])
    assert parsed.levada_quiet is False
