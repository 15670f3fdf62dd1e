"""Free ports on loopback."""

import socket

from untaken.streams.broker.errors import PortTaken
from untaken.streams.broker.properties import ADDRESS


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind((ADDRESS, 0))
        return [int(opened.getsockname()[1]) for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()


def demand_free(port: int) -> None:
    """Raise `PortTaken` if somebody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            raise PortTaken(port) from None
