# SPDX-License-Identifier: Apache-2.0
"""One agent per host: it owns the host's cards and brings them to the state that a controller asks for."""
