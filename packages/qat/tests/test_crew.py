# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from levada.qat.crew import Crew, crew

COUNTS, SIZES, BATCHES = st.integers(1, 100), st.integers(1, 5), st.integers(1, 20)


def crews(size):
    return [Crew(number=number, size=size) for number in range(size)]


def test_a_process_by_itself_is_a_crew_of_one():
    assert crew() == Crew(number=0, size=1)


def test_one_process_takes_the_order_batch_by_batch():
    assert [step.tolist() for step in Crew().shares(np.array([3, 1, 0, 2, 4]), 2)] == [[3, 1], [0, 2], [4]]


def test_two_processes_share_each_step():
    order = np.arange(10)
    shares = [[step.tolist() for step in each.shares(order, 2)] for each in crews(2)]
    assert shares == [[[0, 2], [4, 6], [8]], [[1, 3], [5, 7], [9]]]


def test_the_beginning_of_the_order_fills_up_its_end():
    assert [step.tolist() for step in Crew(number=1, size=2).shares(np.array([7, 8, 9]), 1)] == [[8], [7]]


@given(count=COUNTS, size=SIZES, batch=BATCHES)
def test_all_processes_have_equally_many_in_every_step(count, size, batch):
    lengths = {tuple(len(step) for step in each.shares(np.arange(count), batch)) for each in crews(size)}
    assert len(lengths) == 1
    assert max(next(iter(lengths))) <= batch


@given(count=COUNTS, size=SIZES, batch=BATCHES)
def test_a_step_of_all_processes_is_one_of_a_single_process_with_their_batches_together(count, size, batch):
    order = np.random.RandomState(count).permutation(count - count % size or size)
    steps = zip(*(each.shares(order, batch) for each in crews(size)), strict=True)
    together = [sorted(np.concatenate(step).tolist()) for step in steps]
    assert together == [sorted(step.tolist()) for step in Crew().shares(order, batch * size)]


@given(count=COUNTS, size=SIZES, batch=BATCHES)
def test_each_number_is_judged_by_one_process(count, size, batch):
    parts = [number for each in crews(size) for part in each.part(count, batch) for number in part.tolist()]
    assert sorted(parts) == list(range(count))


@pytest.mark.parametrize("value", [[1, 2], [0]])
def test_alone_a_sum_is_what_is_there(value):
    assert Crew().total(torch.tensor(value)).tolist() == value


def test_alone_all_said_is_what_one_said():
    assert Crew().all_said(frozenset({"b", "a"})) == ["a", "b"]


def test_alone_a_network_is_not_wrapped():
    network = torch.nn.Identity()
    assert Crew().joined(network) is network
