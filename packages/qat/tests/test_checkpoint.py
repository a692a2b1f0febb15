# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
import torch

from levada.core.errors import OptionError, PayloadError
from levada.core.manifests import Recipe
from levada.qat.checkpoint import FILE, Checkpoint, Epoch, Reached

RECIPE = Recipe(
    architecture="digits-cnn",
    bits="w4a5",
    dataset="digits",
    epochs=3,
    seed=0,
    batch=64,
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=0.0,
    step_epochs=1,
    decay=0.1,
)
EPOCH = Epoch(learning_rate=0.1, loss=0.5, accuracy=0.25)


def reached(epochs=2):
    return Reached(
        epochs=(EPOCH,) * epochs, network={"weight": torch.arange(3.0)}, optimizer={"state": {}, "param_groups": []}
    )


def changed(**changes):
    return msgspec.structs.replace(RECIPE, **changes)


@pytest.fixture
def saved(tmp_path):
    Checkpoint(tmp_path / "kept", RECIPE).save(reached())
    return tmp_path / "kept"


def test_there_is_nothing_before_the_first_epoch(tmp_path):
    assert Checkpoint(tmp_path, RECIPE).load() is None


def test_epochs_come_back(saved):
    assert Checkpoint(saved, RECIPE).load().epochs == (EPOCH, EPOCH)


def test_weights_come_back(saved):
    assert torch.equal(Checkpoint(saved, RECIPE).load().network["weight"], torch.arange(3.0))


def test_a_later_epoch_replaces_the_file(saved):
    Checkpoint(saved, RECIPE).save(reached(3))
    assert len(Checkpoint(saved, RECIPE).load().epochs) == 3


def test_only_the_file_itself_is_left(saved):
    assert [file.name for file in saved.iterdir()] == [FILE]


def test_a_failing_save_leaves_the_last_one_whole(saved, monkeypatch):
    def fill_the_disk(content, file):
        file.write_bytes(b"half")
        raise OSError

    monkeypatch.setattr(torch, "save", fill_the_disk)
    with pytest.raises(OSError):
        Checkpoint(saved, RECIPE).save(reached(3))
    assert len(Checkpoint(saved, RECIPE).load().epochs) == 2


def test_a_training_can_be_made_longer(saved):
    assert len(Checkpoint(saved, changed(epochs=9)).load().epochs) == 2


def test_a_training_whose_rates_depend_on_its_length_cannot_be_made_longer(tmp_path):
    Checkpoint(tmp_path, changed(course="cosine")).save(reached())
    with pytest.raises(OptionError, match="belongs to a training with epochs 3, this one has 9; name another"):
        Checkpoint(tmp_path, changed(course="cosine", epochs=9)).load()


def test_other_processes_are_another_training(saved):
    with pytest.raises(OptionError, match="with processes 1, this one has 2"):
        Checkpoint(saved, changed(processes=2)).load()


def test_a_training_cannot_be_made_shorter_than_it_is(saved):
    with pytest.raises(OptionError, match="holds 2 epochs already, asked for are 1; name another --checkpoint folder"):
        Checkpoint(saved, changed(epochs=1)).load()


@pytest.mark.parametrize(
    ("field", "value"), [("seed", 1), ("bits", "w2a2"), ("learning_rate", 0.2), ("dataset", "blots")]
)
def test_another_training_is_refused_with_what_differs(saved, field, value):
    message = (
        f"{FILE} belongs to a training with {field} {getattr(RECIPE, field)!r}, this one has {value!r}; name another"
    )
    with pytest.raises(OptionError, match=message):
        Checkpoint(saved, changed(**{field: value})).load()


@pytest.mark.parametrize("content", [b"", b"junk" * 100])
def test_a_file_that_is_no_checkpoint_is_refused(saved, content):
    (saved / FILE).write_bytes(content)
    with pytest.raises(PayloadError, match=r"checkpoint.pt cannot be read as a checkpoint .*; remove it"):
        Checkpoint(saved, RECIPE).load()


def test_a_truncated_file_is_refused(saved):
    file = saved / FILE
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(PayloadError, match="cannot be read as a checkpoint"):
        Checkpoint(saved, RECIPE).load()


def test_a_torch_file_of_something_else_is_refused(saved):
    torch.save({"weight": torch.zeros(1)}, saved / FILE)
    with pytest.raises(PayloadError, match="cannot be read as a checkpoint"):
        Checkpoint(saved, RECIPE).load()
