# SPDX-License-Identifier: Apache-2.0
"""A stranger's plug-in for tests that start processes: pictures loaded one by one, a network for them, and what a process does.

Where the environment names a file as STALL, no picture is loaded once it is there: a training stands still after its first checkpoint.
"""

import importlib
import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np

from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Architecture, Dataset, Split
from levada.core.manifests import Preprocessing


class Slides:
    """Forty pictures or ten: a bright row for each of eight classes."""

    def __init__(self, count):
        random = np.random.RandomState(count)
        self.pictures = random.randint(0, 5, (count, 8, 8, 1)).astype(np.uint8)
        for number, picture in enumerate(self.pictures):
            picture[number % 8] = 16

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, number):
        while Path(os.environ.get("STALL", "/no/such/file")).exists():
            time.sleep(0.1)
        return self.pictures[number]


class SlidesData(Dataset):
    name = "slides"

    def split(self, split, folder):
        slides = Slides(40 if split == "train" else 10)
        return Split(images=slides, labels=np.arange(len(slides)) % 8, classes=tuple("abcdefgh"))

    def preprocessing(self):
        return Preprocessing()


class SlidesCnn(Architecture):
    name = "slides-cnn"
    image_shape = (8, 8, 1)
    dataset = "slides"
    recipe = "digits"

    def build(self, bits, classes):
        from torch import nn

        from levada.qat import layers

        return nn.Sequential(
            layers.Scale(1 / 16),
            layers.activation(bits),
            layers.basic_block((1, 4), bits, stride=2),
            layers.average_pool(4, bits),
            nn.Flatten(),
            layers.classifier(4, classes, bits),
        )


@hookimpl
def levada_register_dataset():
    return [SlidesData]


@hookimpl
def levada_register_model():
    return [SlidesCnn]


def run(module, words, environment):
    """Run ``module.main(words)`` as a process of its own would, in that environment."""
    os.environ.update(environment)
    # A forked one would hand the server it comes from on to its loaders' workers, which then outlive it if it is killed.
    multiprocessing.set_start_method("fork", force=True)
    sys.exit(importlib.import_module(module).main(words))
