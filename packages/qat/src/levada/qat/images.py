# SPDX-License-Identifier: Apache-2.0
"""The stage ``images``: pictures of a data set as the integers that one network takes."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from levada.core.artefact import Artefact
from levada.core.errors import DatasetError, OptionError
from levada.core.interfaces import Split
from levada.core.manifests import Images, Manifest, Model
from levada.core.stages import Flag, Options, Stage, Work


class ImagesOptions(Options, frozen=True, kw_only=True):
    """What ``levada images`` can be told."""

    data: Annotated[
        str, Flag("data set and split, NAME:SPLIT or NAME:SPLIT:FOLDER, e.g. digits:test", metavar="DATASET:SPLIT")
    ]
    count: Annotated[int | None, Flag("how many pictures, spread over the split; all where left out")] = None


class MakeImages(Stage[ImagesOptions]):
    """Write a data set's pictures as a trained network takes them."""

    name: ClassVar[str] = "images"
    reads: ClassVar[tuple[type[Manifest], ...]] = (Model,)
    writes: ClassVar[type[Manifest]] = Images
    options: ClassVar[type[Options]] = ImagesOptions
    tools: ClassVar[tuple[str, ...]] = ("numpy", "pillow", "scikit-learn")

    def run(self, inputs: tuple[Artefact[Any], ...], options: ImagesOptions, work: Work) -> Images:
        """Return Images of the network's input type. Raise DatasetError where shape, range or classes do not fit the network."""
        from levada.qat.pictures import check_shape, parse_split, read_split

        model: Model = inputs[0].manifest
        source = parse_split(options.data)
        if options.count is not None and options.count < 1:
            msg = f"--count must be at least 1, got {options.count}"
            raise OptionError(msg)
        tensor = model.inputs[0]
        height, width, channels = tensor.shape
        dataset = work.registry.dataset(source.name)().fitted((height, width, channels), len(model.labels))
        split = read_split(dataset, source.split, source.folder)
        where = f"data set {source.name!r}, split {source.split!r}"
        if split.classes != model.labels:
            msg = (
                f"{where} has the {len(split.classes)} classes {_some(split.classes)}, but {model.name} tells apart "
                f"the {len(model.labels)} classes {_some(model.labels)}; choose the data it was trained for"
            )
            raise DatasetError(msg)
        check_shape(split.images, tensor, where)
        count = _add_pictures(model, split, options.count, work, where)
        return Images(dataset=source.name, split=source.split, count=count, tensor=tensor, labels=split.classes)


def _add_pictures(model: Model, split: Split, wanted: int | None, work: Work, where: str) -> int:
    """Write pictures one after the other, for they may be more than memory holds; return how many could be read."""
    import numpy as np

    from levada.core.datatypes import datatype
    from levada.qat.arrays import add_array, add_rows
    from levada.qat.pictures import as_integers, readable, spread
    from levada.qat.unread import Unread

    tensor, numbers, unread = model.inputs[0], [], Unread(work.progress)

    def rows() -> Iterator[Any]:
        chosen = spread(len(split.labels), wanted)
        for number, picture in readable(split.images, work.progress.track(chosen, "reading pictures"), unread):
            numbers.append(number)
            yield as_integers(picture[np.newaxis], model.preprocessing, tensor, f"{where}, picture {number}")[0]

    like = np.empty(tensor.shape, dtype=datatype(tensor.datatype).canonical)
    count = add_rows(work, "images", rows(), like)
    add_array(work, "labels", split.labels[numbers])
    unread.sum_up()
    return count


def _some(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:3]) + (", …" if len(classes) > 3 else "")
