# SPDX-License-Identifier: Apache-2.0
"""Cluster files: read, check, and digest the part that a plan depends on."""

import hashlib
import re
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TypeVar

import msgspec

from levada.core.cluster import Card, Cluster, Host
from levada.core.errors import ClusterError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


T = TypeVar("T")


def resolve(name_or_path: str, presets: Mapping[str, Cluster], boards: frozenset[str]) -> Cluster:
    """Return the preset of this name, or the checked cluster in this file. Raise ClusterError where it is neither."""
    if name_or_path in presets:
        cluster = presets[name_or_path]
        check(cluster, boards, f"preset {name_or_path!r}")
        return cluster
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(presets)) or "none"
        msg = f"no cluster {name_or_path!r}: it is no file, and the presets are {known}"
        raise ClusterError(msg)
    return read(path, boards)


def read(path: Path, boards: frozenset[str]) -> Cluster:
    """Return the cluster in a TOML file. Raise ClusterError naming the file and the entry."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is no TOML: {error}"
        raise ClusterError(msg) from None
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise ClusterError(msg) from error
    try:
        cluster = msgspec.convert(raw, Cluster)
    except msgspec.ValidationError as error:
        msg = f"{path}: {error}{_hint(str(error))}"
        raise ClusterError(msg) from None
    check(cluster, boards, str(path))
    return cluster


def check(cluster: Cluster, boards: frozenset[str], where: str) -> None:
    """Raise ClusterError for the first thing in ``cluster`` that cannot be meant."""
    _unique(cluster.hosts, lambda host: host.name, f"{where}: host", "is named twice")
    _unique(cluster.hosts, lambda host: host.address, f"{where}: address", "belongs to two hosts")
    _unique(cluster.cards, lambda card: card.name, f"{where}: card", "is named twice")
    for host in cluster.hosts:
        _check_host(host, where)
    for card in cluster.cards:
        _check_card(card, cluster, boards, where)
    placed = [card for card in cluster.cards if card.pcie is not None]
    _unique(placed, lambda card: f"{card.host} {card.pcie}", f"{where}: host and PCIe address", "belongs to two cards")
    _check_addresses(cluster, where)
    if not cluster.cards:
        msg = f"{where}: a cluster needs at least one card"
        raise ClusterError(msg)


def digest_of(cluster: Cluster, cards: int) -> str:
    """Return the digest of what a plan over the first ``cards`` cards depends on.

    That is the network with its subnet, and those cards; not where the agents listen, nor cards that are not used.
    """
    used = (cluster.network, cluster.subnet, cluster.gateway, cluster.cards[:cards])
    return hashlib.sha256(msgspec.json.encode(used, order="deterministic")).hexdigest()


def _check_host(host: Host, where: str) -> None:
    match = re.fullmatch(r"tcp://(?:[^\s/:]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", host.address)
    if match is None or not 0 < int(match[1]) < 1 << 16:
        msg = f"{where}: host {host.name!r} has the address {host.address!r}; expected tcp://HOST:PORT with a port of 1 to 65535"
        raise ClusterError(msg)


def _check_card(card: Card, cluster: Cluster, boards: frozenset[str], where: str) -> None:
    if cluster.host(card.host) is None:
        known = ", ".join(host.name for host in cluster.hosts)
        msg = f"{where}: card {card.name!r} is in host {card.host!r}, which is not among the hosts ({known})"
        raise ClusterError(msg)
    if card.board not in boards:
        known = ", ".join(sorted(boards))
        msg = f"{where}: card {card.name!r} is a board {card.board!r}, which nobody registered (registered: {known})"
        raise ClusterError(msg)


def _check_addresses(cluster: Cluster, where: str) -> None:
    try:
        subnet = IPv4Network(cluster.subnet)
    except ValueError as error:
        msg = f"{where}: subnet {cluster.subnet!r} is no IPv4 network: {error}"
        raise ClusterError(msg) from None
    if cluster.gateway is not None:
        _check_inside(cluster.gateway, subnet, f"{where}: the gateway")
    addresses = [(card, text) for card in cluster.cards for text in card.ports]
    for card, text in addresses:
        _check_inside(text, subnet, f"{where}: a port of card {card.name!r}")
    _unique(addresses, lambda pair: pair[1], f"{where}: port address", "belongs to two ports")


def _check_inside(text: str, subnet: IPv4Network, what: str) -> None:
    try:
        inside = IPv4Address(text) in subnet
    except ValueError as error:
        msg = f"{what} has the address {text!r}, which is no IPv4 address: {error}"
        raise ClusterError(msg) from None
    if not inside:
        msg = f"{what} has the address {text}, which is outside the subnet {subnet}"
        raise ClusterError(msg)


def _unique(things: Iterable[T], key: Callable[[T], Hashable], what: str, fault: str) -> None:
    seen: set[Hashable] = set()
    for thing in things:
        if key(thing) in seen:
            msg = f"{what} {key(thing)!r} {fault}"
            raise ClusterError(msg)
        seen.add(key(thing))


def _hint(text: str) -> str:
    if "`driver`" in text:
        return '; every card says which driver holds it ("emulated", "xrt", …): nobody gets emulated cards by accident'
    return ""
