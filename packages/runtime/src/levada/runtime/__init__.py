# SPDX-License-Identifier: Apache-2.0
"""Runs deployments: one agent per host, a controller, and drivers for emulated and real cards."""
