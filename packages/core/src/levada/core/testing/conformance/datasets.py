# SPDX-License-Identifier: Apache-2.0
"""The kit for data sets."""

from pathlib import Path

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing
from levada.core.testing.conformance.running import refusal

SPLITS = ("train", "test")


class DatasetConformance:
    """Tests of a data set: name its class as ``dataset``; ``folder`` where its pictures lie, if it needs one."""

    dataset: type[Dataset]
    folder: Path | None = None

    def test_its_pictures_are_bytes_in_nhwc(self) -> None:
        for split in self._splits():
            shape, kind = tuple(split.images.shape), str(split.images.dtype)
            assert len(shape) == 4, f"images need count × height × width × channels, they have shape {shape}"
            assert kind == "uint8", f"images need the type uint8, they have {kind}"

    def test_every_picture_has_a_label(self) -> None:
        for split in self._splits():
            shape, kind = tuple(split.labels.shape), str(split.labels.dtype)
            assert shape == (split.images.shape[0],), f"{split.images.shape[0]} images have labels of shape {shape}"
            assert kind == "int64", f"labels need the type int64, they have {kind}"

    def test_every_label_is_a_class(self) -> None:
        for split in self._splits():
            low, high = int(split.labels.min()), int(split.labels.max())
            assert 0 <= low <= high < len(split.classes), f"labels {low} to {high} for {len(split.classes)} classes"

    def test_both_splits_are_alike(self) -> None:
        train, test = self._splits()
        shapes = (tuple(train.images.shape[1:]), tuple(test.images.shape[1:]))
        assert train.classes == test.classes, "train and test have other classes"
        assert shapes[0] == shapes[1], f"train and test have pictures of shapes {shapes}"

    def test_a_split_is_the_same_each_time(self) -> None:
        for first, second in zip(self._splits(), self._splits(), strict=True):
            assert first.images.tobytes() == second.images.tobytes(), "the pictures differ from one call to the next"
            assert first.labels.tobytes() == second.labels.tobytes(), "the labels differ from one call to the next"

    def test_another_split_is_refused(self) -> None:
        with refusal(DatasetError, "a split that is not there"):
            self.dataset().split("no-such-split", self.folder)

    def test_it_says_how_pictures_are_prepared(self) -> None:
        assert isinstance(self.dataset().preprocessing(), Preprocessing)

    def _splits(self) -> tuple[Split, Split]:
        train, test = (self.dataset().split(name, self.folder) for name in SPLITS)
        return train, test
