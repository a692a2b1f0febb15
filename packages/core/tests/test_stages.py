# SPDX-License-Identifier: Apache-2.0
"""Work, options and flags as a stage's author sees them."""

import msgspec
import pytest

from levada.core import testing
from levada.core.errors import PayloadError
from levada.core.progress import Progress
from levada.core.stages import Flag, Options, Stage, Work


@pytest.fixture
def work(tmp_path, empty):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Work(empty, Progress(), scratch)


def test_a_work_starts_without_payloads(work):
    assert work.payloads == {}


def test_bytes_become_a_payload(work):
    work.add_bytes("images", "pixels.npy", b"pixels")
    assert work.payloads["images"].read_bytes() == b"pixels"


def test_a_payload_keeps_the_suffix_of_its_file(work):
    work.add_bytes("images", "pixels.npy", b"pixels")
    assert work.payloads["images"].suffix == ".npy"


def test_payloads_of_one_file_name_do_not_overwrite_each_other(work):
    work.add_bytes("first", "same.npy", b"1")
    work.add_bytes("second", "same.npy", b"2")
    assert [work.payloads[name].read_bytes() for name in ("first", "second")] == [b"1", b"2"]


def test_a_payload_added_again_is_the_later_one(work):
    work.add_bytes("first", "a.npy", b"1")
    work.add_bytes("first", "a.npy", b"2")
    assert work.payloads["first"].read_bytes() == b"2"


def test_a_file_in_scratch_is_taken_where_it_lies(work):
    file = work.scratch / "graph.onnx"
    file.write_bytes(b"graph")
    work.add("graph", file)
    assert work.payloads["graph"] == file


def test_a_users_file_is_copied_not_taken(work, tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"graph")
    work.add("graph", file)
    assert not work.payloads["graph"].samefile(file)
    assert work.payloads["graph"].read_bytes() == b"graph"


def test_a_link_out_of_scratch_is_a_users_file(work, tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"graph")
    (work.scratch / "link.onnx").symlink_to(file)
    work.add("graph", work.scratch / "link.onnx")
    assert not work.payloads["graph"].is_symlink()


def test_what_is_returned_is_a_copy(work):
    work.payloads["images"] = work.scratch
    assert work.payloads == {}


def test_all_payloads_of_an_input_are_carried(work, tmp_path):
    model = testing.saved(tmp_path / "model", testing.model())
    work.carry(model)
    assert sorted(work.payloads) == ["golden_inputs", "golden_labels", "graph"]


def test_named_payloads_of_an_input_are_carried(work, tmp_path):
    model = testing.saved(tmp_path / "model", testing.model())
    work.carry(model, "graph")
    assert work.payloads == {"graph": tmp_path / "model" / "graph.onnx"}


def test_a_damaged_payload_is_not_carried(work, tmp_path, spoil):
    model = testing.saved(tmp_path / "model", testing.model())
    spoil(tmp_path / "model" / "graph.onnx", b"other")
    with pytest.raises(PayloadError, match=r"graph\.onnx has 5 bytes"):
        work.carry(model)


def test_a_payload_that_is_not_there_is_not_carried(work, tmp_path):
    model = testing.saved(tmp_path / "model", testing.model())
    with pytest.raises(PayloadError, match="has no payload 'curve'"):
        work.carry(model, "curve")


def test_a_flag_is_what_msgspec_knows_as_metadata():
    flag = Flag("how fast", name="--clock", metavar="MHZ", positional=True, file=True)
    assert flag.description == "how fast"
    assert flag.extra == {"positional": True, "name": "--clock", "metavar": "MHZ", "file": True}


def test_options_are_frozen():
    class Some(Options, frozen=True, kw_only=True):
        value: int = 1

    with pytest.raises(AttributeError):
        Some().value = 2


def test_options_take_no_unknown_field():
    with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
        msgspec.convert({"colour": "green"}, Options)


def test_a_stage_without_run_cannot_be_made():
    class Idle(Stage[Options]):
        name = "idle"

    with pytest.raises(TypeError, match="abstract"):
        Idle()


def test_a_stage_reads_nothing_and_is_cached_unless_it_says_otherwise(first):
    assert (first.reads, first.cached, first.tools) == ((), True, ())


def test_a_stage_has_nothing_to_say_against_its_manifest_unless_it_does(first):
    assert first().verify(testing.model()) is None
