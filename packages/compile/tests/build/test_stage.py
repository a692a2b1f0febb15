# SPDX-License-Identifier: Apache-2.0
"""The stage without FINN: what it reads and writes, and what it says of steps that need the vendor's tools."""

import subprocess
import sys
from typing import Any

import pytest

from levada.compile.build.stage import BuildHardware, BuildOptions
from levada.core.errors import DependencyError
from levada.core.manifests import Build, Plan


def test_a_plan_becomes_a_build() -> None:
    assert (BuildHardware.name, BuildHardware.reads, BuildHardware.writes) == ("build", (Plan,), Build)


def test_an_estimate_is_what_is_built_unless_asked_for_more() -> None:
    assert BuildOptions().to == "estimate"


@pytest.mark.parametrize("to", ["ip", "bitstream"])
def test_what_needs_vendor_tools_is_one_clear_error(to: Any) -> None:
    with pytest.raises(
        DependencyError, match=f"building to '{to}' needs AMD's Vivado and Vitis.*build with `--to estimate`"
    ):
        BuildHardware().run((), BuildOptions(to=to), None)  # type: ignore[arg-type]


def test_the_stage_imports_nothing_heavy() -> None:
    code = (
        "import sys, levada.compile.build.stage; print({'finn', 'onnx', 'qonnx', 'torch', 'numpy'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
