# SPDX-License-Identifier: Apache-2.0
"""From a checked task to a Model: build, train, judge, export."""

from typing import Any

import torch

from levada.core.manifests import Model, Score, Tensor
from levada.core.stages import Work
from levada.qat.arrays import add_array
from levada.qat.checkpoint import Checkpoint, Epoch
from levada.qat.curve import draw_curve
from levada.qat.export import export_graph
from levada.qat.reproducible import reproducible
from levada.qat.task import OUTPUT, Task
from levada.qat.training import Data, correct, examples, fit


def make_model(task: Task, work: Work) -> Model:
    """Return the Model of a task; payloads go to ``work``."""
    with reproducible(task.recipe.seed, task.threads):
        network = task.architecture().build(task.bits, len(task.classes))
        data = Data(
            train=examples(task.train.images, task.train.labels), test=examples(task.test.images, task.test.labels)
        )
        checkpoint = Checkpoint(task.checkpoint, task.recipe) if task.checkpoint else None
        epochs = fit(network, data, task.recipe, work.progress, checkpoint)
        scores = _scores(task, network, data, work)
        _add_payloads(task, network, epochs, work)
    return Model(
        name=task.name,
        inputs=(task.input,),
        outputs=(Tensor(name=OUTPUT, shape=(len(task.classes),), datatype="FLOAT32", layout="C"),),
        preprocessing=task.preprocessing,
        bits=task.bits,
        recipe=task.recipe,
        scores=scores,
        labels=task.classes,
        golden_count=task.golden_count,
    )


def _scores(task: Task, network: Any, data: Data, work: Work) -> tuple[Score, ...]:
    """Judge the network by the test pictures; by none where their labels mean nothing."""
    if not task.labelled:
        network.eval()
        work.progress.say(f"{task.name}: not judged, because labels of data set {task.recipe.dataset!r} mean nothing")
        return ()
    samples = len(task.test.labels)
    value = correct(network, data.test) / samples
    work.progress.say(f"{task.name}: top-1 {value:.2%} of {samples} test pictures of {task.recipe.dataset}")
    return (Score(dataset=task.recipe.dataset, split="test", metric="top1", value=value, samples=samples),)


def _add_payloads(task: Task, network: Any, epochs: tuple[Epoch, ...], work: Work) -> None:
    graph, weights, curve = (work.scratch / name for name in ("graph.onnx", "weights.pt", "curve.png"))
    torch.save(network.state_dict(), weights)
    work.add("checkpoint", weights)
    export_graph(network, task.input, graph)
    work.add("graph", graph)
    add_array(work, "golden_inputs", task.test.images[: task.golden_count])
    if task.labelled:
        add_array(work, "golden_labels", task.test.labels[: task.golden_count])
    if task.curve:
        draw_curve(epochs, task.recipe, curve)
        work.add("curve", curve)
