# SPDX-License-Identifier: Apache-2.0
"""Run ``python examples/paper --out DIR``."""

import sys

from reproduction.command import main

sys.exit(main())
