# SPDX-License-Identifier: Apache-2.0
"""The partitioner that is built in, without what it loads: a planner that only lists plug-ins needs no solver."""

from levada.core.interfaces import Partitioner, Placement, Request


class Ilp(Partitioner):
    """An integer linear program along the route, solved by CBC; see :mod:`levada.partition.rate` for the order of objectives."""

    name = "ilp"

    def place(self, request: Request) -> Placement:
        """Return the best placement. Raise InfeasibleError or UnknownCostError, naming layer, resource and place."""
        from levada.partition.rate import solve  # loads CBC

        return solve(request)
