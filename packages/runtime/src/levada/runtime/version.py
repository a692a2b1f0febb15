# SPDX-License-Identifier: Apache-2.0
"""The installed version of this package."""

from importlib import metadata

VERSION = metadata.version("levada-runtime")
