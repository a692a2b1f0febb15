# SPDX-License-Identifier: Apache-2.0
"""Write docs/manifests.md from the code: `python docs/describe_manifests.py`. A test compares the page with the code."""

import inspect
import re
import sys
from pathlib import Path

import msgspec

from levada.core import manifests, resources
from levada.core.manifests import KINDS, Manifest, Record

COMMON = {"sources", "files", "extensions"}
PAGE = Path(__file__).with_name("manifests.md")
HEAD = """# Manifests: what passes between stages

<!-- Written by docs/describe_manifests.py from levada.core.manifests; edit the docstrings there. -->

A manifest is a folder with `manifest.json` and payload files. It is complete by itself: payloads are carried forward, paths are
relative, and every payload is checked against its size and sha256 whenever it is opened. `levada show DIR` sums one up,
`levada schema KIND` prints its JSON schema.

Every manifest has `kind` (with its version), `sources` (the digest of each artefact it was made from), `files` (payload name → path, sha256
and size) and `extensions` (distribution → anything, carried through untouched for plug-ins).

Unknown fields are refused. A manifest of a newer minor version is read with a notice, one of another major version is refused with the
name of the package to upgrade. Times, hosts and versions of the moment stand beside it in `log.json`, so that equal work gives equal digests.

"""


def page() -> str:
    """Return the whole page."""
    kinds = "".join(section(kind, f"`{tag(kind)}`: {kind.__name__}") for kind in KINDS)
    shared = "".join(section(record, f"`{record.__name__}`", level=3) for record in records())
    return f"{HEAD}{kinds}## Parts of manifests\n\n{shared}".rstrip() + "\n"


def tag(kind: type[Manifest]) -> str:
    """Return kind and version, e.g. `plan/1.0`."""
    return str(msgspec.inspect.type_info(kind).tag)  # type: ignore[attr-defined]


def records() -> list[type]:
    """Return every record that a manifest may hold, by name."""
    found = [value for value in vars(manifests).values() if isinstance(value, type) and issubclass(value, Record)]
    found += [resources.Resources, resources.Fractions]
    return sorted((record for record in found if record not in (*KINDS, Manifest, Record)), key=lambda r: r.__name__)


def section(record: type, title: str, level: int = 2) -> str:
    """Return a record's docstring and the table of its fields."""
    fields = [field for field in msgspec.structs.fields(record) if field.name not in COMMON]
    rows = [f"| `{field.name}` | {shown(record, field)} |" for field in fields]
    table = "\n".join(["| field | type |", "|---|---|", *rows])
    return f"{'#' * level} {title}\n\n{prose(record)}\n\n{table}\n\n"


def shown(record: type, field: msgspec.structs.FieldInfo) -> str:
    """Return a field's type as the source has it."""
    annotations = (inspect.get_annotations(cls) for cls in record.__mro__)
    annotation = next(found[field.name] for found in annotations if field.name in found)
    text = re.sub(
        r"\b(?:\w+\.)+(\w)", r"\1", annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    )
    aliases = {typing_text(manifests.Digest): "Digest", typing_text(manifests.Count): "Count"}
    for long, short in aliases.items():
        text = text.replace(long, short)
    return f"`{text}`".replace("|", "\\|")


def typing_text(annotation: object) -> str:
    """Return an annotation as :func:`shown` first writes it."""
    return re.sub(r"\b(?:\w+\.)+(\w)", r"\1", inspect.formatannotation(annotation))


def prose(record: type) -> str:
    """Return a docstring as Markdown."""
    text = inspect.cleandoc(record.__doc__ or "")
    return re.sub(r"``([^`]+)``", r"`\1`", re.sub(r":\w+:`[~.]?([^`]+)`", r"`\1`", text))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
