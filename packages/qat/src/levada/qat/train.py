# SPDX-License-Identifier: Apache-2.0
"""The stage ``train``: a network by name, bit widths and a data set become a Model."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from levada.core.artefact import Artefact
from levada.core.manifests import Manifest, Model
from levada.core.stages import Flag, Options, Stage, Work

if TYPE_CHECKING:
    from levada.core.plugins import Registry

Precision = Literal["auto", "full", "mixed"]


class TrainOptions(Options, frozen=True, kw_only=True):
    """What ``levada train`` can be told."""

    architecture: Annotated[str, Flag("network to train, e.g. digits-cnn", positional=True, metavar="MODEL")]
    bits: Annotated[str, Flag("weight and activation bits, e.g. w4a5, or w4a5r6 with those of residual sums")] = "w4a5"
    data: Annotated[str, Flag("data set, NAME or NAME:FOLDER; the network's own where left out", metavar="DATASET")] = (
        ""
    )
    epochs: Annotated[int | None, Flag("epochs instead of the recipe's; 0 only calibrates")] = None
    seed: Annotated[int, Flag("seed of the first weights and of the order of pictures")] = 0
    recipe: Annotated[
        str, Flag("cifar10, paper, … or a TOML file; the network's own where left out", file=True, metavar="NAME|FILE")
    ] = ""
    checkpoint: Annotated[
        str, Flag("folder to save each epoch in, and to go on from after an interruption", metavar="FOLDER")
    ] = ""
    golden: Annotated[int, Flag("how many test pictures the Model carries as golden inputs, at most")] = 512
    golden_images: Annotated[
        str,
        Flag(
            "folder of photographs that the Model carries before the golden test pictures", file=True, metavar="FOLDER"
        ),
    ] = ""
    init: Annotated[
        str, Flag("float checkpoint (torchvision's names) to begin with; else by chance", file=True, metavar="FILE.pth")
    ] = ""
    threads: Annotated[int, Flag("threads of torch; the last bits of the weights depend on it")] = 1
    workers: Annotated[
        int | None,
        Flag("processes that load pictures; where left out, one a core for pictures that are read one by one"),
    ] = None
    precision: Annotated[
        Precision, Flag("mixed computes in bfloat16 where that is safe; auto does so on a GPU only")
    ] = "auto"
    curve: Annotated[bool, Flag("draw loss and accuracy by epoch as a PNG (needs levada-qat[plot])")] = False


class Train(Stage[TrainOptions]):
    """Train a quantised network on a data set."""

    name: ClassVar[str] = "train"
    writes: ClassVar[type[Manifest]] = Model
    options: ClassVar[type[Options]] = TrainOptions
    tools: ClassVar[tuple[str, ...]] = ("brevitas", "torch", "numpy", "onnx", "pillow", "scikit-learn")

    def settled(self, options: TrainOptions, registry: "Registry") -> TrainOptions:
        """Name the data set and the recipe that are taken where none is named."""
        from msgspec.structs import replace

        architecture = registry.architecture(options.architecture)
        planned = options.epochs == 0 and architecture.planning_dataset
        data = options.data or planned or architecture.dataset
        return replace(options, data=data, recipe=options.recipe or architecture.recipe)

    def run(self, inputs: tuple[Artefact[Any], ...], options: TrainOptions, work: Work) -> Model:  # noqa: ARG002
        """Return the trained Model. Everything that the user may have got wrong is checked before torch is imported."""
        from levada.qat.task import prepare
        from levada.qat.together import refuse_strangers

        refuse_strangers()
        task = prepare(options, work.registry)
        from levada.qat.model import make_model

        return make_model(task, work)
