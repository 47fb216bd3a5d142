"""A registry that is slow, resets connections or restarts is asked again; one that refuses is not."""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.provision import retries, schema_registry
from deploy.provision.retries import retry_transient
from schemas.errors import Configuration, Transient
from schemas.records import codec

Fault = Callable[[BaseHTTPRequestHandler], None]


def resets(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends without an answer: httpx calls that a RemoteProtocolError or a ReadError."""
    handler.close_connection = True


def unavailable(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(503)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


def no_json(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"[]")


def refuses(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(422)


class FakeRegistry(ThreadingHTTPServer):
    """Gives the ids that the package carries; the first requests meet `faults`, one each."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults = list(faults)
        self.answered: list[str] = []
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HTTPServer

    def _answer(self) -> None:
        assert isinstance(self.server, FakeRegistry)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        self.server.requests += 1
        if self.server.faults:
            self.server.faults.pop()(self)
            return
        ids = {row.text: row.schema_id for row in codec.released().values()}
        told: dict[str, Any] = {"id": ids[body["schema"]]} if "schema" in body else {}
        text = json.dumps(told).encode()
        self.server.answered.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_GET = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serving() -> Iterator[Callable[..., FakeRegistry]]:
    begun: list[FakeRegistry] = []

    def begin(*faults: Fault) -> FakeRegistry:
        begun.append(FakeRegistry(*faults))
        threading.Thread(target=begun[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return begun[-1]

    yield begin
    for server in begun:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.0)


@pytest.mark.parametrize("fault", [resets, unavailable, cut, no_json])
def test_a_registry_that_is_in_trouble_is_asked_again(serving: Callable[..., FakeRegistry], fault: Fault) -> None:
    server = serving(fault, fault, fault)

    assert schema_registry.register(server.url, [("a-value", "decision"), ("b-value", "incident")]) == 2
    assert {"/apis/ccompat/v7/config/a-value", "/apis/ccompat/v7/config/b-value"} <= set(server.answered)
    assert server.requests == len(server.answered) + 3


def test_a_registry_that_refuses_is_asked_once(serving: Callable[..., FakeRegistry]) -> None:
    server = serving(refuses)

    with pytest.raises(Configuration, match="refuses"):
        schema_registry.register(server.url, [("a-value", "decision")])
    assert server.requests == 1


def test_one_that_stays_in_trouble_is_given_up_with_what_it_said(
    serving: Callable[..., FakeRegistry], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(*[unavailable] * 50)
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(schema_registry, "retry_transient", partial(retry_transient, timeout_s=0.2))

    with pytest.raises(Transient) as caught:
        schema_registry.compatibility(server.url, "a-value")
    said = f"the schema registry cannot do this now (503); this was tried {server.requests} times in 0 s"
    assert (str(caught.value), server.requests > 1) == (said, True)


def test_what_is_no_address_is_not_waited_for() -> None:
    with pytest.raises(Configuration, match="not the URL of a schema registry"):
        schema_registry.compatibility("ftp://127.0.0.1:1", "a-value")
