# SPDX-License-Identifier: Apache-2.0
"""From a checked task to a Model: build, train, judge, export."""

from typing import Any

import msgspec
import numpy as np
import torch

from levada.core.manifests import Model, Recipe, Score, Tensor
from levada.core.stages import Work
from levada.qat.arrays import add_array
from levada.qat.checkpoint import Checkpoint, Epoch
from levada.qat.curve import draw_curve
from levada.qat.export import export_graph
from levada.qat.initial import initialise
from levada.qat.judging import Judged, judge
from levada.qat.loading import examples, usual_workers
from levada.qat.pictures import as_integers, readable, spread
from levada.qat.place import Place, place
from levada.qat.reproducible import reproducible
from levada.qat.task import OUTPUT, Task
from levada.qat.training import Data, fit


def make_model(task: Task, work: Work) -> Model:
    """Return the Model of a task; payloads go to ``work``.

    Of several processes that train together only the first returns: the others end here, as there is one Model to write.
    """
    here = place(work.progress, usual_workers(task.train.images) if task.workers is None else task.workers)
    recipe = _recipe(task, here)
    with reproducible(recipe.seed, task.threads):
        network, epochs, scores = _trained(task, recipe, here)
        here.unread.add(here.crew.all_said(here.unread.complaints))
        if here.crew.number:
            raise SystemExit(0)
        here.unread.sum_up()
        _add_network(task, network, epochs, work)
    return Model(
        name=task.name,
        inputs=(task.input,),
        outputs=(Tensor(name=OUTPUT, shape=(len(task.classes),), datatype="FLOAT32", layout="C"),),
        preprocessing=task.preprocessing,
        bits=task.bits,
        recipe=recipe,
        scores=scores,
        labels=task.classes,
        golden_count=_add_golden(task, here, work),
    )


def _recipe(task: Task, here: Place) -> Recipe:
    """Return the recipe with what only the running processes know."""
    mixed = here.device.type == "cuda" if task.precision == "auto" else task.precision == "mixed"
    return msgspec.structs.replace(task.recipe, processes=here.crew.size, mixed_precision=mixed)


def _trained(task: Task, recipe: Recipe, here: Place) -> tuple[Any, tuple[Epoch, ...], tuple[Score, ...]]:
    architecture = task.architecture()
    network = architecture.build(task.bits, len(task.classes))
    if task.init:
        initialise(network, architecture.float_names(network), task.init)
    offset = task.preprocessing.offset
    train, test = (examples(split.images, split.labels, offset) for split in (task.train, task.test))
    checkpoint = Checkpoint(task.checkpoint, recipe) if task.checkpoint else None
    epochs = fit(network, Data(train=train, test=test), recipe, here, checkpoint)
    if task.labelled:
        scores = _scores(recipe, judge(network, test, here, recipe.batch))
        told = ", ".join(f"{score.metric} {score.value:.2%}" for score in scores)
        here.progress.say(f"{task.name}: {told} of {scores[0].samples} test pictures of {recipe.dataset}")
    else:
        scores = ()
        here.progress.say(f"{task.name}: not judged, because labels of data set {recipe.dataset!r} mean nothing")
    return network.cpu().eval(), epochs, scores


def _scores(recipe: Recipe, judged: Judged) -> tuple[Score, ...]:
    values = {"top1": judged.accuracy, "top5": judged.top5_accuracy}
    return tuple(
        Score(dataset=recipe.dataset, split="test", metric=metric, value=value, samples=judged.samples)
        for metric, value in values.items()
        if value is not None
    )


def _add_network(task: Task, network: Any, epochs: tuple[Epoch, ...], work: Work) -> None:
    graph, weights, curve = (work.scratch / name for name in ("graph.onnx", "weights.pt", "curve.png"))
    torch.save(network.state_dict(), weights)
    work.add("checkpoint", weights)
    export_graph(network, task.input, graph)
    work.add("graph", graph)
    if task.curve:
        draw_curve(epochs, task.recipe, curve)
        work.add("curve", curve)


def _add_golden(task: Task, here: Place, work: Work) -> int:
    """Add the user's photographs, then test pictures, spread over all of them, as golden inputs; return how many there are."""
    photographs = list(readable(task.photographs, range(len(task.photographs)), here.unread))
    tested = list(readable(task.test.images, spread(len(task.test.labels), task.golden), here.unread))
    pictures = np.stack([picture for _, picture in (*photographs, *tested)])
    where = f"data set {task.recipe.dataset!r}, split 'test'"
    add_array(work, "golden_inputs", as_integers(pictures, task.preprocessing, task.input, where))
    # Nobody knows what a photograph of the user's shows, and labels are for all or none.
    if task.labelled and not photographs:
        add_array(work, "golden_labels", task.test.labels[[number for number, _ in tested]])
    return len(pictures)
