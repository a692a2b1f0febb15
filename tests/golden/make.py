# SPDX-License-Identifier: Apache-2.0
"""Write a small artefact of every manifest version that has none yet: `python tests/golden/make.py`.

What is here of a released version is never written again: it must load for ever. Before the first release of a version, remove its folder
and run this again when its fields change.
"""

import sys
from pathlib import Path

import msgspec

from levada.core import testing
from levada.core.manifests import KINDS, kind_of

HERE = Path(__file__).parent


def main() -> int:
    """Write what is missing."""
    for kind in KINDS:
        version = str(msgspec.inspect.type_info(kind).tag).partition("/")[2]
        folder = HERE / f"{kind_of(kind)}-{version}"
        if not folder.exists():
            testing.saved(folder, getattr(testing, kind_of(kind))())
            print(f"wrote {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
