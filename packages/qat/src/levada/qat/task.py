# SPDX-License-Identifier: Apache-2.0
"""A training with everything looked up and checked, before anything slow begins."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from levada.core.errors import DatasetError, OptionError
from levada.core.interfaces import Architecture, CroppedPictures, Dataset, Pictures, Split
from levada.core.manifests import Bits, Preprocessing, Recipe, Record, Tensor
from levada.qat.bits import parse_bits
from levada.qat.curve import require_plotting
from levada.qat.golden import photographs
from levada.qat.pictures import Source, check_shape, input_datatype, parse_source, read_split
from levada.qat.recipes import read_schedule
from levada.qat.train import Precision, TrainOptions

if TYPE_CHECKING:
    from levada.core.plugins import Registry

INPUT, OUTPUT = "pixels", "scores"
"""Names of the graph's input and output."""


class Task(Record, frozen=True, kw_only=True):
    """What is to be trained, on what, how, and where it is kept meanwhile."""

    architecture: type[Architecture]
    recipe: Recipe
    bits: Bits
    input: Tensor
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    train: Split
    test: Split
    golden: int
    photographs: Pictures
    init: Path | None
    threads: int
    workers: int | None
    precision: Precision
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
    tensor = _input(architecture, dataset.preprocessing())
    train, test = (_split(dataset, split, source, tensor) for split in ("train", "test"))
    if train.classes != test.classes:
        msg = f"data set {dataset.name!r} has {len(train.classes)} classes to train on and others ({len(test.classes)}) to test with"
        raise DatasetError(msg)
    _check_crop(recipe, train)
    return Task(
        architecture=architecture,
        recipe=recipe,
        bits=bits,
        input=tensor,
        preprocessing=dataset.preprocessing(),
        classes=test.classes,
        train=train,
        test=test,
        golden=options.golden,
        photographs=_photographs(options, dataset, tensor),
        init=Path(options.init) if options.init else None,
        threads=options.threads,
        workers=options.workers,
        precision=options.precision,
        checkpoint=Path(options.checkpoint) if options.checkpoint else None,
        curve=options.curve,
        labelled=dataset.labelled,
    )


def _usual_data(architecture: type[Architecture], epochs: int | None) -> str:
    """Return the data set to take where none is named: a network to plan with needs no true data."""
    return architecture.planning_dataset if epochs == 0 and architecture.planning_dataset else architecture.dataset


def _check_counts(options: TrainOptions) -> None:
    least = {
        "--epochs": (options.epochs, 0),
        "--golden": (options.golden, 1),
        "--threads": (options.threads, 1),
        "--workers": (options.workers, 0),
    }
    for flag, (count, minimum) in least.items():
        if count is not None and count < minimum:
            msg = f"{flag} must be at least {minimum}, got {count}"
            raise OptionError(msg)


def _recipe(options: TrainOptions, architecture: type[Architecture], dataset: Dataset) -> Recipe:
    schedule = read_schedule(options.recipe or architecture.recipe)
    values = msgspec.structs.asdict(schedule)
    if options.epochs is not None:
        values["epochs"] = options.epochs
    values["init"] = _digest(Path(options.init), architecture) if options.init else ""
    return Recipe(architecture=architecture.name, bits=options.bits, dataset=dataset.name, seed=options.seed, **values)


def _digest(init: Path, architecture: type[Architecture]) -> str:
    """Return the SHA-256 of the file that the first weights are from."""
    if architecture.float_names is Architecture.float_names:
        msg = f"--init: there is no float checkpoint for network {architecture.name!r}; leave it out"
        raise OptionError(msg)
    try:
        with init.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        msg = f"--init: expected a float checkpoint that can be read, got {str(init)!r} ({error.strerror})"
        raise OptionError(msg) from None


def _photographs(options: TrainOptions, dataset: Dataset, tensor: Tensor) -> Pictures:
    if not options.golden_images:
        return ()
    return photographs(Path(options.golden_images), dataset.preprocessing(), tensor)


def _input(architecture: type[Architecture], preprocessing: Preprocessing) -> Tensor:
    return Tensor(name=INPUT, shape=architecture.image_shape, datatype=input_datatype(preprocessing), layout="NHWC")


def _split(dataset: Dataset, split: str, source: Source, tensor: Tensor) -> Split:
    read = read_split(dataset, split, source.folder)
    check_shape(read.images, tensor, f"data set {dataset.name!r}, split {split!r}")
    return read


def _check_crop(recipe: Recipe, train: Split) -> None:
    if recipe.crop and recipe.epochs and not isinstance(train.images, CroppedPictures):
        msg = f"the recipe has parts cut out of pictures (crop), but those of data set {recipe.dataset!r} are all of one size; take crop out"
        raise OptionError(msg)
