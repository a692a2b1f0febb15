# SPDX-License-Identifier: Apache-2.0
"""Manifests, stages, the plug-in registry and the ``levada`` command.

Start with :mod:`levada.core.manifests` (what passes between stages), then :mod:`levada.core.stages` (how a stage runs)
and :mod:`levada.core.hookspecs` (what a plug-in may add).
"""

__version__ = "0.1.0"
HOOK_API = "0.1"
