# SPDX-License-Identifier: Apache-2.0
"""CURVE keys as files."""

import stat

import pytest

from levada.core.errors import OptionError, OutputError
from levada.runtime import keys


@pytest.fixture
def folder(tmp_path):
    keys.generate(tmp_path / "keys", ["fpga1", "fpga2"])
    return tmp_path / "keys"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secret_files_are_for_their_owner_alone(folder):
    assert {mode(path) for path in folder.glob("*.secret")} == {0o600}


def test_the_folder_is_private(folder):
    assert mode(folder) == 0o700


def test_every_key_is_another(folder):
    assert len({path.read_bytes() for path in folder.iterdir()}) == 6


def test_an_agent_listens_to_the_controller_alone(folder):
    agent, controller = keys.for_agent(folder, "fpga1"), keys.for_controller(folder, ["fpga1"])
    assert agent.allowed == {controller.own.public}


def test_a_controller_knows_every_host(folder):
    controller = keys.for_controller(folder, ["fpga1", "fpga2"])
    assert controller.hosts["fpga2"] == keys.for_agent(folder, "fpga2").own.public


def test_an_agent_needs_no_other_hosts_secret(folder):
    (folder / "fpga2.secret").unlink()
    (folder / "controller.secret").unlink()
    assert keys.for_agent(folder, "fpga1")


def test_existing_keys_are_not_replaced(folder):
    with pytest.raises(OutputError, match=r"controller\.key exists already; keys are never replaced"):
        keys.generate(folder, ["fpga1"])


def test_a_missing_key_says_how_to_make_one(folder):
    with pytest.raises(
        OptionError, match=r"cannot read key file .*fpga3\.secret: No such file .*levada keys --cluster C"
    ):
        keys.for_agent(folder, "fpga3")


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o666])
def test_a_secret_that_others_can_read_is_refused_with_the_remedy(folder, loose):
    (folder / "fpga1.secret").chmod(loose)
    with pytest.raises(
        OptionError, match=rf"has mode 0{loose:o}, so others can read it; run: chmod 600 .*fpga1\.secret"
    ):
        keys.for_agent(folder, "fpga1")


def test_a_file_that_holds_no_key_is_refused(folder):
    (folder / "controller.key").write_text("sesame\n")
    with pytest.raises(OptionError, match=r"controller\.key holds 6 characters, a CURVE key has 40"):
        keys.for_agent(folder, "fpga1")
