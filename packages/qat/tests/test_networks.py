# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch import nn

from levada.qat.architectures import DigitsCnn
from levada.qat.bits import parse_bits
from levada.qat.layers import Residual


@pytest.fixture(scope="module")
def network():
    return DigitsCnn().build(parse_bits("w4a5"), 10)


def convolutions(network):
    return [part for part in network.modules() if isinstance(part, nn.Conv2d)]


def test_digits_cnn_gives_a_score_for_each_class(network):
    assert network(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


def test_digits_cnn_has_as_many_scores_as_classes():
    assert DigitsCnn().build(parse_bits("w4a5"), 7)(torch.zeros(1, 1, 8, 8)).shape == (1, 7)


def test_digits_cnn_has_six_convolutions(network):
    assert len(convolutions(network)) == 6


def test_the_first_convolution_has_eight_bits_and_the_others_four(network):
    assert [int(part.quant_weight().bit_width) for part in convolutions(network)] == [8, 4, 4, 4, 4, 4]


def test_the_classifier_has_eight_bits(network):
    assert int(network.classifier.quant_weight().bit_width) == 8


def test_digits_cnn_joins_a_plain_shortcut_and_a_convolution(network):
    joins = [part for part in network.modules() if isinstance(part, Residual)]
    assert [isinstance(join.shortcut, nn.Identity) for join in joins] == [True, False]
