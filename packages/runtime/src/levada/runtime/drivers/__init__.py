# SPDX-License-Identifier: Apache-2.0
"""Drivers: one host's hold on one card, emulated or real."""
