# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from levada.qat.reproducible import reproducible


def test_the_same_seed_gives_the_same_numbers():
    with reproducible(3, 1):
        first = torch.rand(4)
    with reproducible(3, 1):
        assert torch.equal(torch.rand(4), first)


def test_another_seed_gives_other_numbers():
    with reproducible(3, 1):
        first = torch.rand(4)
    with reproducible(4, 1):
        assert not torch.equal(torch.rand(4), first)


def test_threads_and_rules_hold_inside():
    with reproducible(0, 1):
        assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (1, True)


def test_the_state_of_torch_is_put_back_after_an_error():
    before = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().tolist())
    with pytest.raises(RuntimeError, match="shape"), reproducible(5, 2):
        torch.rand(2).view(3)
    after = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_rng_state().tolist())
    assert after == before
