# SPDX-License-Identifier: Apache-2.0
"""Toy stages and a runner around them: enough to try flows and core's commands without any other package."""

from pathlib import Path
from typing import Annotated, Literal

import pytest

from levada.core import testing
from levada.core.errors import RunFault
from levada.core.manifests import Images, Model, Run
from levada.core.runner import Runner
from levada.core.stages import Flag, Options, Stage
from levada.core.store import Store


class CastOptions(Options, frozen=True, kw_only=True):
    """Options of the toy stage that makes a model."""

    title: Annotated[str, Flag("what to call it", positional=True)]
    epochs: Annotated[int, Flag("how long to train", metavar="N")] = 3
    mode: Annotated[Literal["fast", "slow"], Flag("how to train")] = "fast"
    notes: Annotated[tuple[str, ...], Flag("a note; may be repeated", name="--note")] = ()


class Cast(Stage[CastOptions]):
    """Cast a model of clay."""

    name = "cast"
    writes = Model
    options = CastOptions
    runs = 0

    def run(self, inputs, options, work):
        type(self).runs += 1
        for name, content in testing.payloads_of(testing.model()).items():
            work.add_bytes(name, f"{name}.npy", content)
        return testing.model(name=f"{options.title}-{options.epochs}-{options.mode}")


class SortOptions(Options, frozen=True, kw_only=True):
    """Options of the toy stage that makes images."""

    like: Annotated[str, Flag("a folder to look at")] = ""


class Sort(Stage[SortOptions]):
    """Sort the images of a model."""

    name = "sort"
    reads = (Model,)
    writes = Images
    options = SortOptions

    def run(self, inputs, options, work):
        (model,) = inputs
        work.add("images", model.payload("golden_inputs"))
        return testing.images(dataset=f"{model.manifest.name} like {Path(options.like).name}")


class Race(Stage[Options]):
    """Run, and lose one image."""

    name = "race"
    reads = (Images,)
    writes = Run
    cached = False

    def run(self, inputs, options, work):
        work.add_bytes("answers", "answers.npy", testing.payloads_of(testing.run())["answers"])
        return testing.run()

    def verify(self, manifest):
        raise RunFault("image 7 was lost on the way")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner that knows the toy stages, with a store of its own."""
    Cast.runs = 0
    return Runner(testing.registry(Cast, Sort, Race), Store(tmp_path / "store"))


@pytest.fixture
def cast() -> type[Cast]:
    return Cast
