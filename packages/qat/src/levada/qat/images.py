# SPDX-License-Identifier: Apache-2.0
"""The stage ``images``: pictures of a data set as the integers that one network takes."""

from typing import Annotated, Any, ClassVar

from levada.core.artefact import Artefact
from levada.core.errors import DatasetError
from levada.core.manifests import Images, Manifest, Model
from levada.core.stages import Flag, Options, Stage, Work


class ImagesOptions(Options, frozen=True, kw_only=True):
    """What ``levada images`` can be told."""

    data: Annotated[
        str, Flag("data set and split, NAME:SPLIT or NAME:SPLIT:FOLDER, e.g. digits:test", metavar="DATASET:SPLIT")
    ]


class MakeImages(Stage[ImagesOptions]):
    """Write a data set's pictures as a trained network takes them."""

    name: ClassVar[str] = "images"
    reads: ClassVar[tuple[type[Manifest], ...]] = (Model,)
    writes: ClassVar[type[Manifest]] = Images
    options: ClassVar[type[Options]] = ImagesOptions
    tools: ClassVar[tuple[str, ...]] = ("numpy", "scikit-learn")

    def run(self, inputs: tuple[Artefact[Any], ...], options: ImagesOptions, work: Work) -> Images:
        """Return Images of the network's input type. Raise DatasetError where shape, range or classes do not fit the network."""
        from levada.qat.arrays import add_array
        from levada.qat.pictures import as_integers, parse_split, read_split

        model: Model = inputs[0].manifest
        source = parse_split(options.data)
        split = read_split(work.registry.dataset(source.name)(), source.split, source.folder)
        where = f"data set {source.name!r}, split {source.split!r}"
        if split.classes != model.labels:
            msg = (
                f"{where} has the {len(split.classes)} classes {_some(split.classes)}, but {model.name} tells apart "
                f"the {len(model.labels)} classes {_some(model.labels)}; choose the data it was trained for"
            )
            raise DatasetError(msg)
        tensor = model.inputs[0]
        add_array(work, "images", as_integers(split.images, model.preprocessing, tensor, where))
        add_array(work, "labels", split.labels)
        return Images(
            dataset=source.name, split=source.split, count=len(split.labels), tensor=tensor, labels=split.classes
        )


def _some(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:3]) + (", …" if len(classes) > 3 else "")
