# SPDX-License-Identifier: Apache-2.0
from importlib import util

import pytest

from levada.core.errors import DependencyError
from levada.qat.checkpoint import Epoch
from levada.qat.curve import draw_curve, require_plotting

EPOCHS = (Epoch(learning_rate=0.1, loss=2.0, accuracy=0.1), Epoch(learning_rate=0.1, loss=0.2, accuracy=0.9))


@pytest.fixture
def plotting():
    pytest.importorskip("matplotlib", reason="matplotlib (levada-qat[plot]) is not installed")


@pytest.fixture
def no_plotting(monkeypatch):
    monkeypatch.setattr(util, "find_spec", lambda name: None)


def test_without_matplotlib_one_line_says_what_to_install(no_plotting):
    with pytest.raises(
        DependencyError, match=r"matplotlib, which is not installed: pip install 'levada-qat\[plot\]', or leave"
    ):
        require_plotting()


def test_a_missing_matplotlib_is_noticed_before_training(no_plotting, train_blots):
    with pytest.raises(DependencyError, match="leave --curve out"):
        train_blots("model", curve=True)


@pytest.mark.usefixtures("plotting")
def test_a_curve_is_a_png(trained, tmp_path):
    draw_curve(EPOCHS, trained.manifest.recipe, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("plotting")
def test_equal_curves_are_equal_files(trained, tmp_path):
    for name in ("first.png", "second.png"):
        draw_curve(EPOCHS, trained.manifest.recipe, tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


@pytest.mark.usefixtures("plotting")
def test_a_model_carries_the_curve_when_asked(train_blots):
    assert train_blots("model", epochs=1, curve=True).payload("curve").suffix == ".png"
