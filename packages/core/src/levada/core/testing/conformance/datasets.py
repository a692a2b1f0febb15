# SPDX-License-Identifier: Apache-2.0
"""The kit for data sets."""

from pathlib import Path
from typing import Any

from levada.core.errors import DatasetError
from levada.core.interfaces import CroppedPictures, Dataset, Split
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance.running import refusal

SPLITS = ("train", "test")
LOOKED_AT = 16
"""Of a split, at most: the pictures of a large one take minutes to load."""


class DatasetConformance:
    """Tests of a data set: name its class as ``dataset``; ``folder`` where its pictures lie, if it needs one."""

    dataset: type[Dataset]
    folder: Path | None = None

    def test_its_pictures_are_bytes_of_height_width_and_channels(self) -> None:
        for split in self._splits():
            for picture in _some(split):
                shape, kind = tuple(picture.shape), str(picture.dtype)
                assert len(shape) == 3, f"a picture needs height × width × channels, it has shape {shape}"
                assert kind == "uint8", f"pictures need the type uint8, they have {kind}"

    def test_every_picture_has_a_label(self) -> None:
        for split in self._splits():
            shape, kind = tuple(split.labels.shape), str(split.labels.dtype)
            assert shape == (len(split.images),), f"{len(split.images)} images have labels of shape {shape}"
            assert kind == "int64", f"labels need the type int64, they have {kind}"

    def test_every_label_is_a_class(self) -> None:
        for split in self._splits():
            low, high = int(split.labels.min()), int(split.labels.max())
            assert 0 <= low <= high < len(split.classes), f"labels {low} to {high} for {len(split.classes)} classes"

    def test_both_splits_are_alike(self) -> None:
        train, test = self._splits()
        shapes = {tuple(picture.shape) for split in (train, test) for picture in _some(split)}
        assert train.classes == test.classes, "train and test have other classes"
        assert len(shapes) == 1, f"train and test have pictures of shapes {shapes}"

    def test_a_split_is_the_same_each_time(self) -> None:
        for first, second in zip(self._splits(), self._splits(), strict=True):
            for mine, other in zip(_some(first), _some(second), strict=True):
                assert mine.tobytes() == other.tobytes(), "the pictures differ from one call to the next"
            assert first.labels.tobytes() == second.labels.tobytes(), "the labels differ from one call to the next"

    def test_a_part_chosen_by_chance_is_a_picture_that_its_seed_decides(self) -> None:
        images = self.dataset().split("train", self.folder).images
        if isinstance(images, CroppedPictures):
            part, again = (images.cropped(0, 7) for _ in range(2))
            shapes = tuple(part.shape), tuple(images[0].shape)
            assert shapes[0] == shapes[1], f"a part has shape {shapes[0]}, the picture {shapes[1]}"
            assert part.tobytes() == again.tobytes(), "the same seed gives another part"

    def test_another_split_is_refused(self) -> None:
        with refusal(DatasetError, "a split that is not there"):
            self.dataset().split("no-such-split", self.folder)

    def test_it_says_how_pictures_are_prepared(self) -> None:
        assert isinstance(self.dataset().preprocessing(), Preprocessing)

    def _splits(self) -> tuple[Split, Split]:
        train, test = (self.dataset().split(name, self.folder) for name in SPLITS)
        return train, test


def _some(split: Split) -> list[Any]:
    """Return pictures spread over the split, the first and the last among them."""
    last = len(split.images) - 1
    return [split.images[number] for number in sorted({last * step // (LOOKED_AT - 1) for step in range(LOOKED_AT)})]
