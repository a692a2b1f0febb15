# SPDX-License-Identifier: Apache-2.0
"""IPv4 and MAC addresses as text, as integers, and as VNx keeps them in its ARP table (byte for byte swapped)."""

from ipaddress import IPv4Address

from levada.core.errors import NetworkError

MAC_BASE = 0x000A35029D00
"""What VNx derives a port's MAC from: its last byte becomes the last byte of the IPv4 address."""


def ip_value(text: str) -> int:
    """Return an address in dotted form as an integer in its written order (192.168.0.5 → 0xC0A80005)."""
    return int(IPv4Address(text))


def ip_text(value: int) -> str:
    """Return an integer as an address in dotted form."""
    return str(IPv4Address(value))


def mac_value(text: str) -> int:
    """Return a MAC in colon form as an integer in its written order. Raise NetworkError for any other text."""
    parts = text.split(":")
    try:
        octets = bytes(int(part, 16) for part in parts)
    except ValueError:
        octets = b""
    if len(octets) != 6 or any(len(part) != 2 for part in parts):
        msg = f"expected a MAC like '00:0a:35:02:9d:05', got {text!r}"
        raise NetworkError(msg)
    return int.from_bytes(octets, "big")


def mac_text(value: int) -> str:
    """Return an integer as a MAC in colon form."""
    return value.to_bytes(6, "big").hex(":")


def mac_for(ip: str) -> str:
    """Return the MAC that VNx gives a port with this address."""
    return mac_text(MAC_BASE | (ip_value(ip) & 0xFF))


def swapped(value: int, size: int) -> int:
    """Return ``value`` with its ``size`` bytes in reverse order: how the ARP table holds addresses."""
    return int.from_bytes(value.to_bytes(size, "big"), "little")
