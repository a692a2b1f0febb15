# SPDX-License-Identifier: Apache-2.0
"""How often a network is right: with its best class, and with one of its best five."""

from typing import Any

import torch

from levada.core.manifests import Record
from levada.qat.loading import Examples, Fetch, batches
from levada.qat.place import Place

TOP = 5


class Judged(Record, frozen=True, kw_only=True):
    """Of ``samples`` pictures, how many have their true label as best class, and among the best five (None for up to 5 classes)."""

    samples: int
    top1: int
    top5: int | None

    @property
    def accuracy(self) -> float:
        """Return the fraction that is right with the best class."""
        return self.top1 / self.samples if self.samples else 0.0

    @property
    def top5_accuracy(self) -> float | None:
        """Return the fraction that is right with one of the best five."""
        return None if self.top5 is None else self.top5 / max(1, self.samples)


def judge(network: Any, examples: Examples, place: Place, batch: int) -> Judged:
    """Return how often the network is right. Pictures that cannot be read are left out; processes share the work."""
    network.eval()
    counts, many = torch.zeros(3, dtype=torch.int64, device=place.device), True
    numbers = place.crew.part(len(examples.labels), batch)
    with torch.no_grad():
        for pictures, labels, complaints in batches(Fetch(examples), numbers, place.workers):
            place.unread.add(complaints)
            if len(labels):
                scores = network(examples.values(pictures.to(place.device)))
                many = scores.shape[1] > TOP
                counts += _right(scores, labels.to(place.device))
    samples, top1, top5 = place.crew.total(counts).tolist()
    return Judged(samples=samples, top1=top1, top5=top5 if many else None)


def _right(scores: Any, labels: Any) -> Any:
    """Return the number of pictures, of those right with the best class, and with one of the best five; ties to the lower class."""
    best = torch.sort(scores, dim=1, descending=True, stable=True).indices[:, :TOP] == labels[:, None]
    return torch.stack([torch.full_like(labels[0], len(labels)), best[:, 0].sum(), best.any(1).sum()])
