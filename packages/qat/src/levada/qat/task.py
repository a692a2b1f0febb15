# SPDX-License-Identifier: Apache-2.0
"""A training with everything looked up and checked, before anything slow begins."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from levada.core.errors import DatasetError, OptionError
from levada.core.interfaces import Architecture, Dataset, Split
from levada.core.manifests import Bits, Preprocessing, Recipe, Record, Tensor
from levada.qat.bits import parse_bits
from levada.qat.curve import require_plotting
from levada.qat.pictures import as_integers, input_datatype, parse_source, read_split
from levada.qat.recipes import read_schedule
from levada.qat.train import TrainOptions

if TYPE_CHECKING:
    from levada.core.plugins import Registry

INPUT, OUTPUT = "pixels", "scores"
"""Names of the graph's input and output."""


class Pictures(Record, frozen=True, kw_only=True):
    """Pictures as the network takes them: integers (numpy, count x height x width x channels) and labels (int64)."""

    images: Any
    labels: Any


class Task(Record, frozen=True, kw_only=True):
    """What is to be trained, on what, how, and where it is kept meanwhile."""

    architecture: type[Architecture]
    recipe: Recipe
    bits: Bits
    input: Tensor
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    train: Pictures
    test: Pictures
    golden_count: int
    threads: int
    checkpoint: Path | None
    curve: bool
    labelled: bool

    @property
    def name(self) -> str:
        """Return network and bit widths in one word."""
        return f"{self.recipe.architecture}-{self.recipe.bits}"


def prepare(options: TrainOptions, registry: "Registry") -> Task:
    """Return the task that the options name. Raise a LevadaError for each thing that a user can get wrong."""
    _check_counts(options)
    if options.curve:
        require_plotting()
    architecture = registry.architecture(options.architecture)
    source = parse_source(options.data or _usual_data(architecture, options.epochs))
    dataset = registry.dataset(source.name)().fitted(architecture.image_shape, architecture.classes)
    bits = parse_bits(options.bits)
    recipe = _recipe(options, architecture, dataset)
    train, test = (read_split(dataset, split, source.folder) for split in ("train", "test"))
    if train.classes != test.classes:
        msg = f"data set {dataset.name!r} has {len(train.classes)} classes to train on and others ({len(test.classes)}) to test with"
        raise DatasetError(msg)
    preprocessing = dataset.preprocessing()
    tensor = _input(architecture, preprocessing)
    return Task(
        architecture=architecture,
        recipe=recipe,
        bits=bits,
        input=tensor,
        preprocessing=preprocessing,
        classes=test.classes,
        train=_pictures(train, preprocessing, tensor, f"data set {dataset.name!r}, split 'train'"),
        test=_pictures(test, preprocessing, tensor, f"data set {dataset.name!r}, split 'test'"),
        golden_count=min(options.golden, len(test.labels)),
        threads=options.threads,
        checkpoint=Path(options.checkpoint) if options.checkpoint else None,
        curve=options.curve,
        labelled=dataset.labelled,
    )


def _usual_data(architecture: type[Architecture], epochs: int | None) -> str:
    """Return the data set to take where none is named: a network to plan with needs no true data."""
    return architecture.planning_dataset if epochs == 0 and architecture.planning_dataset else architecture.dataset


def _check_counts(options: TrainOptions) -> None:
    least = {"--epochs": (options.epochs, 0), "--golden": (options.golden, 1), "--threads": (options.threads, 1)}
    for flag, (count, minimum) in least.items():
        if count is not None and count < minimum:
            msg = f"{flag} must be at least {minimum}, got {count}"
            raise OptionError(msg)


def _recipe(options: TrainOptions, architecture: type[Architecture], dataset: Dataset) -> Recipe:
    schedule = read_schedule(options.recipe or architecture.recipe)
    values = msgspec.structs.asdict(schedule)
    if options.epochs is not None:
        values["epochs"] = options.epochs
    return Recipe(architecture=architecture.name, bits=options.bits, dataset=dataset.name, seed=options.seed, **values)


def _input(architecture: type[Architecture], preprocessing: Preprocessing) -> Tensor:
    return Tensor(name=INPUT, shape=architecture.image_shape, datatype=input_datatype(preprocessing), layout="NHWC")


def _pictures(split: Split, preprocessing: Preprocessing, tensor: Tensor, where: str) -> Pictures:
    return Pictures(images=as_integers(split.images, preprocessing, tensor, where), labels=split.labels)
