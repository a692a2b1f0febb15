# SPDX-License-Identifier: Apache-2.0
"""A picture of how a training went."""

from importlib import util
from pathlib import Path

from levada.core.errors import DependencyError
from levada.core.manifests import Recipe
from levada.qat.checkpoint import Epoch


def require_plotting() -> None:
    """Raise DependencyError where matplotlib is not installed."""
    if util.find_spec("matplotlib") is None:
        msg = "--curve draws with matplotlib, which is not installed: pip install 'levada-qat[plot]', or leave --curve out"
        raise DependencyError(msg)


def draw_curve(epochs: tuple[Epoch, ...], recipe: Recipe, file: Path) -> None:
    """Write a PNG with the loss over the training pictures and the accuracy over the test pictures, by epoch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    numbers = range(1, len(epochs) + 1)
    loss = figure.add_subplot(xlabel="epoch", ylabel="training loss", title=f"{recipe.architecture} {recipe.bits}")
    loss.semilogy(numbers, [epoch.loss for epoch in epochs], color="tab:blue")
    accuracy = loss.twinx()
    accuracy.set_ylabel(f"top-1 on {recipe.dataset} (test)")
    accuracy.plot(numbers, [epoch.accuracy for epoch in epochs], color="tab:orange")
    # The version of matplotlib in the file would make equal curves differ.
    figure.savefig(file, format="png", metadata={"Software": None})
