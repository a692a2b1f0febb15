# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from levada.core.errors import DatasetError
from levada.qat.judging import Judged, judge
from levada.qat.loading import examples
from levada.qat.place import Place


class Answers(torch.nn.Module):
    """Gives the pixels of a picture as scores."""

    def forward(self, values):
        return values.flatten(1)


class Torn(list):
    """Pictures of which those that are None cannot be read."""

    def __getitem__(self, number):
        if super().__getitem__(number) is None:
            msg = f"{number} cannot be read"
            raise DatasetError(msg)
        return super().__getitem__(number)


def picture(*scores):
    return np.array(scores, dtype=np.uint8).reshape(1, -1, 1)


def judged(pictures, labels, batch=2):
    return judge(Answers(), examples(pictures, np.array(labels)), Place(), batch)


SIX = np.stack([picture(9, 8, 7, 6, 5, 4)] * 3)


def test_a_picture_is_right_where_its_label_has_the_best_score():
    assert judged(np.stack([picture(1, 0, 0), picture(0, 1, 0), picture(0, 0, 1)]), [0, 1, 0]).top1 == 2


def test_it_is_among_the_best_five_where_four_are_better():
    assert judged(SIX, [0, 4, 5]) == Judged(samples=3, top1=1, top5=2)


def test_up_to_five_classes_have_no_best_five():
    assert judged(SIX[:, :, :5], [0, 1, 2]).top5 is None


def test_of_equal_scores_the_lower_class_is_the_answer():
    assert judged(np.stack([picture(3, 3)] * 2), [0, 1]).top1 == 1


def test_fractions_are_of_the_pictures_judged():
    assert (judged(SIX, [0, 4, 5]).accuracy, judged(SIX, [0, 4, 5]).top5_accuracy) == pytest.approx((1 / 3, 2 / 3))


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_pictures_that_cannot_be_read_are_left_out(batch):
    pictures = Torn([picture(1, 0), None, picture(0, 1), None])
    assert judged(pictures, [0, 0, 0, 0], batch) == Judged(samples=2, top1=1, top5=None)


def test_a_network_is_judged_as_it_will_be_used():
    network = torch.nn.Sequential(Answers()).train()
    judge(network, examples(SIX, np.zeros(3, int)), Place(), 2)
    assert not network.training
