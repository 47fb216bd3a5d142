"""Whether a service answers: one short question each, on the loopback address, past any proxy of the environment."""

import http.client
import socket
import struct

from deploy.ports import LOOPBACK

_TIMEOUT_S = 5.0
# size, ApiVersions (18), version 0, correlation id 1, no client id
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def is_open(port: int) -> bool:
    """Tell whether something accepts connections on `port`, whether it answers yet or not."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False


def kafka_answers(port: int) -> bool:
    """Tell whether a broker processes requests on `port`: it accepts connections before it does."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(_API_VERSIONS)
            answer = connection.recv(10)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">ih", answer[4:]) == (1, 0)


def http_answers(port: int, path: str) -> bool:
    """Tell whether `GET path` is answered with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
