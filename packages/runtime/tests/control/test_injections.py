# SPDX-License-Identifier: Apache-2.0
"""What ``--inject`` takes."""

import pytest

from levada.core.errors import OptionError
from levada.core.interfaces import Injection
from levada.runtime.control.injections import parse


@pytest.fixture
def deployment(rig):
    return rig.deployment(3, "chain")


@pytest.mark.parametrize(
    ("text", "action", "target", "frame"),
    [
        ("flip@A->B:5", "flip", "A->B", 5),
        ("drop@B->C:0", "drop", "B->C", 0),
        ("kill@fpga2:19", "kill", "fpga2", 19),
    ],
)
def test_each_kind_of_fault_is_read(deployment, text, action, target, frame):
    assert parse([text], deployment, 20) == (Injection(action=action, target=target, frame=frame),)


def test_several_faults_are_kept_in_order(deployment):
    faults = parse(["flip@A->B:5", "kill@fpga2:19"], deployment, 20)
    assert [fault.action for fault in faults] == ["flip", "kill"]


@pytest.mark.parametrize("text", ["flip", "flip@A->B", "melt@A->B:5", "flip@A->B:x", "flip@A->B:-1", "@A->B:5", ""])
def test_a_misspelt_fault_is_shown_with_the_form(deployment, text):
    with pytest.raises(OptionError, match=r"--inject expects flip@STREAM:FRAME, .* got '"):
        parse([text], deployment, 20)


def test_a_stream_that_crosses_nothing_is_named_with_those_that_do(deployment):
    with pytest.raises(OptionError, match=r"no stream between cards 'C->D'; there are A->B, A->D, B->C"):
        parse(["drop@C->D:5"], deployment, 20)


def test_a_host_that_is_not_there_is_named_with_those_that_are(deployment):
    with pytest.raises(OptionError, match=r"no host 'fpga9'; there are fpga1, fpga2, fpga3"):
        parse(["kill@fpga9:5"], deployment, 20)


def test_a_frame_beyond_the_last_is_refused(deployment):
    with pytest.raises(OptionError, match=r"there is no frame 20, the run has 20 images"):
        parse(["flip@A->B:20"], deployment, 20)


def test_one_card_has_no_stream_to_harm(rig):
    with pytest.raises(OptionError, match="there are none"):
        parse(["flip@A->B:0"], rig.deployment(1, "loop"), 20)
