"""Ports are free, distinct, kept, and out of the way of outgoing connections."""

import socket
from pathlib import Path

from deploy.embedded.ports import LOOPBACK, choose, is_free


def _listening() -> socket.socket:
    server = socket.create_server((LOOPBACK, 0))
    server.listen()
    return server


def test_each_name_gets_a_free_port_of_its_own() -> None:
    ports = choose([str(n) for n in range(20)], {})
    assert len(set(ports.values())) == 20
    assert all(map(is_free, ports.values()))


def test_the_last_port_is_kept_while_it_is_free() -> None:
    first = choose(["a", "b"], {})
    assert choose(["a", "b"], first) == first


def test_a_taken_port_is_replaced_and_the_others_stay() -> None:
    first = choose(["a", "b"], {})
    with _listening() as server:
        taken = server.getsockname()[1]
        again = choose(["a", "b"], {"a": taken, "b": first["b"]})
    assert again["a"] != taken
    assert again["b"] == first["b"]


def test_two_names_never_share_a_port_that_was_written_down_twice() -> None:
    port = choose(["a"], {})["a"]
    ports = choose(["a", "b"], {"a": port, "b": port})
    assert ports["a"] == port != ports["b"]


def test_a_port_on_all_addresses_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_no_port_is_one_that_an_outgoing_connection_could_take() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert first > 12_000, "this machine lends nearly all ports to outgoing connections"
    assert not [port for port in choose(map(str, range(50)), {}).values() if first <= port <= last]
