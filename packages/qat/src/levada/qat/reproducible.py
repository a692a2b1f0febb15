# SPDX-License-Identifier: Apache-2.0
"""Torch in a state where the same work gives the same bits, put back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Seed torch, allow only deterministic algorithms, and fix the number of threads, which decides how sums are ordered.

    On a GPU some layers have no such algorithm, so equal bits are asked for on the CPU only.
    """
    kept_threads, kept_rule = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(mode=not torch.cuda.is_available())
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(kept_threads)
            torch.use_deterministic_algorithms(mode=kept_rule)
