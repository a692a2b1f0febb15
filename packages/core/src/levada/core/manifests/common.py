# SPDX-License-Identifier: Apache-2.0
"""What all manifests share: typed immutable records, payload blobs, and the fields of every manifest."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="sha256 in lower-case hex")]
Basis = Literal["paper", "device", "finn"]
Count = Annotated[int, Meta(ge=0)]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A typed, immutable part of a manifest; unknown fields are refused."""


class Blob(Record, frozen=True, kw_only=True):
    """A payload file: where it lies under the manifest, and what its bytes must be."""

    path: str
    sha256: Digest
    size: Count


class Manifest(Record, frozen=True, kw_only=True, tag_field="kind"):
    """What every manifest holds besides its own fields.

    ``sources``: manifest kind or role → digest of the artefact it was made from. ``files``: payload name → Blob.
    ``extensions``: distribution → any JSON, carried through untouched for plug-ins.
    """

    sources: dict[str, Digest] = {}
    files: dict[str, Blob] = {}
    extensions: dict[str, Any] = {}

    PAYLOADS: ClassVar[tuple[str, ...]] = ()
