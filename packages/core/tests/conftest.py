# SPDX-License-Identifier: Apache-2.0
"""What core's tests share: artefacts on disk, ways to spoil them, small stages, plug-ins made of values, and the command."""

import json
from types import SimpleNamespace
from typing import Annotated, NamedTuple

import pytest
from hypothesis import settings

from levada.core import cli, testing
from levada.core.hookspecs import hookimpl
from levada.core.manifests import Images, Model
from levada.core.plugins import Registry
from levada.core.runner import Runner
from levada.core.stages import Flag, Options, Stage
from levada.core.store import Store

settings.register_profile("levada", deadline=None, max_examples=40)
settings.load_profile("levada")


class PickOptions(Options, frozen=True, kw_only=True):
    """Options of the stage that tests run."""

    data: Annotated[str, Flag("the data set")] = "digits"
    table: Annotated[str | None, Flag("a file that matters", file=True)] = None


class Pick(Stage[PickOptions]):
    """Write the golden images of a model."""

    name = "pick"
    reads = (Model,)
    writes = Images
    options = PickOptions
    tools = ("msgspec", "no-such-tool")
    ran = 0

    def run(self, inputs, options, work):
        type(self).ran += 1
        (model,) = inputs
        work.add_bytes("images", "images.npy", model.payload("golden_inputs").read_bytes())
        return testing.images(dataset=options.data)


class First(Stage[Options]):
    """Write a model out of nothing."""

    name = "first"
    writes = Model

    def run(self, inputs, options, work):
        for name, content in testing.payloads_of(testing.model()).items():
            work.add_bytes(name, f"{name}.npy", content)
        return testing.model()


@pytest.fixture
def pick():
    """A stage from Model to Images that counts how often it ran."""
    Pick.ran = 0
    return Pick


@pytest.fixture
def first():
    """A stage that reads nothing and writes a Model."""
    return First


@pytest.fixture
def model_folder(tmp_path):
    """A saved Model."""
    return testing.saved(tmp_path / "model", testing.model()).folder


@pytest.fixture
def manifest_of():
    """Return the JSON of an artefact's manifest."""
    return lambda folder: json.loads((folder / "manifest.json").read_text())


@pytest.fixture
def rewrite(manifest_of):
    """Change fields of a manifest on disk: ``rewrite(folder, name="x")``; a callable changes the whole JSON."""

    def change(folder, edit=None, **fields):
        raw = manifest_of(folder) | fields
        if edit is not None:
            edit(raw)
        (folder / "manifest.json").write_text(json.dumps(raw))
        return folder

    return change


@pytest.fixture
def spoil():
    """Overwrite a read-only payload."""

    def overwrite(path, content):
        path.chmod(0o644)
        path.write_bytes(content)

    return overwrite


@pytest.fixture
def stranger():
    """Return a plug-in with these hooks: ``stranger(levada_register_board=[…])`` or a function."""

    def make(**hooks):
        functions = {name: value if callable(value) else returning(value) for name, value in hooks.items()}
        return SimpleNamespace(**{name: hookimpl(function) for name, function in functions.items()})

    return make


def returning(value):
    """Return a function without arguments that returns ``value``."""
    return lambda: value


@pytest.fixture
def empty():
    """A registry without any plug-in."""
    return Registry(entry_points=())


class Said(list):
    """A quiet progress that remembers what was said."""

    def say(self, text):
        self.append(text)


@pytest.fixture
def said():
    return Said()


@pytest.fixture
def runner(said, pick, first, tmp_path):
    """A runner with a store, core's own plug-in, and the two stages."""
    return Runner(testing.registry(pick, first), Store(tmp_path / "store"), said)


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def levada(monkeypatch, capsys, tmp_path, pick, first):
    """The command, in this process, with core's own commands and the two stages: returns code, out and err."""
    monkeypatch.setenv("LEVADA_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(cli, "Registry", lambda without: testing.registry(pick, first))

    def call(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as done:
            code = done.code
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
