"""Whether a service answers: one short question each, on the loopback address, past any proxy of the environment."""

import http.client
import socket
import struct

from deploy.embedded.ports import LOOPBACK

_TIMEOUT_S = 5.0
_NO_INDEX = "no-such-index"
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


def elasticsearch_answers(port: int) -> bool:
    """Return whether Elasticsearch answers on `port` with what was kept searchable (yellow).

    First it is asked for an index that is not there. Its errors are classes that are loaded with the first of each
    kind; where the first of two kinds come at once, of a bulk and a refresh after a restart, their threads can wait for
    each other for ever, and every write behind them (seen with 9.5.0). One error alone beforehand loads what they
    share.
    """
    http_answers(port, f"/{_NO_INDEX}/_doc/1")
    # `GET /` is 405 in the embedded distribution.
    return http_answers(port, "/_cluster/health?wait_for_status=yellow&timeout=1s")
