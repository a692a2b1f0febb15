# SPDX-License-Identifier: Apache-2.0
"""The one training loop: calibrate, then stochastic gradient descent by a recipe."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from levada.core.errors import OptionError
from levada.core.manifests import Recipe, Record
from levada.core.progress import Task
from levada.qat.calibration import watch, watch_for
from levada.qat.chance import variation
from levada.qat.checkpoint import Checkpoint, Epoch, Reached
from levada.qat.judging import judge
from levada.qat.layers import batch_norms
from levada.qat.loading import Examples, Fetch, batches
from levada.qat.place import Place
from levada.qat.rates import learning_rate


class Data(Record, frozen=True, kw_only=True):
    """What a network is trained on and judged by."""

    train: Examples
    test: Examples


def fit(
    network: Any, data: Data, recipe: Recipe, place: Place, checkpoint: Checkpoint | None = None
) -> tuple[Epoch, ...]:
    """Train ``network`` in place and return its epochs; zero epochs calibrate it only. Goes on from ``checkpoint``.

    What chance decides depends on seed and epoch alone, so that a resumed training ends at the same weights.
    """
    reached = checkpoint.load() if checkpoint else None
    optimizer = _start(network, data.train, recipe, place, reached)
    epochs = list(reached.epochs) if reached else []
    joined = place.crew.joined(network) if len(epochs) < recipe.epochs else network
    with place.progress.task(f"training {recipe.architecture} {recipe.bits}", recipe.epochs) as task:
        task.advance(len(epochs))
        while len(epochs) < recipe.epochs:
            loss = _epoch(joined, optimizer, data.train, recipe, place, len(epochs))
            epochs.append(_judged(network, data.test, recipe, place, (len(epochs), loss)))
            _tell(task, recipe, epochs)
            if checkpoint and place.crew.number == 0:
                states = (network.state_dict(), optimizer.state_dict())
                checkpoint.save(Reached(epochs=tuple(epochs), network=states[0], optimizer=states[1]))
    return tuple(epochs)


def calibrate(network: Any, train: Examples, recipe: Recipe, place: Place) -> None:
    """Let batch normalisation average over pictures, and every quantiser choose its first scale.

    Each of several processes does all of it, and so they begin alike.
    """
    norms = batch_norms(network)
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
    network.train()
    order = picture_order(recipe, len(train.labels), -1)
    watched = watch(recipe, train.shape)
    watch_for(network, watched.steps)
    # One pass more than the quantisers watch: it turns what they saw into parameters.
    rounds = itertools.cycle(np.split(order, range(watched.batch, len(order), watched.batch)))
    numbers = list(itertools.islice(rounds, watched.steps + 1))
    with torch.no_grad():
        for pictures, _ in _batches(Fetch(train, replace=True), numbers, place):
            network(train.values(pictures))
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


def picture_order(recipe: Recipe, count: int, epoch: int) -> Any:
    """Return the order of pictures in an epoch (numpy); -1 is the calibration."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(_seed(recipe, epoch))).numpy()


def freeze_statistics(network: Any) -> None:
    """Have batch normalisation use its averages and leave them as they are.

    Quantisers of activations have learned scales since the calibration, and those of weights look at nothing but the weights.
    """
    for norm in batch_norms(network):
        norm.eval()


def _start(network: Any, train: Examples, recipe: Recipe, place: Place, reached: Reached | None) -> Any:
    """Bring the network to where training begins or was left, and return its optimizer.

    The optimizer comes after the weights: Brevitas makes new parameters of its scales when weights are loaded.
    """
    network.to(place.device)
    calibrate(network, train, recipe, place)
    if reached:
        _load(network, reached, recipe)
        network.to(place.device)
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


def _epoch(network: Any, optimizer: Any, train: Examples, recipe: Recipe, place: Place, epoch: int) -> float:
    """Train for one epoch and return the mean loss over its pictures."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(recipe, epoch)
    torch.manual_seed(_seed(recipe, epoch))
    network.train()
    if recipe.freeze_after_epochs is not None and epoch >= recipe.freeze_after_epochs:
        freeze_statistics(network)
    count = len(train.labels)
    fetch = Fetch(train, variation(recipe, count, epoch), replace=True)
    seen = torch.zeros(2, dtype=torch.float64, device=place.device)
    for pictures, labels in _batches(
        fetch, place.crew.shares(picture_order(recipe, count, epoch), recipe.batch), place
    ):
        with torch.autocast(place.device.type, dtype=torch.bfloat16, enabled=recipe.mixed_precision):
            loss = functional.cross_entropy(network(train.values(pictures)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += torch.stack([loss.detach().double() * len(labels), torch.full_like(seen[0], len(labels))])
    total, pictures_seen = place.crew.total(seen).tolist()
    return _finite(total / pictures_seen, recipe, epoch)


def _batches(fetch: Fetch, numbers: list[Any], place: Place) -> Iterator[tuple[Any, Any]]:
    """Yield batches on the device of the training."""
    for pictures, labels, complaints in batches(fetch, numbers, place.workers):
        place.unread.add(complaints)
        yield pictures.to(place.device, non_blocking=True), labels.to(place.device, non_blocking=True)


def _finite(mean: float, recipe: Recipe, epoch: int) -> float:
    if not math.isfinite(mean):
        rate = learning_rate(recipe, epoch)
        msg = f"training diverged in epoch {epoch + 1} (loss {mean}) at learning rate {rate}; take a recipe with a smaller one"
        raise OptionError(msg)
    return mean


def _judged(network: Any, test: Examples, recipe: Recipe, place: Place, trained: tuple[int, float]) -> Epoch:
    """Return what an epoch gave, from its number and loss."""
    epoch, loss = trained
    judged = judge(network, test, place, recipe.batch)
    rate = learning_rate(recipe, epoch)
    return Epoch(learning_rate=rate, loss=loss, accuracy=judged.accuracy, top5=judged.top5_accuracy)


def _seed(recipe: Recipe, epoch: int) -> int:
    return (recipe.seed << 20) + epoch + 1


def _tell(task: Task, recipe: Recipe, epochs: list[Epoch]) -> None:
    last = epochs[-1]
    task.advance()
    task.title(
        f"training {recipe.architecture} {recipe.bits}: loss {last.loss:.3f}, top-1 {last.accuracy:.1%} after epoch {len(epochs)}"
    )
