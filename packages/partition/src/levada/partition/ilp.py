# SPDX-License-Identifier: Apache-2.0
"""The partitioners that are built in, without what it loads: a planner that only lists plug-ins needs no solver."""

from levada.core.interfaces import Partitioner, Placement, Request

CYCLES = "cycles"
"""What a proof calls the cycles per inference, where the rate was an objective."""


class Ilp(Partitioner):
    """An integer linear program along the route, solved by CBC or HiGHS; see :mod:`levada.partition.rate` for the order of objectives."""

    name = "ilp"

    def place(self, request: Request) -> Placement:
        """Return the best placement. Raise InfeasibleError or UnknownCostError, naming layer, resource and place."""
        from levada.partition.rate import solve  # loads the solver

        return solve(request)


class IlpAlone(Partitioner):
    """The same without the dynamic programme: slower, and a witness of its optima."""

    name = "ilp-alone"

    def place(self, request: Request) -> Placement:
        """Return the best placement. Raise InfeasibleError or UnknownCostError, naming layer, resource and place."""
        from levada.partition.rate import solve  # loads the solver

        return solve(request, ideals=False)
