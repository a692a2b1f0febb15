# SPDX-License-Identifier: Apache-2.0
"""A stage: manifests in, one manifest out. The base class; :mod:`levada.core.runner` runs it."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from levada.core.artefact import Artefact
from levada.core.manifests import Manifest
from levada.core.progress import Progress

if TYPE_CHECKING:
    from levada.core.plugins import Registry


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of a stage's options: one field per flag, documented with ``Annotated[type, Flag("…")]``.

    A field ``clock_mhz`` becomes ``--clock-mhz`` unless its Flag names another; one without default is required.
    """


def Flag(  # noqa: N802 - reads as the annotation it is
    help: str,  # noqa: A002 - the word users know
    *,
    positional: bool = False,
    name: str | None = None,
    metavar: str | None = None,
    file: bool = False,
) -> msgspec.Meta:
    """Describe an option: its help, whether it stands without dashes, and whether its value may name a file.

    The content of a ``file`` becomes part of the stage's cache key, so that an edited file is a new input.
    """
    return msgspec.Meta(
        description=help, extra={"positional": positional, "name": name, "metavar": metavar, "file": file}
    )


O = TypeVar("O", bound=Options)  # noqa: E741


class StageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What observers hear of a stage: where its artefact is, how long it took, whether the store had it."""

    stage: str
    folder: Path
    seconds: float
    cached: bool


class Work:
    """What a running stage may use: the registry, progress, a scratch folder, and a place for payloads.

    The stage adds or carries payloads and returns its manifest with empty ``files`` and ``sources``; the runner fills both in.
    """

    def __init__(self, registry: "Registry", progress: Progress, scratch: Path) -> None:
        """Start with no payloads; ``scratch`` exists and is removed afterwards."""
        self.registry = registry
        self.progress = progress
        self.scratch = scratch
        self._payloads: dict[str, Path] = {}

    def add(self, name: str, file: Path) -> None:
        """Make a file the payload ``name``; it is saved as ``name`` with the file's suffix.

        A file outside ``scratch`` is copied, because a payload is linked and becomes read-only: a user's file stays his own.
        """
        if self.scratch.resolve() not in file.resolve().parents:
            file = Path(shutil.copyfile(file, self._place(name, file.name)))
        self._payloads[name] = file

    def add_bytes(self, name: str, file_name: str, content: bytes) -> None:
        """Write ``content`` to ``scratch`` and make it the payload ``name``; of ``file_name`` the suffix remains."""
        file = self._place(name, file_name)
        file.write_bytes(content)
        self._payloads[name] = file

    def carry(self, artefact: Artefact[Any], *names: str) -> None:
        """Carry payloads of an input forward; all of them where no name is given."""
        for name in names or artefact.manifest.files:
            self._payloads[name] = artefact.payload(name)

    def _place(self, name: str, file_name: str) -> Path:
        """Return where a payload lies in ``scratch``: in a folder of its own, whatever other payloads' files are called."""
        folder = self.scratch / "payloads" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / file_name

    @property
    def payloads(self) -> dict[str, Path]:
        """Return payload name → file, as the runner will save them."""
        return dict(self._payloads)


class Stage(ABC, Generic[O]):
    """One step of a flow and one sub-command.

    ::

        class Shuffle(Stage[ShuffleOptions]):
            \"\"\"Shuffle images.\"\"\"          # the first line is the sub-command's help

            name = "shuffle"
            reads = (Images,)              # positional arguments IMAGES_DIR, in order
            writes = Images
            options = ShuffleOptions
            tools = ("numpy",)             # distributions whose versions belong to the cache key

            def run(self, inputs, options, work):
                (images,) = inputs
                work.carry(images)
                return images.manifest
    """

    name: ClassVar[str]
    reads: ClassVar[tuple[type[Manifest], ...]] = ()
    writes: ClassVar[type[Manifest]]
    options: ClassVar[type[Options]] = Options
    tools: ClassVar[tuple[str, ...]] = ()
    cached: ClassVar[bool] = True

    @abstractmethod
    def run(self, inputs: tuple[Artefact[Any], ...], options: O, work: Work) -> Manifest:
        """Return the manifest made from ``inputs`` (one per kind in ``reads``); payloads go through ``work``."""

    def settled(self, options: O, registry: "Registry") -> O:  # noqa: ARG002
        """Return the options with what was left open filled in, so that the store knows equal work by equal options."""
        return options

    def verify(self, manifest: Any) -> None:
        """Raise a Fault where the saved ``manifest`` tells of a failure; called after it was saved, so that nothing is lost."""
