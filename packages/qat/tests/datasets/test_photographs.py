# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from levada.core.errors import DatasetError
from levada.qat.datasets.photographs import Photographs, middle, random_box

SIDES = st.integers(1, 4000)


def smooth(width, height):
    """Return a picture without edges: red grows to the right, green downwards."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, 0 * across + 60], axis=2).astype(np.uint8))


@pytest.fixture
def photographs(tmp_path):
    """Return a function that saves pictures and loads them from there."""

    def photographs(*pictures, suffix=".png"):
        for number, picture in enumerate(pictures):
            picture.save(tmp_path / f"{number}{suffix}")
        names = tuple(f"{number}{suffix}" for number in range(len(pictures)))
        return Photographs(folder=tmp_path, files=names, shorter_side=256, size=224)

    return photographs


def resized_then_cropped(picture):
    """Return what the usual two steps give: shorter side 256, then the middle 224."""
    scale = 256 / min(picture.size)
    small = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.BILINEAR)
    left, upper = (small.width - 224) // 2, (small.height - 224) // 2
    return np.asarray(small.crop((left, upper, left + 224, upper + 224))).astype(int)


@pytest.mark.parametrize("size", [(256, 256), (500, 375), (375, 500), (64, 48), (1600, 1200)])
def test_the_middle_is_what_resizing_and_cropping_give(photographs, size):
    picture = smooth(*size)
    assert np.abs(photographs(picture)[0] - resized_then_cropped(picture)).max() <= 3


def test_a_jpeg_read_at_a_smaller_scale_is_the_same_picture(photographs):
    picture = smooth(2000, 1500)
    assert np.abs(photographs(picture, suffix=".JPEG")[0] - resized_then_cropped(picture)).max() <= 6


@pytest.mark.parametrize("mode", ["L", "CMYK"])
@pytest.mark.parametrize("suffix", [".JPEG"])
def test_grey_and_cmyk_pictures_become_rgb(photographs, mode, suffix):
    picture = smooth(300, 300).convert(mode)
    loaded = photographs(picture, suffix=suffix)[0]
    assert loaded.shape == (224, 224, 3)
    assert np.abs(loaded - resized_then_cropped(picture.convert("RGB"))).max() <= 12


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "1"])
def test_palettes_and_transparency_become_rgb(photographs, mode):
    picture = Image.new("RGB", (300, 300), (255, 255, 255)).convert(mode)
    assert photographs(picture)[0].min() == 255


def test_a_palette_with_transparency_becomes_rgb(photographs, tmp_path):
    picture = Image.new("RGB", (300, 300), (255, 0, 0)).convert("P")
    loaded = photographs(picture)
    picture.save(tmp_path / "0.png", transparency=bytes([0] * 256))
    assert loaded[0][0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_file_that_is_no_picture_is_named(photographs, tmp_path, content):
    loaded = photographs(smooth(9, 9))
    (tmp_path / "0.png").write_bytes(content)
    with pytest.raises(DatasetError, match=r"0.png cannot be read as a picture: cannot identify"):
        loaded[0]


def test_a_truncated_file_is_named(photographs, tmp_path):
    loaded = photographs(smooth(300, 300), suffix=".JPEG")
    (tmp_path / "0.JPEG").write_bytes((tmp_path / "0.JPEG").read_bytes()[:1500])
    with pytest.raises(DatasetError, match=r"0.JPEG cannot be read as a picture: .*truncated"):
        loaded.cropped(0, 1)


def test_a_missing_file_is_named(photographs, tmp_path):
    loaded = photographs(smooth(9, 9))
    (tmp_path / "0.png").unlink()
    with pytest.raises(DatasetError, match=r"0.png cannot be read as a picture: .*No such file"):
        loaded[0]


def test_there_are_as_many_as_files(photographs):
    assert len(photographs(smooth(9, 9), smooth(8, 8))) == 2


def test_a_part_is_a_picture_of_the_same_shape(photographs):
    assert photographs(smooth(500, 375)).cropped(0, 3).shape == (224, 224, 3)


def test_a_part_shows_what_its_box_holds(photographs):
    left, upper, right, lower = random_box(500, 375, 3)
    part = photographs(smooth(500, 375)).cropped(0, 3)
    reds, greens = part[112, :, 0], part[:, 112, 1]
    assert np.abs(np.array([reds[0], reds[-1]]) - np.array([left, right]) * 255 / 500).max() <= 3
    assert np.abs(np.array([greens[0], greens[-1]]) - np.array([upper, lower]) * 255 / 375).max() <= 3


@given(width=SIDES, height=SIDES, seed=st.integers(0, 2**32 - 1))
def test_a_random_part_lies_inside(width, height, seed):
    left, upper, right, lower = random_box(width, height, seed)
    assert 0 <= left < right <= width
    assert 0 <= upper < lower <= height


@given(seed=st.integers(0, 2**32 - 1))
def test_a_random_part_is_neither_too_small_nor_too_flat(seed):
    left, upper, right, lower = random_box(500, 375, seed)
    assert (right - left) * (lower - upper) >= 0.07 * 500 * 375
    assert 0.7 < (right - left) / (lower - upper) < 1.4


def test_a_very_flat_picture_gives_its_middle():
    assert random_box(4000, 2, 5) == middle(4000, 2) == (1999, 0, 2001, 2)
