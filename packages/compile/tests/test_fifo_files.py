# SPDX-License-Identifier: Apache-2.0
"""FIFO depths out of a file."""

import pytest

from levada.compile.fifo_files import FifoWish, deepen, read
from levada.core.errors import OptionError
from levada.core.manifests import Fifo
from levada.core.testing import stream

STREAMS = (
    stream(None, "MVAU_0"),
    stream("MVAU_1", "AddStreams_0", fifo=Fifo(depth=64, status="rule")),
    stream("LabelSelect_0", None),
)
NAME = STREAMS[1].name


@pytest.fixture
def file(tmp_path):
    def written(content, name="fifos.toml"):
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return written


def deepened(fifo):
    return deepen(STREAMS, (), FifoWish(streams={NAME: fifo}))[1].fifo


def test_a_number_is_a_depth_in_elements(file):
    assert read(file(f'"{NAME}" = 100\n')) == {NAME: Fifo(depth=100, status="unknown")}


def test_a_table_says_status_and_side_too(file):
    found = read(file(f'"{NAME}" = {{ depth = 9, status = "proven", side = "sink" }}\n'))
    assert found == {NAME: Fifo(depth=9, status="proven", side="sink")}


def test_json_says_the_same(file):
    assert read(file(f'{{"{NAME}": {{"depth": 9}}}}', "fifos.json")) == {NAME: Fifo(depth=9, status="unknown")}


def test_what_the_file_leaves_out_keeps_its_depth():
    found = deepen(STREAMS, (), FifoWish(streams={NAME: Fifo(depth=9, status="proven")}))
    assert [found[0], found[2]] == [STREAMS[0], STREAMS[2]]


@pytest.mark.parametrize(("depth", "status"), [(63, "unknown"), (64, "rule"), (65, "rule")])
def test_without_a_status_the_rule_decides(depth, status):
    assert deepened(Fifo(depth=depth, status="unknown")).status == status


def test_a_status_that_is_given_stays():
    assert deepened(Fifo(depth=9, status="proven")) == Fifo(depth=9, status="proven")


def test_the_rule_changes_nothing():
    assert deepen(STREAMS, (), FifoWish.of("rule")) == STREAMS


def test_a_stream_that_is_not_there_is_named_with_some_that_are():
    wish = FifoWish(streams={NAME + "2": Fifo(depth=1, status="rule")})
    with pytest.raises(OptionError, match=rf"one of the network's 3 streams, such as \['{NAME}'.*got '{NAME}2'"):
        deepen(STREAMS, (), wish)


def test_a_published_rule_that_does_not_speak_of_the_network_is_refused():
    with pytest.raises(OptionError, match="--fifos finn-examples: expected a network of bottleneck blocks"):
        deepen(STREAMS, (), FifoWish.of("finn-examples"))


def test_a_file_that_is_not_there_is_named_with_the_rules(tmp_path):
    with pytest.raises(
        OptionError, match=r"expected rule, finn-examples or a file, got '.*deep\.toml', which cannot be"
    ):
        FifoWish.of(str(tmp_path / "deep.toml"))


@pytest.mark.parametrize("name", ["fifos.toml", "fifos.json"])
def test_a_file_of_another_format_is_refused(file, name):
    with pytest.raises(OptionError, match="expected TOML, or JSON in a file that ends in .json, got something else"):
        read(file("<xml/>", name))


def test_json_that_is_no_table_is_refused(file):
    with pytest.raises(OptionError, match=r"expected stream names and depths in '.*', got \[3\]"):
        read(file("[3]", "fifos.json"))


@pytest.mark.parametrize(
    "value", ['"deep"', "-1", '{ status = "rule" }', '{ depth = 3, status = "sure" }', "{ deep = 3 }"]
)
def test_what_is_no_depth_is_named_with_its_stream(file, value):
    with pytest.raises(
        OptionError, match=rf"expected a depth in elements, or depth, status and side, for stream '{NAME}'"
    ):
        read(file(f'"{NAME}" = {value}\n'))
