"""Whether a service answers: one short request each, on the loopback address, past any proxy of the environment.

With `http.client`, since httpx would add 0.05 s of CPU time to `status` and to each start of a supervisor.
"""

import http.client
import socket
import struct

from deploy.embedded.ports import LOOPBACK

_TIMEOUT_S = 5.0
_NO_INDEX = "no-such-index"
# size, ApiVersions (18), version 0, correlation id 1, no client id
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


def is_open(port: int) -> bool:
    """Return whether something accepts connections on `port`, even if it does not answer requests yet."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False


def kafka_answers(port: int) -> bool:
    """Return whether a broker processes requests on `port`; it accepts connections earlier than that."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S) as connection:
            connection.sendall(_API_VERSIONS)
            answer = connection.recv(10)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">ih", answer[4:]) == (1, 0)


def http_answers(port: int, path: str) -> bool:
    """Return whether `GET path` is answered with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def elasticsearch_answers(port: int) -> bool:
    """Return whether Elasticsearch answers on `port` with its stored indices searchable (yellow).

    The first request is for an index that does not exist. Elasticsearch loads the class of an error when it first
    occurs; when two kinds occur first at the same moment, from a bulk and a refresh after a restart, their threads can
    deadlock, and block every later write (seen with 9.5.0). One error alone beforehand loads what they share.
    """
    http_answers(port, f"/{_NO_INDEX}/_doc/1")
    # `GET /` is 405 in the embedded distribution.
    return http_answers(port, "/_cluster/health?wait_for_status=yellow&timeout=1s")
