# SPDX-License-Identifier: Apache-2.0
"""Rules on sockets and hops: every sender has one receiver, every cut one hop, and both ends mean the same stream."""

from collections.abc import Iterator

from levada.core.manifests import Deployment, NetworkPort, Socket
from levada.netstack.checking.finding import Finding, all_ports, finding, repeated

TABLE = 16
LAST_UDP_PORT = 65535


def sockets_fit_the_table(deployment: Deployment) -> Finding:
    """VNx is built with 16 sockets; an index beyond is undefined behaviour in hardware."""
    problems = []
    for port in all_ports(deployment):
        indices = [socket.index for socket in port.sockets]
        problems += [f"port {port.name} uses socket {i}, its table ends at {TABLE - 1}" for i in indices if i >= TABLE]
        problems += [f"port {port.name} uses socket {i} twice" for i in repeated(map(str, indices))]
        problems += [
            f"port {port.name}, socket {socket.index}: UDP ports {socket.my_port} → {socket.their_port} are out of range"
            for socket in port.sockets
            if not (0 < socket.my_port <= LAST_UDP_PORT and 0 < socket.their_port <= LAST_UDP_PORT)
        ]
    most = max((len(port.sockets) for port in all_ports(deployment)), default=0)
    return finding(problems, f"at most {most} of {TABLE} sockets in use")


def socket_triples_are_unique(deployment: Deployment) -> Finding:
    """VNx gives a packet to the lowest socket with its sender, sender's port and own port: a second one gets nothing."""
    problems = [
        f"port {port.name} has several sockets for {triple}"
        for port in all_ports(deployment)
        for triple in repeated(f"{s.their_ip}:{s.their_port} → {s.my_port}" for s in port.sockets)
    ]
    problems += [
        f"port {port.name} listens twice on UDP port {number}"
        for port in all_ports(deployment)
        for number in repeated(str(socket.my_port) for socket in port.sockets)
    ]
    return finding(problems, "no two sockets of a port answer to the same packet")


def every_sender_has_one_receiver(deployment: Deployment) -> Finding:
    """What leaves by a socket arrives in exactly one socket of one port, whose own way leads back to the first."""
    problems = [
        text
        for port in all_ports(deployment)
        for socket in port.sockets
        for text in _pairing(port, socket, all_ports(deployment))
    ]
    count = sum(len(port.sockets) for port in all_ports(deployment))
    return finding(problems, f"{count} sockets in {count // 2} pairs, each the other's only peer")


def every_socket_belongs_to_one_hop(deployment: Deployment) -> Finding:
    """A TDEST is a socket's index: two streams on one socket would be mixed, a socket without stream is a mistake."""
    used = [
        end
        for hop in deployment.hops
        for end in (
            (hop.source_card, hop.source_port, hop.source_socket),
            (hop.sink_card, hop.sink_port, hop.sink_socket),
        )
    ]
    there = [(port.card, port.name, socket.index) for port in all_ports(deployment) for socket in port.sockets]
    problems = [f"socket {end} carries several streams" for end in repeated(map(_shown, used))]
    problems += [f"socket {_shown(end)} carries no stream" for end in there if end not in used]
    problems += [f"socket {_shown(end)} is used by a hop, and no port has it" for end in used if end not in there]
    return finding(problems, "each socket carries one stream")


def hops_join_their_two_sockets(deployment: Deployment) -> Finding:
    """A hop's source socket must lead to its sink socket and back, and both may send (credits)."""
    sockets = {
        (port.card, port.name, socket.index): (port, socket)
        for port in all_ports(deployment)
        for socket in port.sockets
    }
    problems = []
    for hop in deployment.hops:
        source = sockets.get((hop.source_card, hop.source_port, hop.source_socket))
        sink = sockets.get((hop.sink_card, hop.sink_port, hop.sink_socket))
        if not source or not sink:
            problems.append(f"stream {hop.stream!r} names a socket that is not there")
        elif not (_reaches(*source, *sink) and _reaches(*sink, *source)):
            problems.append(f"stream {hop.stream!r}: its two sockets do not lead to each other")
        elif not source[1].valid or (deployment.flow.mode == "framed" and not sink[1].valid):
            problems.append(f"stream {hop.stream!r}: a socket that must send is not valid")
    return finding(problems, "each hop's two sockets lead to each other")


def every_cut_has_one_hop(deployment: Deployment) -> Finding:
    """A stream whose ends lie on different cards crosses the network once; any other does not."""
    cards = {layer: card.index for card in deployment.cards for part in card.parts for layer in part.layers}
    problems = []
    for stream in deployment.streams:
        hops = [hop for hop in deployment.hops if hop.stream == stream.name]
        source, sink = cards.get(stream.source or ""), cards.get(stream.sink or "")
        crosses = source is not None and sink is not None and source != sink
        if len(hops) != crosses:
            problems.append(f"stream {stream.name!r} goes from card {source} to {sink} and has {len(hops)} hops")
        problems += [
            f"stream {stream.name!r} goes from card {source} to {sink}, its hop from {hop.source_card} to {hop.sink_card}"
            for hop in hops
            if (hop.source_card, hop.sink_card) != (source, sink)
        ]
    known = {stream.name for stream in deployment.streams}
    problems += [f"hop of {hop.stream!r}, which is no stream" for hop in deployment.hops if hop.stream not in known]
    return finding(problems, f"{len(deployment.hops)} streams cross between cards, each over one hop")


def stream_ids_are_unique(deployment: Deployment) -> Finding:
    """The stream id in a frame header tells streams apart; it has 16 bits."""
    problems = [f"stream id {i} is used twice" for i in repeated(str(hop.stream_id) for hop in deployment.hops)]
    problems += [
        f"stream id {hop.stream_id} needs more than 16 bits" for hop in deployment.hops if hop.stream_id > 0xFFFF
    ]
    return finding(problems, "each hop has a stream id of its own")


def _pairing(port: NetworkPort, socket: Socket, ports: tuple[NetworkPort, ...]) -> Iterator[str]:
    place = f"port {port.name}, socket {socket.index}"
    receivers = [
        (other, theirs) for other in ports for theirs in other.sockets if _reaches(port, socket, other, theirs)
    ]
    if len(receivers) != 1:
        yield f"{place} sends to {socket.their_ip}:{socket.their_port}, where {len(receivers)} sockets take it"
        return
    other, theirs = receivers[0]
    if not _reaches(other, theirs, port, socket):
        yield f"{place} reaches port {other.name}, socket {theirs.index}, which does not lead back"


def _reaches(port: NetworkPort, socket: Socket, other: NetworkPort, theirs: Socket) -> bool:
    """Say whether what ``port`` sends by ``socket`` is taken by ``theirs`` of ``other``: VNx compares the whole triple."""
    return (
        other.ip == socket.their_ip
        and theirs.my_port == socket.their_port
        and theirs.their_ip == port.ip
        and theirs.their_port == socket.my_port
    )


def _shown(end: tuple[int, str, int]) -> str:
    return f"{end[2]} of port {end[1]} (card {end[0]})"
