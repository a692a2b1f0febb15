# SPDX-License-Identifier: Apache-2.0
"""The rules that a plan must obey, by subject. Nothing here is shared with what makes plans."""
