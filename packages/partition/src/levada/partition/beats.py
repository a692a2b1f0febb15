# SPDX-License-Identifier: Apache-2.0
"""How a stream passes in beats: lanes, beats per inference, and bytes as FINN packs them and as the network carries them."""

from math import prod

from levada.core.errors import ManifestError
from levada.core.interfaces import Candidate
from levada.core.manifests import Folding, Lanes, Layer, Stream
from levada.core.networks import NetworkModel


def lanes(stream: Stream, rule: Lanes, folding: Folding | None) -> int:
    """Return the elements per beat at one end of a stream; ``folding`` is that end's layer's, None outside the fabric.

    Raise ManifestError where the elements of the innermost dimension do not make whole beats.
    """
    innermost = stream.shape[-1] if stream.shape else 1
    width = _width(rule, folding, innermost)
    if innermost % width:
        msg = (
            f"stream {stream.name!r} has {innermost} elements in its innermost dimension, which do not make whole beats of {width} "
            f"({rule.value} of its layer); compile the network again"
        )
        raise ManifestError(msg)
    return width


def beats(stream: Stream, width: int) -> int:
    """Return the beats of ``width`` elements per inference."""
    return prod(stream.shape) // width


def stream_bytes(stream: Stream, width: int) -> int:
    """Return the bytes per inference in FINN's packed layout: every beat padded to whole bytes."""
    return beats(stream, width) * -(-width * stream.element_bits // 8)


def payload_bytes(stream: Stream) -> int:
    """Return the bytes per inference with the elements packed without gaps."""
    return -(-stream.payload_bits // 8)


def wire_bytes_by_candidate(
    stream: Stream, layer: Layer, candidates: tuple[Candidate, ...], network: NetworkModel
) -> tuple[int, ...]:
    """Return what the network carries per inference of ``stream`` where its source is built as each of ``candidates``."""
    by_width: dict[int, int] = {}
    widths = [lanes(stream, stream.source_lanes, layer.foldings[candidate.folding]) for candidate in candidates]
    for width in widths:
        if width not in by_width:
            by_width[width] = network.wire_bytes(stream_bytes(stream, width))
    return tuple(by_width[width] for width in widths)


def _width(rule: Lanes, folding: Folding | None, innermost: int) -> int:
    if rule is Lanes.ALL:
        return innermost
    if rule is Lanes.ONE or folding is None:
        return 1
    return folding.pe if rule is Lanes.PE else folding.simd
