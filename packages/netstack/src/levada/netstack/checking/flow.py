# SPDX-License-Identifier: Apache-2.0
"""Rules on flow control: VNx's receiver holds nobody back, so the deployment must see to it that it never overflows."""

from collections import defaultdict
from collections.abc import Iterator

from levada.core.manifests import Deployment, Hop
from levada.netstack.checking.finding import Finding, finding, hop_place

BUFFER = 49152
"""32 KiB in the CMAC's receive FIFO, 16 KiB in the UDP block."""
BEAT = 64
HEADERS = 14 + 20 + 8
CREDIT_PACKET = 64
UNGOVERNED = 16 * 128 + 8 * 64
"""What no credit holds back: a probe per socket, and a few ARP packets."""
CLOCKS_PPM = 200
"""Two cards' oscillators may be this far apart: ±100 ppm each."""


def receive_buffer_is_the_cards(deployment: Deployment) -> Finding:
    """A deployment may not count on more buffer than VNx has."""
    size = deployment.flow.rx_buffer_bytes
    problems = [] if 0 < size <= BUFFER else [f"a receive buffer of {size} bytes is given, VNx has {BUFFER}"]
    return finding(problems, f"{size} bytes of receive buffer, VNx has {BUFFER}")


def credits_fit_the_receive_buffer(deployment: Deployment) -> Finding:
    """In framed mode all hops into a port at their limit, and all credits on their way to it, must fit its buffer at once."""
    flow = deployment.flow
    if flow.mode != "framed" or not deployment.hops:
        return finding([] if flow.credits == 0 or deployment.hops else ["credits without hops"], "no credits in use")
    problems = [] if flow.credits > 0 else ["framed mode with 0 credits: nothing may ever leave"]
    worst: defaultdict[str, int] = defaultdict(lambda: UNGOVERNED)
    for hop in deployment.hops:
        worst[f"card {hop.sink_card} port {hop.sink_port}"] += flow.credits * _room(_largest(hop))
        worst[f"card {hop.source_card} port {hop.source_port}"] += flow.credits * _room(CREDIT_PACKET)
    problems += [
        f"{port} may have to hold {room} bytes with {flow.credits} credits per hop, its buffer is {flow.rx_buffer_bytes}"
        for port, room in worst.items()
        if room > flow.rx_buffer_bytes
    ]
    most = max(worst.values())
    return finding(
        problems, f"{flow.credits} credits per hop need {most} of {flow.rx_buffer_bytes} bytes in the fullest port"
    )


def no_card_outruns_the_next(deployment: Deployment) -> Finding:
    """In plain mode nothing holds a sender back: each sink must be faster than its source, or than the ingress is allowed to be.

    Proven are average rates of whole inferences. A burst inside one is bounded only where a whole inference fits the buffer.
    """
    if deployment.flow.mode != "plain":
        return finding([], "framed mode: credits hold senders back")
    problems = [text for hop in deployment.hops for text in _outruns(deployment, hop)]
    within = [hop for hop in deployment.hops if _inference_room(deployment, hop) <= deployment.flow.rx_buffer_bytes]
    beyond = [hop.stream for hop in deployment.hops if hop not in within]
    bursts = (
        f"; not proven: bursts within an inference of {', '.join(beyond)}" if beyond else "; any burst fits the buffer"
    )
    return finding(problems, f"every sink keeps up with its source on average over whole inferences{bursts}")


def _outruns(deployment: Deployment, hop: Hop) -> Iterator[str]:
    source = _interval(deployment, hop.stream, of_source=True)
    sink = _interval(deployment, hop.stream, of_source=False)
    if not source or not sink:
        yield f"{hop_place(hop)}: the cycles of its parts are not given"
        return
    slower = 1 + CLOCKS_PPM / 1e6
    allowed = deployment.clock_mhz * 1e6 / sink / slower
    throttle = deployment.flow.ingress_images_per_s
    if source < sink * slower and (throttle is None or throttle > allowed):
        yield (
            f"{hop_place(hop)}: its source may send every {source} cycles, its sink takes {sink} ({CLOCKS_PPM} ppm allowed for "
            f"the clocks); hold the ingress below {allowed:.1f} images/s, or use framed mode"
        )


def _interval(deployment: Deployment, stream: str, *, of_source: bool) -> int:
    parts = [part for card in deployment.cards for part in card.parts]
    ends = [part for part in parts if stream in (part.outputs if of_source else part.inputs)]
    return ends[0].interval_cycles if len(ends) == 1 else 0


def _inference_room(deployment: Deployment, hop: Hop) -> int:
    """Return what one inference of every hop into the sink's port occupies."""
    into = [h for h in deployment.hops if (h.sink_card, h.sink_port) == (hop.sink_card, hop.sink_port)]
    return sum(
        (h.packetisation.packets - 1) * _room(h.packetisation.payload_bytes) + _room(h.packetisation.last_padded_bytes)
        for h in into
    )


def _largest(hop: Hop) -> int:
    cut = hop.packetisation
    return max(cut.last_padded_bytes, cut.header_bytes + cut.payload_bytes if cut.packets > 1 else 0)


def _room(payload: int) -> int:
    """Return what a packet occupies: its Ethernet frame in whole beats."""
    beats, rest = divmod(payload + HEADERS, BEAT)
    return (beats + bool(rest)) * BEAT
