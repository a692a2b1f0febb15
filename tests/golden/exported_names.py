# SPDX-License-Identifier: Apache-2.0
"""Write exported_names.txt, the names that plug-ins may rely on: `python tests/golden/exported_names.py`. A test compares."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

MODULES = ("artefact", "boards", "cluster", "commands", "datatypes", "errors", "hookspecs", "interfaces", "manifests",
           "networks", "parts", "progress", "resources", "stages", "testing")  # fmt: skip
FILE = Path(__file__).with_name("exported_names.txt")


def exported(module: ModuleType) -> list[str]:
    """Return what a module offers: its __all__, or the public names that were made in it."""
    made = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    return sorted(getattr(module, "__all__", [name for name in made if not name.startswith("_")]))


def text() -> str:
    """Return the whole list, one name a line."""
    modules = [importlib.import_module(f"levada.core.{name}") for name in MODULES]
    return "".join(f"{module.__name__}.{name}\n" for module in modules for name in exported(module))


if __name__ == "__main__":
    FILE.write_text(text())
    sys.stdout.write(f"wrote {FILE}\n")
