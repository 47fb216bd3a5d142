"""What a command's reader makes of answers: our own errors, and no sentence of the server."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from schemas.errors import Denied, Fatal, PipelineError, Transient
from sinks.index.elastic_reader import ElasticReader
from sinks.index.port import NoAudience

SENTENCE = "a sentence that quotes a value"


class Server(ThreadingHTTPServer):
    """Answers every request with what the test says."""

    answer: tuple[int, bytes] = (200, b"{}")
    asked: list[tuple[str, str, dict[str, str], bytes]]


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status, data = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), _Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def url(server: Server, login: str = "", path: str = "") -> str:
    return f"http://{login}127.0.0.1:{server.server_port}{path}"


def error(kind: str) -> bytes:
    return json.dumps({"error": {"type": kind, "reason": SENTENCE}, "status": 0}).encode()


@pytest.mark.parametrize(
    ("status", "data", "expected"),
    [
        (404, error("index_not_found_exception"), NoAudience),
        (401, error("security_exception"), Denied),
        (403, error("security_exception"), Denied),
        (403, error("cluster_block_exception"), Transient),
        (400, error("parsing_exception"), Fatal),
        (429, error("es_rejected_execution_exception"), Transient),
        (500, error("boom"), Transient),
        (503, b"<html>no upstream</html>", Transient),
        (200, b"<html>a login page</html>", Transient),
        (405, b'{"error":"Incorrect HTTP method"}', Transient),
    ],
)
async def test_an_answer_is_one_of_our_errors_and_no_sentence_of_the_server(
    server: Server, status: int, data: bytes, expected: type[PipelineError]
) -> None:
    server.answer = (status, data)
    with pytest.raises(PipelineError) as raised:
        await ElasticReader(url(server)).search("incidents-internal", {"query": {}})

    assert type(raised.value) is expected
    assert SENTENCE not in str(raised.value)


async def test_a_server_that_is_not_there_or_hangs_up_is_waited_for_no_longer(server: Server) -> None:
    reader = ElasticReader(url(server))
    server.answer = (200, b'{"hits": {}}')
    assert await reader.search("incidents-internal", {}) == {"hits": {}}

    for address in ("http://127.0.0.1:1", "http://nowhere.invalid:9200"):
        with pytest.raises(Transient, match="does not answer"):
            await ElasticReader(address).get("incidents-internal", "i1")
    await reader.close()


async def test_login_and_path_of_the_address_are_used(server: Server) -> None:
    server.answer = (200, b'{"found": true, "_id": "a/b", "_source": {}}')
    await ElasticReader(url(server, "me:p%40ss@", "/es/")).get("incidents-internal", "a/b")

    ((method, path, headers, _),) = server.asked
    assert (method, path) == ("GET", "/es/incidents-internal/_doc/a%2Fb")
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()


async def test_a_point_in_time_is_let_go_of_when_nobody_reads_on(server: Server) -> None:
    server.answer = (200, json.dumps({"id": "p", "hits": {"hits": [{"_id": "a", "sort": [1]}]}}).encode())
    pages = ElasticReader(url(server)).pages("incidents-internal", {"query": {}, "sort": []}, 1)
    assert [hit.id for hit in await anext(pages)] == ["a"]
    await pages.aclose()

    assert [(method, path) for method, path, _, _ in server.asked] == [
        ("POST", "/incidents-internal/_pit?keep_alive=1m"),
        ("POST", "/_search"),
        ("DELETE", "/_pit"),
    ]
    assert json.loads(server.asked[-1][3]) == {"id": "p"}
