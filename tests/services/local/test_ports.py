"""Ports of local processes: free, remembered, given up when somebody else has them."""

import socket
from pathlib import Path

from services.local.ports import LOOPBACK, RANGE, Ports, is_free


def listening(port: int) -> socket.socket:
    """Somebody else's server."""
    server = socket.create_server((LOOPBACK, port))
    server.listen(1)
    return server


def test_a_port_stays_the_same_over_restarts(tmp_path: Path) -> None:
    """A later start finds the port of the first one."""
    assert Ports(tmp_path).get("nats") == Ports(tmp_path).get("nats")


def test_a_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    """Another run on the machine may have taken it: then this one moves, and remembers the new port."""
    old = Ports(tmp_path).get("nats")
    with listening(old):
        new = Ports(tmp_path).get("nats")
    assert new != old
    assert Ports(tmp_path).get("nats") == new


def test_each_process_has_a_port_of_its_own_outside_of_the_range_of_outgoing_connections(tmp_path: Path) -> None:
    """No two names share a port."""
    ports = Ports(tmp_path)
    found = [ports.get(f"process-{number}") for number in range(20)]
    assert len(set(found)) == len(found)
    assert all(port in RANGE for port in found)


def test_a_port_with_a_listener_is_not_free() -> None:
    """And is free again once it is closed."""
    with listening(0) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)
