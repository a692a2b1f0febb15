# SPDX-License-Identifier: Apache-2.0
"""Processes that train together: which one this is, and what they add up. Alone, all of it costs nothing."""

from typing import Any

import numpy as np
import torch
from torch import distributed

from levada.core.manifests import Record


class Crew(Record, frozen=True, kw_only=True):
    """This process's ``number`` among ``size`` that torch.distributed has joined; number 0 writes what is written."""

    number: int = 0
    size: int = 1

    def shares(self, order: Any, batch: int) -> list[Any]:
        """Return the picture numbers of this process, step by step: every ``size``-th of each ``size`` x ``batch`` of the order.

        The order's beginning fills up its end, so that all processes have the same number.
        """
        filled = np.resize(order, -(-len(order) // self.size) * self.size)
        steps = np.split(filled, range(batch * self.size, len(filled), batch * self.size))
        return [step[self.number :: self.size] for step in steps]

    def part(self, count: int, batch: int) -> list[Any]:
        """Return this process's part of the numbers below ``count``, by ``batch``; each number belongs to one process."""
        mine = np.arange(self.number, count, self.size)
        return np.split(mine, range(batch, len(mine), batch)) if len(mine) else []

    def total(self, values: Any) -> Any:
        """Return a tensor summed over all processes."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def all_said(self, complaints: frozenset[str]) -> list[str]:
        """Return what any process complained of."""
        if self.size == 1:
            return sorted(complaints)
        said: list[Any] = [None] * self.size
        distributed.all_gather_object(said, complaints)
        return sorted(frozenset().union(*said))

    def joined(self, network: Any) -> Any:
        """Return the network so wrapped that gradients are averaged over all processes."""
        if self.size == 1:
            return network
        return torch.nn.parallel.DistributedDataParallel(network)


def crew() -> Crew:
    """Return what torch.distributed says of this process: alone, where it was not set up."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return Crew()
    return Crew(number=distributed.get_rank(), size=distributed.get_world_size())
