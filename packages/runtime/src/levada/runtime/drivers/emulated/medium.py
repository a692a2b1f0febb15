# SPDX-License-Identifier: Apache-2.0
"""The cables and the switch of emulated cards: every port listens, every port connects to every other, the sender picks by MAC.

Between agents on one machine frames go over AF_UNIX SOCK_SEQPACKET, between machines over TCP. A peer shows the run's token
and the port's name before its frames are heard.
"""

import hmac
import selectors
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from levada.core.errors import UnreachableError
from levada.core.interfaces import Endpoint, Wiring
from levada.core.manifests import NetworkPort
from levada.runtime.drivers.emulated.link import (
    Incoming,
    Outgoing,
    connect_tcp,
    connect_unix,
    listen_tcp,
    listen_unix,
)

CONNECT_S = 5.0
FRAMES_AT_ONCE = 64
MAC_BYTES = 6
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Heard(Struct, frozen=True):
    """An Ethernet frame and the port it came to."""

    port: str
    wire: bytes


class _Door(Struct, frozen=True):
    """A listener, and the port it belongs to."""

    port: str
    socket: socket.socket


class _Guest:
    """An incoming link: silent until its first frame has shown the token."""

    def __init__(self, port: str, link: Incoming) -> None:
        self.port, self.link = port, link
        self.peer: str | None = None


class Medium:
    """The sockets of one card's ports. Used from one thread."""

    def __init__(self, ports: Sequence[NetworkPort], tcp_address: str | None) -> None:
        """Listen for each port: on this machine always, on ``tcp_address`` too where one is given."""
        self._selector = selectors.DefaultSelector()
        self._folder = Path(tempfile.mkdtemp(prefix="levada-wire-"))
        self._guests: list[_Guest] = []
        self._macs = {port.name: _mac(port.mac) for port in ports}
        self._links: dict[str, dict[bytes, Outgoing]] = {port.name: {} for port in ports}
        self._doors: list[_Door] = []
        self._token: bytes | None = None
        self._waiting: set[socket.socket] = set()
        self.lost: list[str] = []
        self.endpoints = tuple(self._listen(number, port, tcp_address) for number, port in enumerate(ports))

    def _listen(self, number: int, port: NetworkPort, tcp_address: str | None) -> Endpoint:
        path, tcp = str(self._folder / str(number)), None
        try:
            self._open(port.name, listen_unix(path))
            if tcp_address is not None:
                listener = listen_tcp(tcp_address)
                self._open(port.name, listener)
                tcp = f"{tcp_address}:{listener.getsockname()[1]}"
        except OSError as error:
            self.close()
            msg = f"emulated port {port.name} cannot listen at {path if tcp_address is None else tcp_address}: {error}"
            raise UnreachableError(msg) from None
        return Endpoint(port=port.name, mac=port.mac, machine=machine(), unix=path, tcp=tcp)

    def _open(self, port: str, listener: socket.socket) -> None:
        door = _Door(port, listener)
        self._doors.append(door)
        self._selector.register(listener, selectors.EVENT_READ, door)

    def connect(self, wiring: Wiring) -> None:
        """Connect each port to every other. Raise UnreachableError naming the port that cannot be reached."""
        self._token = wiring.token
        for port, links in self._links.items():
            for endpoint in wiring.endpoints:
                mac = _mac(endpoint.mac)
                if mac != self._macs[port] and mac not in links:
                    links[mac] = self._connected(port, endpoint, wiring.token)

    def _connected(self, port: str, endpoint: Endpoint, token: bytes) -> Outgoing:
        try:
            near = endpoint.unix if endpoint.machine == machine() else None
            if near is not None and Path(near).exists():
                connection = connect_unix(near, CONNECT_S)
            else:
                connection = connect_tcp(endpoint.tcp or "", CONNECT_S)
        except (OSError, ValueError) as error:
            where = endpoint.tcp or endpoint.unix
            msg = f"port {port} cannot reach port {endpoint.port} at {where}: {error}; is its agent alive, and the way open?"
            raise UnreachableError(msg) from None
        link = Outgoing(connection, endpoint.port)
        link.send(token + port.encode())
        return link

    def send(self, port: str, wire: bytes) -> None:
        """Send a frame from ``port``: to the port with its destination MAC, or to all (broadcast, multicast, unknown)."""
        links = self._links[port]
        known = links.get(wire[:MAC_BYTES])
        for link in [known] if known else list(links.values()):
            was_down = link.down
            link.send(wire)
            self._watch(link)
            if link.down and not was_down:
                self.lost.append(f"port {port}: the link to port {link.peer} is down")

    def blocked(self, port: str) -> bool:
        """Say whether frames of ``port`` wait because a receiver does not keep up."""
        return any(link.blocked for link in self._links[port].values())

    def hear(self, timeout_s: float) -> list[Heard]:
        """Return frames that arrived, waiting at most ``timeout_s`` for something to do; send what had to wait."""
        heard: list[Heard] = []
        for key, _ in self._selector.select(timeout_s):
            if isinstance(key.data, _Door):
                self._accept(key.data)
            elif isinstance(key.data, _Guest):
                heard += self._listen_to(key.data)
            else:
                key.data.flush()
                self._watch(key.data)
        return heard

    def _accept(self, door: _Door) -> None:
        try:
            connection, _ = door.socket.accept()
        except OSError:
            return
        guest = _Guest(door.port, Incoming(connection))
        self._guests.append(guest)
        self._selector.register(connection, selectors.EVENT_READ, guest)

    def _listen_to(self, guest: _Guest) -> list[Heard]:
        frames = guest.link.receive(FRAMES_AT_ONCE)
        if guest.peer is None and frames:
            guest.peer = self._greeted(frames.pop(0))
        if guest.link.ended or guest.peer == "":
            self._dismiss(guest)
        return [Heard(guest.port, frame) for frame in frames] if guest.peer else []

    def _greeted(self, greeting: bytes) -> str:
        """Return the name of the port that shows the right token, "" for anybody else."""
        token = self._token or b""
        shown, name = greeting[: len(token)], greeting[len(token) :]
        return name.decode(errors="replace") if token and hmac.compare_digest(shown, token) else ""

    def _dismiss(self, guest: _Guest) -> None:
        self._selector.unregister(guest.link.socket)
        guest.link.close()
        self._guests.remove(guest)
        if guest.peer:
            self.lost.append(f"port {guest.port}: the link from port {guest.peer} ended")

    def _watch(self, link: Outgoing) -> None:
        """Wait for room on a blocked link, and only on such."""
        if link.blocked and link.socket not in self._waiting:
            self._waiting.add(link.socket)
            self._selector.register(link.socket, selectors.EVENT_WRITE, link)
        elif not link.blocked and link.socket in self._waiting:
            self._waiting.remove(link.socket)
            self._selector.unregister(link.socket)

    def close(self) -> None:
        """Close every socket and remove the folder."""
        self._selector.close()
        for guest in self._guests:
            guest.link.close()
        for links in self._links.values():
            for link in links.values():
                link.close()
        for door in self._doors:
            door.socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def machine() -> str:
    """Return what tells this machine from others until it is started again."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()
