# SPDX-License-Identifier: Apache-2.0
"""The one training loop: calibrate, then stochastic gradient descent by the steps of a recipe."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional

from levada.core.errors import OptionError
from levada.core.manifests import Recipe, Record
from levada.core.progress import Progress, Task
from levada.qat.checkpoint import Checkpoint, Epoch, Reached
from levada.qat.layers import CALIBRATION_STEPS, batch_norms

TEST_BATCH = 256


class Examples(Record, frozen=True, kw_only=True):
    """Pictures as integers (tensor count x channels x height x width) and their labels (int64)."""

    pictures: Any
    labels: Any

    def batches(self, order: Any, size: int) -> Iterator[tuple[Any, Any]]:
        """Yield float pictures and labels by ``size``, in ``order``; the last batch may be smaller."""
        for chosen in torch.split(order, size):
            yield self.pictures[chosen].float(), self.labels[chosen]


class Data(Record, frozen=True, kw_only=True):
    """What a network is trained on and judged by."""

    train: Examples
    test: Examples


def examples(images: Any, labels: Any) -> Examples:
    """Return integer images (numpy, count x height x width x channels) as torch wants them."""
    return Examples(pictures=torch.from_numpy(images).permute(0, 3, 1, 2), labels=torch.from_numpy(labels))


def fit(
    network: Any, data: Data, recipe: Recipe, progress: Progress, checkpoint: Checkpoint | None = None
) -> tuple[Epoch, ...]:
    """Train ``network`` in place and return its epochs; zero epochs calibrate it only. Goes on from ``checkpoint``.

    The order of pictures depends on seed and epoch alone, so that a resumed training ends at the same weights.
    """
    reached = checkpoint.load() if checkpoint else None
    optimizer = _start(network, data.train, recipe, reached)
    epochs = list(reached.epochs) if reached else []
    with progress.task(f"training {recipe.architecture} {recipe.bits}", recipe.epochs) as task:
        task.advance(len(epochs))
        while len(epochs) < recipe.epochs:
            epochs.append(_epoch(network, optimizer, data, recipe, len(epochs)))
            _tell(task, recipe, epochs)
            if checkpoint:
                states = (network.state_dict(), optimizer.state_dict())
                checkpoint.save(Reached(epochs=tuple(epochs), network=states[0], optimizer=states[1]))
    return tuple(epochs)


def calibrate(network: Any, train: Examples, recipe: Recipe) -> None:
    """Let batch normalisation average over pictures, and every quantiser choose its first scale."""
    norms = batch_norms(network)
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
    network.train()
    order = picture_order(recipe, len(train.labels), -1)
    with torch.no_grad():
        # One pass more than the quantisers watch: it turns what they saw into parameters.
        rounds = itertools.cycle(torch.split(order, recipe.batch))
        for chosen in itertools.islice(rounds, CALIBRATION_STEPS + 1):
            network(train.pictures[chosen].float())
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


def correct(network: Any, data: Examples) -> int:
    """Return how many pictures get their true label as the best class."""
    network.eval()
    with torch.no_grad():
        batches = data.batches(torch.arange(len(data.labels)), TEST_BATCH)
        return sum(int((network(pictures).argmax(1) == labels).sum()) for pictures, labels in batches)


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """Return the rate of an epoch, counted from 0."""
    return recipe.learning_rate * recipe.decay ** (epoch // recipe.step_epochs)


def picture_order(recipe: Recipe, count: int, epoch: int) -> Any:
    """Return the order of pictures in an epoch; -1 is the calibration."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(_seed(recipe, epoch)))


def _start(network: Any, train: Examples, recipe: Recipe, reached: Reached | None) -> Any:
    """Bring the network to where training begins or was left, and return its optimizer.

    The optimizer comes after the weights: Brevitas makes new parameters of its scales when weights are loaded.
    """
    calibrate(network, train, recipe)
    if reached:
        _load(network, reached, recipe)
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    if reached:
        optimizer.load_state_dict(reached.optimizer)
    return optimizer


def _load(network: Any, reached: Reached, recipe: Recipe) -> None:
    try:
        network.load_state_dict(reached.network)
    except RuntimeError as error:
        msg = f"the checkpoint's weights do not fit network {recipe.architecture!r}, which has changed; name another --checkpoint folder"
        raise OptionError(msg) from error


def _epoch(network: Any, optimizer: Any, data: Data, recipe: Recipe, epoch: int) -> Epoch:
    rate = learning_rate(recipe, epoch)
    for group in optimizer.param_groups:
        group["lr"] = rate
    torch.manual_seed(_seed(recipe, epoch))
    network.train()
    total = 0.0
    for pictures, labels in data.train.batches(picture_order(recipe, len(data.train.labels), epoch), recipe.batch):
        loss = functional.cross_entropy(network(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    mean = total / len(data.train.labels)
    if not math.isfinite(mean):
        msg = f"training diverged in epoch {epoch + 1} (loss {mean}) at learning rate {rate}; take a recipe with a smaller one"
        raise OptionError(msg)
    return Epoch(learning_rate=rate, loss=mean, accuracy=correct(network, data.test) / len(data.test.labels))


def _seed(recipe: Recipe, epoch: int) -> int:
    return (recipe.seed << 20) + epoch + 1


def _tell(task: Task, recipe: Recipe, epochs: list[Epoch]) -> None:
    last = epochs[-1]
    task.advance()
    task.title(
        f"training {recipe.architecture} {recipe.bits}: loss {last.loss:.3f}, top-1 {last.accuracy:.1%} after epoch {len(epochs)}"
    )
