# SPDX-License-Identifier: Apache-2.0
"""Flows: parameters, references, kinds, and every mistake found before the first step runs."""

from pathlib import Path

import msgspec
import pytest

from levada.core import flags, flows
from levada.core.artefact import load_any
from levada.core.errors import LevadaError, NotRegisteredError, OptionError, OutputError, RunFault
from levada.core.runner import Runner

POTTERY = """
name = "pottery"
summary = ["clay"]

[parameters.epochs]
default = 2
choices = [1, 2]
help = "how long"

[parameters.title]
default = "pot{epochs}"

[[step]]
stage = "cast"
folder = "clay"
options = { title = "{title}", epochs = "{epochs}", notes = ["{title}", "second"] }

[[step]]
stage = "sort"
options = { like = "@clay" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pottery.toml"
    path.write_text(POTTERY)
    return path


@pytest.fixture
def start(file: Path, tmp_path: Path, runner: Runner):
    """Run the flow, its text changed, with these parameters."""

    def run(old: str = "", new: str = "", *, force: bool = False, **values: object):
        assert old in POTTERY
        file.write_text(POTTERY.replace(old, new))
        flow = flows.read(file)
        parameters = flags.from_values(flows.parameters_of(flow), values, "test")
        return flows.run(flow, parameters, tmp_path / "out", runner, force=force)

    return run


def test_every_step_leaves_an_artefact(start, tmp_path: Path):
    start()
    assert sorted(path.parent.name for path in tmp_path.glob("out/*/manifest.json")) == ["clay", "sort"]


def test_parameters_fill_options_and_each_other(start):
    assert start(epochs=1)["clay"].manifest.name == "pot1-1-fast"


def test_a_step_reads_the_newest_of_its_kind(start):
    done = start()
    assert done["sort"].manifest.sources == {"model": done["clay"].digest}


def test_an_at_sign_stands_for_an_earlier_folder(start):
    assert start()["sort"].manifest.dataset.endswith("like clay")


def test_an_option_that_becomes_empty_keeps_its_default(start):
    assert start('like = "@clay"', 'like = ""')["sort"].manifest.dataset.endswith("like ")


def test_a_second_run_comes_from_the_store(start, cast):
    start()
    start(force=True)
    assert cast.runs == 1


def test_a_value_outside_the_choices_is_refused(start):
    with pytest.raises(OptionError, match=r"test: Invalid enum value 3 - at `\$.epochs`"):
        start(epochs=3)


def test_an_unknown_parameter_is_refused(start):
    with pytest.raises(OptionError, match="test: no option 'size'; there are epochs, title"):
        start(size=3)


def test_an_unknown_stage_names_what_there_is(start):
    with pytest.raises(NotRegisteredError, match="no stage 'bake' is registered \\(registered: cast, race, sort\\)"):
        start('stage = "sort"', 'stage = "bake"')


def test_an_unknown_option_names_the_step(start):
    with pytest.raises(OptionError, match="step 'sort': no option 'size'; there are like"):
        start('like = "@clay"', "size = 3")


def test_a_reference_to_nothing_names_the_steps_before(start):
    with pytest.raises(OptionError, match="'@kiln' names a step that has not run before; there are clay"):
        start("@clay", "@kiln")


def test_a_brace_around_no_parameter_names_the_parameters(start):
    with pytest.raises(OptionError, match="'{size}' names no parameter; there are epochs, title"):
        start('title = "{title}"', 'title = "{size}"')


def test_a_step_without_anything_to_read_says_so(start):
    with pytest.raises(OptionError, match="step 'sort' reads the kind 'model', and no step before it writes one"):
        start('stage = "cast"\nfolder = "clay"\noptions =', 'stage = "sort"\n#')


def test_a_summary_of_no_step_is_refused(start):
    with pytest.raises(OptionError, match="summary names 'glaze', which no step writes; there are clay, sort"):
        start('summary = ["clay"]', 'summary = ["glaze"]')


def test_two_steps_in_one_folder_are_refused(start):
    with pytest.raises(OptionError, match="two steps write to 'clay'"):
        start('stage = "sort"', 'stage = "sort"\nfolder = "clay"')


@pytest.mark.parametrize("folder", ["../away", "/tmp/away", "a/b", "."])
def test_a_folder_outside_the_flow_is_refused(start, folder: str):
    with pytest.raises(OptionError, match="needs a plain folder name"):
        start('folder = "clay"', f'folder = "{folder}"')


def test_a_mistake_in_a_late_step_is_found_before_the_first_runs(start, cast, tmp_path: Path):
    with pytest.raises(LevadaError):
        start("@clay", "@kiln")
    assert cast.runs == 0
    assert not (tmp_path / "out").exists()


def test_a_choice_that_excludes_the_default_is_refused(start):
    with pytest.raises(OptionError, match="parameter 'epochs' needs a default among its choices"):
        start("default = 2", "default = 5")


def test_a_folder_that_holds_something_is_refused(start, tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="exists already"):
        start()


def test_an_empty_folder_is_used(start, tmp_path: Path):
    (tmp_path / "out").mkdir()
    assert set(start()) == {"clay", "sort"}


def test_a_file_in_the_way_is_refused_even_by_force(start, tmp_path: Path):
    (tmp_path / "out").write_text("dear")
    with pytest.raises(OutputError, match="is a file"):
        start(force=True)


def test_what_stood_before_a_failing_step_is_kept_whole(start, tmp_path: Path):
    with pytest.raises(RunFault, match="image 7 was lost"):
        start('stage = "sort"\noptions = { like = "@clay" }', 'stage = "sort"\n[[step]]\nstage = "race"')
    assert load_any(tmp_path / "out" / "race").payload("answers").exists()
    assert load_any(tmp_path / "out" / "sort").payload("images").exists()


def test_a_flow_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(OptionError, match=r"cannot read the flow .*none.toml"):
        flows.read(tmp_path / "none.toml")


def test_a_flow_that_is_no_toml_is_named(file: Path):
    file.write_text("name = = 3")
    with pytest.raises(OptionError, match=r"pottery.toml is no TOML"):
        flows.read(file)


def test_an_unknown_field_of_a_flow_is_named_with_its_place(file: Path):
    file.write_text(POTTERY.replace('stage = "sort"', 'stage = "sort"\nwhen = "later"'))
    with pytest.raises(OptionError, match=r"unknown field `when` - at `\$.step\[1\]`"):
        flows.read(file)


def test_parameters_have_the_types_of_their_defaults(file: Path):
    parameters = flows.parameters_of(flows.read(file))
    assert msgspec.structs.asdict(parameters()) == {"epochs": 2, "title": "pot{epochs}"}
