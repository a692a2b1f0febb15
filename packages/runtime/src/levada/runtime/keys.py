# SPDX-License-Identifier: Apache-2.0
"""CURVE keys of a cluster: one pair for the controller and one per host, as files; secret ones are 0600.

``controller.key`` and ``HOST.key`` hold public keys, ``….secret`` secret ones (Z85, one line). An agent needs its own secret and
the controller's public key; a controller its own secret and every host's public key.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from levada.core.errors import OptionError, OutputError

CONTROLLER = "controller"
Z85_BYTES = 40


class KeyPair(Struct, frozen=True, kw_only=True):
    """A CURVE key pair, Z85."""

    public: bytes
    secret: bytes


class AgentKeys(Struct, frozen=True, kw_only=True):
    """What an agent needs: its pair, and the public keys of those it listens to."""

    own: KeyPair
    allowed: frozenset[bytes]


class ControllerKeys(Struct, frozen=True, kw_only=True):
    """What a controller needs: its pair, and each host's public key."""

    own: KeyPair
    hosts: dict[str, bytes]


def generate(folder: Path, hosts: Iterable[str]) -> None:
    """Write new keys for the controller and each host. Raise OutputError where one is there already: keys are not replaced."""
    import zmq

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (CONTROLLER, *hosts):
        public, secret = zmq.curve_keypair()
        _write(folder / f"{name}.key", public, 0o644)
        _write(folder / f"{name}.secret", secret, 0o600)


def for_agent(folder: Path, host: str) -> AgentKeys:
    """Return the keys of one host's agent. Raise OptionError for a missing, unsafe or malformed file."""
    return AgentKeys(own=_pair(folder, host), allowed=frozenset({_read(folder / f"{CONTROLLER}.key")}))


def for_controller(folder: Path, hosts: Iterable[str]) -> ControllerKeys:
    """Return the keys of a controller of these hosts. Raise OptionError for a missing, unsafe or malformed file."""
    return ControllerKeys(own=_pair(folder, CONTROLLER), hosts={host: _read(folder / f"{host}.key") for host in hosts})


def _pair(folder: Path, name: str) -> KeyPair:
    secret = folder / f"{name}.secret"
    key = _read(secret)
    mode = stat.S_IMODE(secret.stat().st_mode)
    if mode & 0o077:
        msg = f"key file {secret} has mode {mode:04o}, so others can read it; run: chmod 600 {secret}"
        raise OptionError(msg)
    return KeyPair(public=_read(folder / f"{name}.key"), secret=key)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        msg = f"cannot read key file {path}: {error.strerror}; make a cluster's keys with: levada keys --cluster C --out DIR"
        raise OptionError(msg) from None
    if len(key) != Z85_BYTES:
        msg = f"key file {path} holds {len(key)} characters, a CURVE key has {Z85_BYTES}"
        raise OptionError(msg)
    return key


def _write(path: Path, key: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        msg = f"key file {path} exists already; keys are never replaced: choose another folder"
        raise OutputError(msg) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key + b"\n")
