# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
import torch
from torch import nn

from levada.core.testing.models import RECIPE
from levada.qat import layers
from levada.qat.bits import parse_bits
from levada.qat.calibration import Watch, watch, watch_for

PLANNED = msgspec.structs.replace(RECIPE, epochs=0)


def test_a_training_begins_with_whole_batches():
    assert watch(RECIPE, (224, 224, 3)) == Watch(steps=layers.CALIBRATION_STEPS, batch=RECIPE.batch)


def test_processes_watch_what_they_train_on_together():
    assert watch(msgspec.structs.replace(RECIPE, processes=4), (224, 224, 3)).batch == 4 * RECIPE.batch


def test_given_weights_are_calibrated_as_before_a_training():
    assert watch(msgspec.structs.replace(PLANNED, init="abc"), (224, 224, 3)).steps == layers.CALIBRATION_STEPS


@pytest.mark.parametrize(("size", "steps", "batch"), [(8, 20, 64), (32, 20, 19), (96, 5, 8), (224, 4, 2), (1024, 4, 2)])
def test_a_network_to_plan_with_sees_the_fewer_pictures_the_larger_they_are(size, steps, batch):
    assert watch(PLANNED, (size, size, 3)) == Watch(steps=steps, batch=batch)


@pytest.fixture
def block():
    torch.manual_seed(0)
    bits = parse_bits("w4a5")
    return nn.Sequential(layers.activation(bits), layers.basic_block((3, 4), bits)).train()


def scales(block):
    """Return the scales of the first activation and of the sum, as parameters where they stand."""
    parts = block[0], block[1].join
    return [part.act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl for part in parts]


def passes(block, count):
    with torch.no_grad():
        for step in range(count):
            block(torch.full((2, 3, 4, 4), float(step + 1)))


def test_quantisers_stop_watching_after_the_steps_asked_for(block):
    watch_for(block, 4)
    passes(block, 4)
    assert [part.counter for part in scales(block)] == [4, 8]


def test_scales_stand_after_one_pass_more(block):
    watch_for(block, 4)
    passes(block, 5)
    stood = [part.value.item() for part in scales(block)]
    passes(block, 50)
    assert [part.value.item() for part in scales(block)] == stood


def test_the_usual_number_of_steps_changes_nothing(block):
    watch_for(block, layers.CALIBRATION_STEPS)
    assert [part.collect_stats_steps for part in scales(block)] == [20, 40]
