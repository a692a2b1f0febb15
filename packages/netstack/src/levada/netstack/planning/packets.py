# SPDX-License-Identifier: Apache-2.0
"""Cuts become hops: which socket of which port, and how one inference is cut into packets."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import msgspec

from levada.core.errors import NetworkError
from levada.core.manifests import Cut, Hop, Plan
from levada.core.networks import NetworkModel

Mode = Literal["framed", "plain"]


def hops(plan: Plan, ports: Mapping[int, str], model: NetworkModel, mode: Mode) -> tuple[Hop, ...]:
    """Return one hop per cut, in their order; ``ports`` maps card → port name.

    Each hop takes the next free socket at both ends. Raise NetworkError where a port has none left.
    """
    header_bytes = model.header_bytes if mode == "framed" else 0
    on_wire = msgspec.structs.replace(model, header_bytes=header_bytes)
    used: Counter[str] = Counter()
    found = []
    for stream_id, cut in enumerate(plan.cuts):
        source, sink = ports[cut.source_card], ports[cut.sink_card]
        found.append(
            Hop(
                stream=cut.stream,
                stream_id=stream_id,
                source_card=cut.source_card,
                sink_card=cut.sink_card,
                source_port=source,
                sink_port=sink,
                source_socket=_next(used, source, cut, model),
                sink_socket=_next(used, sink, cut, model),
                packetisation=model.packetisation(cut.stream_bytes, mode),
                wire_bytes=on_wire.wire_bytes(cut.stream_bytes),
            )
        )
    return tuple(found)


def _next(used: Counter[str], port: str, cut: Cut, model: NetworkModel) -> int:
    if used[port] == model.max_streams:
        msg = (
            f"port {port!r} has {model.max_streams} sockets, all in use before stream {cut.stream!r}; cut where fewer streams "
            f"cross (fewer residual branches), or spread the layers over other cards"
        )
        raise NetworkError(msg)
    used[port] += 1
    return used[port] - 1
