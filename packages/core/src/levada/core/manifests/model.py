# SPDX-License-Identifier: Apache-2.0
"""What qat writes: a trained network, and images as it takes them."""

from typing import ClassVar, Literal

from levada.core.manifests.common import Count, Manifest, Record

Course = Literal["steps", "cosine"]
"""How a learning rate falls."""


class Tensor(Record, frozen=True, kw_only=True):
    """An input or output of the network: shape without the batch, QONNX data type (``UINT8``, ``INT5``, …)."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    layout: str


class Bits(Record, frozen=True, kw_only=True):
    """Bit widths of a network: weights, activations, first and last layer's weights, residual sums."""

    weights: int
    activations: int
    first: int
    last: int
    residual: int


class Recipe(Record, frozen=True, kw_only=True):
    """How a network was trained: enough to do it again.

    The learning rate rises linearly over ``warmup_epochs``; then it is multiplied by ``decay`` every ``step_epochs``, or falls
    as half a cosine to nothing. ``batch`` is what each of ``processes`` takes at once. Pictures to train on are moved by up to
    ``shift`` pixels each way, mirrored (``flip``), or cut at random from larger ones (``crop``). After ``freeze_after_epochs``
    statistics of batch normalisation and quantisers stay as they are. ``init`` is the SHA-256 of the file that the first
    weights are from, empty for weights by chance.
    """

    architecture: str
    bits: str
    dataset: str
    epochs: int
    seed: int
    batch: int
    learning_rate: float
    momentum: float
    weight_decay: float
    step_epochs: int
    decay: float
    course: Course = "steps"
    warmup_epochs: Count = 0
    shift: Count = 0
    flip: bool = False
    crop: bool = False
    freeze_after_epochs: Count | None = None
    processes: int = 1
    mixed_precision: bool = False
    init: str = ""


class Score(Record, frozen=True, kw_only=True):
    """One measured figure of merit; ``value`` is a fraction for accuracies."""

    dataset: str
    split: str
    metric: str
    value: float
    samples: int


class Preprocessing(Record, frozen=True, kw_only=True):
    """From a picture to the integers the network takes: resize, crop, then subtract ``offset`` from each pixel."""

    resize: int | None = None
    crop: int | None = None
    offset: int = 0


class Model(Manifest, frozen=True, kw_only=True, tag="model/1.0"):
    """A trained quantised network as a QONNX graph.

    Payloads: ``graph`` (QONNX, one file), ``golden_inputs`` (``.npy``, integer NHWC images as the network takes them),
    ``golden_labels`` (``.npy`` int64, optional: true labels of the golden inputs), ``checkpoint`` (optional), ``curve`` (optional PNG).
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    preprocessing: Preprocessing
    bits: Bits
    recipe: Recipe
    scores: tuple[Score, ...]
    labels: tuple[str, ...]
    golden_count: Count

    PAYLOADS: ClassVar[tuple[str, ...]] = ("graph", "golden_inputs")


class Images(Manifest, frozen=True, kw_only=True, tag="images/1.0"):
    """Integer NHWC images as one network takes them.

    Payloads: ``images`` (``.npy``, count × height × width × channels), ``labels`` (``.npy`` int64, where known).
    """

    dataset: str
    split: str
    count: Count
    tensor: Tensor
    labels: tuple[str, ...]

    PAYLOADS: ClassVar[tuple[str, ...]] = ("images",)
