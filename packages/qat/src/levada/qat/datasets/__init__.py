# SPDX-License-Identifier: Apache-2.0
"""Data sets that are read from a folder. Nothing heavy is imported before a split is asked for."""
