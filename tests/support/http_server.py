"""A real HTTP server on the loopback interface that misbehaves on request."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Step:
    """How the server answers one request.

    Attributes:
        body: bytes to serve instead of the file's.
        etag: entity tag to send and to compare `If-Range` with; None for none.
        modified: Last-Modified likewise.
        status: anything but 200 is answered with that status and no file.
        cut_after: close the connection after so many bytes of the body.
        reset: close it with a reset rather than an orderly end.
        serves_ranges: whether a Range request gets 206.
        content_type: of the header.
        content_encoding: claim about the body, which is sent as it is.
        retry_after: value of that header, if any.
        shift: start the body of a 206 so many bytes off the requested one.
    """

    body: bytes | None = None
    etag: str | None = '"first"'
    modified: str | None = None
    status: int = 200
    cut_after: int | None = None
    reset: bool = False
    serves_ranges: bool = True
    content_type: str = "application/octet-stream"
    content_encoding: str | None = None
    retry_after: str | None = None
    shift: int = 0


@dataclass
class Request:
    """What was requested, and how many bytes of body were sent in answer."""

    path: str
    range: str | None
    if_range: str | None
    accept_encoding: str | None
    status: int = 0
    sent: int = 0


@dataclass
class Served:
    """One path: its bytes, the answers to the first requests, and the usual answer."""

    body: bytes
    plan: list[Step] = field(default_factory=list)
    usual: Step = field(default_factory=Step)


class Server:
    """Serves `files` by path and keeps a list of `requests`."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(
        self, path: str, body: bytes, *plan: Step, usual: Step | None = None
    ) -> str:
        """Serve `body`: first by the steps of the plan, then always by `usual`."""
        self.files[path] = Served(body, list(plan), usual or Step())
        return f"{self.url}{path}"

    @property
    def sent(self) -> int:
        """Bytes of body sent in answer to all requests."""
        return sum(request.sent for request in self.requests)

    @contextmanager
    def running(self) -> Iterator["Server"]:
        thread = Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(server, self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Keep the test output quiet."""

        return Handler


def answer(server: Server, handler: BaseHTTPRequestHandler) -> None:
    """Answer one request by the next step of the path's plan."""
    headers = handler.headers
    request = Request(
        handler.path,
        headers.get("Range"),
        headers.get("If-Range"),
        headers.get("Accept-Encoding"),
    )
    server.requests.append(request)
    served = server.files.get(handler.path)
    if served is None:
        send_status(handler, request, Step(status=404))
        return
    step = served.plan.pop(0) if served.plan else served.usual
    if step.status != 200:
        send_status(handler, request, step)
        return
    body = served.body if step.body is None else step.body
    send_file(handler, request, step, body)


def send_status(handler: BaseHTTPRequestHandler, request: Request, step: Step) -> None:
    request.status = step.status
    handler.send_response(step.status)
    if step.retry_after is not None:
        handler.send_header("Retry-After", step.retry_after)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def send_file(
    handler: BaseHTTPRequestHandler, request: Request, step: Step, body: bytes
) -> None:
    start = requested_start(request, step)
    if start >= len(body) > 0:
        send_status(handler, request, Step(status=416))
        return
    request.status = 206 if start else 200
    start += step.shift if start else 0
    rest = body[start:]
    handler.send_response(request.status)
    handler.send_header("Content-Type", step.content_type)
    handler.send_header("Content-Length", str(len(rest)))
    if request.status == 206:
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        handler.send_header("Content-Range", span)
    if step.content_encoding is not None:
        handler.send_header("Content-Encoding", step.content_encoding)
    if step.etag is not None:
        handler.send_header("ETag", step.etag)
    if step.modified is not None:
        handler.send_header("Last-Modified", step.modified)
    handler.end_headers()
    send_body(handler, request, step, rest)


def requested_start(request: Request, step: Step) -> int:
    """First byte to send: 0 unless a range is requested, respected and still valid."""
    start = re.fullmatch(r"bytes=(\d+)-", request.range or "")
    unchanged = request.if_range in (None, step.etag, step.modified)
    return int(start[1]) if start and step.serves_ranges and unchanged else 0


def send_body(
    handler: BaseHTTPRequestHandler, request: Request, step: Step, rest: bytes
) -> None:
    sent = rest if step.cut_after is None else rest[: step.cut_after]
    request.sent = len(sent)
    handler.wfile.write(sent)
    handler.wfile.flush()
    if step.reset:
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
