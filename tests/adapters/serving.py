"""A provider on this machine: says what a test wrote down, and remembers what it was asked.

Each request is served by a thread that ends with its connection. So a test in which a connection stays open
fails: a thread outlives it. What is particular to a provider is its `Wire`.
"""

import contextlib
import json
import select
import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

PATIENCE = 10
"""Seconds after which a test that waits has failed; none waits that long when things are right."""

Event = dict[str, Any]


class Wire(Protocol):
    """How a provider says things."""

    default: list[Event]
    """What a new server says."""

    root: str
    """Where on the server its endpoints are."""

    def frame(self, event: Event) -> str:
        """An event as it is streamed."""
        ...

    def failed(self) -> str:
        """The event that says that something went wrong."""
        ...

    def ended(self, path: str) -> str:
        """What the endpoint of this path says after the last event."""
        ...

    def whole(self, path: str, events: list[Event]) -> Event:
        """What the events add up to: the reply of that endpoint in one piece."""
        ...


@dataclass(frozen=True)
class Reply:
    """What the server says to one request.

    Arguments:
        events: one by one if the request is to be streamed, else in one piece.
        cut: hang up before the event of this number, in the middle of the reply.
        stop: end the reply properly before the event of this number.
        error_after: send the provider's error event after so many, and nothing more.
        hold: wait before the event of this number until `Server.release`, or until the client hangs up.
        done: whether what the endpoint says after the last event is said.
        keep_alive: leave the connection open for another request.
        status, body, headers: of a reply that is no stream whatever was asked for.
    """

    events: list[Event]
    cut: int | None = None
    stop: int | None = None
    error_after: int | None = None
    hold: int | None = None
    done: bool = True
    keep_alive: bool = False
    status: int = 200
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Server(ThreadingHTTPServer):
    """See `serving`. `asked` are the requests that came, in order."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, wire: Wire) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.wire = wire
        self.asked: list[Asked] = []
        self.hung_up = threading.Event()
        self._replies = [Reply(wire.default)]
        self._lock = threading.Lock()
        self.came = threading.Condition(self._lock)
        self._released, self._releasing = socket.socketpair()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.wire.root}"

    @property
    def body(self) -> dict[str, Any]:
        """Of the latest request."""
        return self.asked[-1].body

    def says(self, *replies: Reply | list[Event]) -> None:
        """From now on say these, one a request; the last is said again and again."""
        self._replies = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]

    def release(self) -> None:
        """Go on with the reply that is held."""
        self._releasing.send(b"!")

    def client_hung_up(self) -> bool:
        """Wait until a client has hung up where the server was not done."""
        return self.hung_up.wait(PATIENCE)

    def wait_for_a_request(self) -> bool:
        """Wait until somebody has asked."""
        with self.came:
            return self.came.wait_for(lambda: bool(self.asked), PATIENCE)

    def reply_to(self, asked: Asked) -> Reply:
        with self.came:
            self.asked.append(asked)
            self.came.notify_all()
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def wait_with(self, connection: socket.socket) -> bool:
        """Wait for `release`; whether it came. If not, the client has hung up."""
        ready, _, _ = select.select([connection, self._released], [], [], PATIENCE)
        if self._released in ready:
            self._released.recv(1)
            return True
        if connection in ready:
            self.hung_up.set()
        return False

    def asked_again(self, connection: socket.socket) -> bool:
        """Wait for another request; whether it came. If not, the client has hung up."""
        ready, _, _ = select.select([connection], [], [], PATIENCE)
        if ready and connection.recv(1, socket.MSG_PEEK):
            return True
        if ready:
            self.hung_up.set()
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Hang up everywhere, and close."""
        self.shutdown()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._released.close()
        self._releasing.close()


class Handler(BaseHTTPRequestHandler):
    """Serves one connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked = Asked(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
        reply = self.server.reply_to(asked)
        try:
            if reply.body is not None:
                self._send(reply, reply.body)
            elif body.get("stream"):
                self._stream(reply)
            else:
                self._send(reply, json.dumps(self.server.wire.whole(self.path, reply.events)))
        except ConnectionError:
            self.server.hung_up.set()
        self.close_connection = not (reply.keep_alive and self.server.asked_again(self.connection))

    def _send(self, reply: Reply, body: str) -> None:
        self._head(reply, "application/json")
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def _stream(self, reply: Reply) -> None:
        wire = self.server.wire
        self._head(reply, "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(reply.events):
            if number == reply.cut:
                return
            if number == reply.error_after:
                self._write(wire.failed())
            if number in (reply.error_after, reply.stop):
                break
            if number == reply.hold and not self.server.wait_with(self.connection):
                return
            self._write(wire.frame(event))
        else:
            if reply.done and (last := wire.ended(self.path)):
                self._write(last)
        self.wfile.write(b"0\r\n\r\n")

    def _head(self, reply: Reply, kind: str) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", kind)
        self.send_header("connection", "keep-alive" if reply.keep_alive else "close")
        for name, value in reply.headers:
            self.send_header(name.replace("_", "-"), value)

    def _write(self, frame: str) -> None:
        data = frame.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(wire: Wire) -> Generator[Server, None, None]:
    """A server on a free port, until the end of the block."""
    server = Server(wire)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
