"""Whether a service answers."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from deploy.embedded.probes import elasticsearch_answers


class Index(http.server.HTTPServer):
    """Answers like Elasticsearch while it starts, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.health = 408


class Answer(http.server.BaseHTTPRequestHandler):
    """The answer to one request."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Index)
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        self.send_response(self.server.health if path == "/_cluster/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_elasticsearch_makes_its_first_error_alone_before_it_counts_as_ready(index: Index) -> None:
    assert not elasticsearch_answers(index.server_port)
    index.health = 200
    assert elasticsearch_answers(index.server_port)
    assert index.asked == ["/no-such-index/_doc/1", "/_cluster/health"] * 2


def test_what_does_not_listen_does_not_answer(index: Index) -> None:
    port = index.server_port
    index.server_close()
    assert not elasticsearch_answers(port)
