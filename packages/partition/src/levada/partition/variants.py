# SPDX-License-Identifier: Apache-2.0
"""The ways to build a layer, in numbers, and which of them no other one beats."""

from collections.abc import Sequence

import msgspec

from levada.core.manifests import Record


class Variant(Record, frozen=True, kw_only=True):
    """One way to build a layer: its candidate's index, cycles, and counts of the limited resources.

    ``wire_bytes`` per inference of each edge that leaves the layer, were it cut; ``ends``: its lanes at each edge that it touches.
    """

    candidate: int
    cycles: int
    counts: tuple[int, ...]
    wire_bytes: tuple[int, ...] = ()
    external_bytes: int = 0
    ends: tuple[int, ...] = ()


def lanes_groups(variants: Sequence[Variant], end: int) -> dict[int, list[Variant]]:
    """Return variants by their lanes at one edge."""
    groups: dict[int, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.ends[end], []).append(variant)
    return groups


def best(variants: Sequence[Variant], telling: tuple[int, ...] = ()) -> tuple[Variant, ...]:
    """Return the variants that no other one with the same lanes at the ends that tell beats or equals in every cost; cycles do not count.

    A variant that is beaten costs more in sum, so the one that costs least is kept, and all that it beats are gone at once.
    """
    groups: dict[tuple[int, ...], list[Variant]] = {}
    for variant in variants:
        groups.setdefault(tuple(variant.ends[end] for end in telling), []).append(variant)
    return tuple(variant for group in groups.values() for variant in _unbeaten(group))


def _unbeaten(variants: list[Variant]) -> list[Variant]:
    if len(variants) == 1:
        return variants
    import numpy as np  # not for the many whose layers leave one choice, nor for a command that plans nothing

    costs = np.array([_costs(variant) for variant in variants], dtype=np.int64)
    left = np.lexsort((*costs.T[::-1], costs.sum(axis=1)))
    found = []
    while len(left):
        found.append(variants[left[0]])
        left = left[(costs[left] < costs[left[0]]).any(axis=1)]
    return found


def ideal(variants: tuple[Variant, ...]) -> Variant:
    """Return a variant that may not exist: the least of each cost over ``variants``."""
    return Variant(
        candidate=variants[0].candidate,
        cycles=min(variant.cycles for variant in variants),
        counts=tuple(map(min, zip(*(variant.counts for variant in variants), strict=True))),
        wire_bytes=tuple(map(min, zip(*(variant.wire_bytes for variant in variants), strict=True))),
        external_bytes=min(variant.external_bytes for variant in variants),
    )


def heavier(variant: Variant, more: tuple[int, ...]) -> Variant:
    """Return a variant that takes so much more of each resource."""
    counts = tuple(mine + added for mine, added in zip(variant.counts, more, strict=True))
    return msgspec.structs.replace(variant, counts=counts)


def _costs(variant: Variant) -> tuple[int, ...]:
    return (*variant.counts, *variant.wire_bytes, variant.external_bytes)
