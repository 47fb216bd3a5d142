"""Free ports on the loopback address."""

import secrets
import socket
from collections.abc import Iterable
from pathlib import Path

from schemas.errors import Configuration

LOOPBACK = "127.0.0.1"
_TRIES = 200


def _range() -> tuple[int, int]:
    """Return a range below the ports of outgoing connections.

    A client that retries while a service is down could else take that service's port, even by connecting to itself.
    """
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        first = 32768
    return (first - 10_000, first) if first > 12_000 else (20_000, 30_000)


def is_free(port: int) -> bool:
    """Return whether nothing listens on `port`; lingering connections do not matter."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(names: Iterable[str], last: dict[str, int]) -> dict[str, int]:
    """Return a free port for each name: the one in `last` if it is still free, so that bookmarks stay valid.

    Raises: Configuration when none is found.
    """
    chosen: dict[str, int] = {}
    for name in names:
        chosen[name] = _pick(last.get(name), set(chosen.values()))
    return chosen


def _pick(last: int | None, taken: set[int]) -> int:
    if last and last not in taken and is_free(last):
        return last
    low, high = _range()
    for _ in range(_TRIES):
        port = low + secrets.randbelow(high - low)
        if port not in taken and is_free(port):
            return port
    raise Configuration(f"no free port between {low} and {high} on {LOOPBACK}")
