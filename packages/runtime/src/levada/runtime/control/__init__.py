# SPDX-License-Identifier: Apache-2.0
"""The controller: brings a deployment to the agents of a cluster, streams images through it, and accounts for each."""
