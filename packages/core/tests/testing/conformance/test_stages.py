# SPDX-License-Identifier: Apache-2.0
"""The kit for stages: passed by a stage that copies, failed by each kind of bad one."""

import itertools
from typing import Annotated

import pytest

from levada.core import testing
from levada.core.manifests import KINDS, Images, Model, kind_of
from levada.core.stages import Flag, Options, Stage
from levada.core.testing.conformance import StageConformance, failures
from levada.core.testing.conformance.stages import BUILDERS


class CopyOptions(Options, frozen=True, kw_only=True):
    """Options of the copying stage."""

    data: Annotated[str, Flag("what to call the images")] = "digits"


class Copy(Stage[CopyOptions]):
    """Take the golden images of a model."""

    name = "copy"
    reads = (Model,)
    writes = Images
    options = CopyOptions

    def run(self, inputs, options, work):
        work.add_bytes("images", "images.npy", inputs[0].payload("golden_inputs").read_bytes())
        return testing.images(dataset=options.data)


class CopyKit(StageConformance):
    stage = Copy

    def registry(self):
        return testing.registry()


class TestCopy(CopyKit):
    pass


def bad(**named):
    return type("Bad", (Copy,), {"__doc__": "Take images.", **named})


class Silent(Options, frozen=True, kw_only=True):
    data: str = "digits"


class Colliding(Options, frozen=True, kw_only=True):
    data: Annotated[str, Flag("what to call the images")] = "digits"
    force: Annotated[bool, Flag("mine")] = False


TURNS = itertools.count()


def restless(self, inputs, options, work):
    work.add_bytes("images", "images.npy", b"pixels")
    return testing.images(count=next(TURNS))


def restless_pixels(self, inputs, options, work):
    work.add_bytes("images", "images.npy", str(next(TURNS)).encode())
    return testing.images()


def meddling(self, inputs, options, work):
    path = inputs[0].manifest_path()
    path.write_text(path.read_text().replace("digits-small", "mine"))
    return Copy.run(self, inputs, options, work)


def littering(self, inputs, options, work):
    (work.scratch.parent / "litter").write_text("x")
    return Copy.run(self, inputs, options, work)


def failing(self, inputs, options, work):
    raise RuntimeError("tired")


WRITES = "test_it_writes_what_it_says_with_sound_payloads"
SAME = "test_the_same_work_gives_the_same_digest"
BAD = {
    "no help": (bad(__doc__=""), "test_it_says_in_a_line_what_it_does"),
    "what it reads is no manifest": (bad(reads=(dict,)), "test_it_reads_and_writes_manifests"),
    "what it writes is no manifest": (bad(writes=dict), "test_it_reads_and_writes_manifests"),
    "an option without help": (bad(options=Silent), "test_every_option_has_help"),
    "an option of the command's own": (bad(options=Colliding), "test_its_options_make_flags"),
    "it fails": (bad(run=failing), WRITES),
    "it writes something else": (bad(run=lambda *a: testing.model()), WRITES),
    "another figure each time": (bad(run=restless), SAME),
    "another payload each time": (bad(run=restless_pixels), SAME),
    "it changes its input": (bad(run=meddling), "test_it_leaves_its_inputs_as_they_were"),
    "it leaves litter": (bad(run=littering), "test_it_leaves_nothing_beside_its_output"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_stage_fails(tmp_path, fault):
    stage, test = BAD[fault]
    assert test in failures(type("Kit", (CopyKit,), {"stage": stage}), tmp_path)


def test_a_difference_is_named(tmp_path):
    text = failures(type("Kit", (CopyKit,), {"stage": bad(run=restless)}), tmp_path)[SAME]
    assert "fields ['count'] differ" in text


def test_a_payload_that_differs_is_named(tmp_path):
    text = failures(type("Kit", (CopyKit,), {"stage": bad(run=restless_pixels)}), tmp_path)[SAME]
    assert "payloads ['images'] among them" in text


def test_a_stage_that_is_never_cached_may_differ_each_time(tmp_path):
    kit = type("Kit", (CopyKit,), {"stage": bad(run=restless, cached=False)})
    assert SAME not in failures(kit, tmp_path)


def test_inputs_and_options_can_be_chosen(tmp_path):
    seen = []

    class Kit(CopyKit):
        stage = bad(run=lambda self, inputs, options, work: seen.append(
            (inputs[0].manifest.name, options.data)) or Copy.run(self, inputs, options, work))  # fmt: skip

        def inputs(self, folder):
            return [testing.saved(folder / "mine", testing.model(name="mine")).folder]

        def options(self):
            return CopyOptions(data="letters")

    assert failures(Kit, tmp_path) == {}
    assert set(seen) == {("mine", "letters")}


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_kind_can_be_an_input(kind):
    assert isinstance(BUILDERS[kind](), kind)
