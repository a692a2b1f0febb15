# SPDX-License-Identifier: Apache-2.0
"""The kit for stages."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from levada.core import flags
from levada.core.artefact import Artefact, load_any, sha256_of
from levada.core.errors import OutputError
from levada.core.manifests import (
    KINDS,
    Build,
    Dataflow,
    Deployment,
    Images,
    Manifest,
    Model,
    Plan,
    Run,
    kind_of,
)  # fmt: skip
from levada.core.plugins import Registry
from levada.core.runner import Runner
from levada.core.stages import Options, Stage
from levada.core.testing import dataflows, deployments, models, plans
from levada.core.testing.conformance.running import refusal
from levada.core.testing.folders import saved

BUILDERS: dict[type[Manifest], Callable[[], Manifest]] = {
    Model: models.model,
    Images: models.images,
    Dataflow: dataflows.dataflow,
    Plan: plans.plan,
    Deployment: deployments.deployment,
    Build: deployments.build,
    Run: deployments.run,
}


class StageConformance:
    """Tests of a stage: name its class as ``stage``.

    It reads the builders' manifests; override :meth:`inputs` for others, :meth:`options` where it has options without default, and
    :meth:`registry` to choose what is registered.
    """

    stage: type[Stage[Any]]

    def inputs(self, folder: Path) -> list[Path]:
        """Write the artefacts that the stage reads under ``folder``, and return where."""
        return [saved(folder / kind_of(kind), BUILDERS[kind]()).folder for kind in self.stage.reads]

    def options(self) -> Options:
        """Return the options to run it with."""
        return self.stage.options()

    def registry(self) -> Registry:
        """Return the registry to run it with."""
        return Registry()

    def test_it_says_in_a_line_what_it_does(self) -> None:
        summary = (self.stage.__doc__ or "").strip().partition("\n")[0]
        assert summary, "the first line of a stage's docstring is the help of its command; there is none"

    def test_it_reads_and_writes_manifests(self) -> None:
        strange = [kind for kind in (*self.stage.reads, self.stage.writes) if kind not in KINDS]
        assert not strange, f"{strange} are no manifests"

    def test_every_option_has_help(self) -> None:
        silent = [field.name for field in flags.fields(self.stage.options) if not field.help]
        assert not silent, f"options {silent} have no Flag that says what they are"

    def test_its_options_make_flags(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument("--out")
        parser.add_argument("--force")
        flags.add_to(parser, self.stage.options)

    def test_it_writes_what_it_says_with_sound_payloads(self, tmp_path: Path) -> None:
        made = self._run(tmp_path)
        assert isinstance(made.manifest, self.stage.writes), f"it wrote a {type(made.manifest).__name__}"
        for name in load_any(made.folder).manifest.files:
            made.payload(name)

    def test_it_names_its_sources(self, tmp_path: Path) -> None:
        inputs = self.inputs(tmp_path)
        made = self._run_on(inputs, tmp_path / "out")
        for folder in inputs:
            source = load_any(folder)
            assert made.manifest.sources.get(kind_of(source.manifest)) == source.digest

    def test_the_same_work_gives_the_same_digest(self, tmp_path: Path) -> None:
        if self.stage.cached:
            inputs = self.inputs(tmp_path)
            first, second = (self._run_on(inputs, tmp_path / name) for name in ("first", "second"))
            assert first.digest == second.digest, _difference(first.manifest, second.manifest)

    def test_it_leaves_its_inputs_as_they_were(self, tmp_path: Path) -> None:
        inputs = self.inputs(tmp_path)
        before = _digests(inputs)
        self._run_on(inputs, tmp_path / "out")
        assert _digests(inputs) == before, "an input was changed"

    def test_it_leaves_nothing_beside_its_output(self, tmp_path: Path) -> None:
        inputs = self.inputs(tmp_path)
        before = {path.name for path in tmp_path.iterdir()}
        self._run_on(inputs, tmp_path / "out")
        assert {path.name for path in tmp_path.iterdir()} == before | {"out"}

    def test_an_output_that_is_there_is_kept(self, tmp_path: Path) -> None:
        inputs = self.inputs(tmp_path)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "precious").write_text("keep me")
        with refusal(OutputError, "an output folder that is there"):
            self._run_on(inputs, tmp_path / "out")
        assert (tmp_path / "out" / "precious").read_text() == "keep me"

    def _run(self, folder: Path) -> Artefact[Any]:
        return self._run_on(self.inputs(folder), folder / "out")

    def _run_on(self, inputs: list[Path], out: Path) -> Artefact[Any]:
        return Runner(self.registry()).run(self.stage, inputs, self.options(), out)


def _digests(folders: list[Path]) -> dict[str, str]:
    return {str(path): sha256_of(path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}


def _difference(first: Manifest, second: Manifest) -> str:
    names = [name for name in first.__struct_fields__ if getattr(first, name) != getattr(second, name)]
    blobs = [name for name in first.files if first.files[name] != second.files.get(name)]
    return f"fields {names} differ, payloads {blobs} among them: {msgspec.json.encode(first.files)[:200]!r}…"
