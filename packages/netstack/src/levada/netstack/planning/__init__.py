# SPDX-License-Identifier: Apache-2.0
"""From a plan and a cluster to addresses, sockets, packets, credits and the parts of each card's link."""
