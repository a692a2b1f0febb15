# SPDX-License-Identifier: Apache-2.0
"""Bring a port to the state that a deployment asks for, through VNx's registers."""

from levada.core.errors import NetworkError
from levada.core.interfaces import Registers
from levada.core.manifests import NetworkPort, RegisterWrite
from levada.netstack.registers import SOCKET_COLUMNS, Layout, probe


def configure(registers: Registers, port: NetworkPort) -> None:
    """Write addresses, then the whole socket table, then the ARP entries; what a socket is not planned for becomes zero.

    Entries that are not planned are cleared because VNx receives on an entry that is not valid, too. The order is
    that of VNx's own driver; ARP entries are written, not discovered, so that no packet is lost to a missing one.
    Raise NetworkError where the window is not VNx's or its table is too small.
    """
    layout = probe(registers)
    _refuse_missing_sockets(layout, port)
    sockets = [write for write in port.registers if write.register in SOCKET_COLUMNS]
    arp = [write for write in port.registers if write.register.startswith("arp_")]
    identity = [write for write in port.registers if write not in sockets and write not in arp]
    for write in (*identity, *_whole_table(layout, sockets), *arp):
        layout.write(registers, write.register, write.value, write.index)


def _whole_table(layout: Layout, planned: list[RegisterWrite]) -> list[RegisterWrite]:
    values = {(write.register, write.index): write.value for write in planned}
    return [
        RegisterWrite(register=column, index=index, value=values.get((column, index), 0))
        for index in range(layout.sockets)
        for column in SOCKET_COLUMNS
    ]


def _refuse_missing_sockets(layout: Layout, port: NetworkPort) -> None:
    highest = max((socket.index for socket in port.sockets), default=-1)
    if highest >= layout.sockets:
        msg = (
            f"port {port.name!r} is planned with socket {highest}, but its network layer (layout {layout.name}) has "
            f"{layout.sockets} sockets; build it with more (MAX_SOCKETS), or plan fewer cuts"
        )
        raise NetworkError(msg)
