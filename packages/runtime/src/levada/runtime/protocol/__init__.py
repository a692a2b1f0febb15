# SPDX-License-Identifier: Apache-2.0
"""What a controller and an agent say to each other: typed messages, and their bytes."""
