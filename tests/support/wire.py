"""What may stand between a phone and the server, or between the server and its store: thin proxies that misbehave."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

Address = tuple[str, int]
PATIENCE = 20.0


def read_request(client: socket.socket) -> bytes:
    """One whole HTTP request: its head, and as many bytes as it announces. Short if the sender breaks off."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:])
    if b"100-continue" in lines.get(b"expect", b""):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    missing = int(lines.get(b"content-length", b"0")) - len(body)
    pieces = [data]
    while missing > 0 and (piece := client.recv(min(missing, 65536))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def asked_to_close(request: bytes) -> bytes:
    """The same request, after which the server closes the line: so its end is the answer's end."""
    head, _, body = request.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body


def exchange(address: Address, request: bytes) -> bytes:
    """Send a request and read all of the answer."""
    with socket.create_connection(address, PATIENCE) as server:
        server.sendall(asked_to_close(request))
        answer = b""
        while piece := server.recv(65536):
            answer += piece
    return answer


def cut(line: socket.socket) -> None:
    """Close so that the other side hears a reset, as when a phone walks out of reach."""
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


class Proxy:
    """Listens on loopback; each connection gets a thread and `serve`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(PATIENCE)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self.serve(client)

    def serve(self, client: socket.socket) -> None:
        raise NotImplementedError

    def close(self) -> None:
        # A thread inside accept() would keep the port open.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


NO_REPLICA = b"HTTP/1.1 503 No replica\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Balancer(Proxy):
    """One address before several replicas, as a reverse proxy does it: a request that a replica did not begin to answer goes to the next."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self._turn = ports, 0
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        request = read_request(client)
        if not request:
            return
        self._turn += 1
        for attempt in range(len(self.ports)):
            port = self.ports[(self._turn + attempt) % len(self.ports)]
            with suppress(OSError):
                if answer := exchange(("127.0.0.1", port), request):
                    client.sendall(answer)
                    return
        client.sendall(NO_REPLICA)


FATES = ("whole", "request cut", "answer cut", "answer lost", "twice", "held back")


@dataclass
class BadLine(Proxy):
    """A mobile network at its worst, by a seed: lines cut at any byte, answers lost, requests sent again and out of order.

    `deliver_late` sends, shuffled, what was held back and every request that has passed, once more.
    """

    upstream: Address
    seed: int
    suffered: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    passed: list[bytes] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)
    calm: bool = False

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        fate = "whole" if self.calm else self._random.choice(FATES)
        self.suffered[fate] += 1
        request = read_request(client)
        if fate == "request cut":
            self._only_part(request)
        elif fate == "held back":
            self.held.append(request)
        else:
            answer = self._pass_on(request, twice=fate == "twice")
            if fate in ("whole", "twice"):
                client.sendall(answer)
            elif fate == "answer cut":
                client.sendall(answer[: self._random.randrange(1, len(answer))])
        if fate not in ("whole", "twice"):
            cut(client)

    def _pass_on(self, request: bytes, *, twice: bool) -> bytes:
        self.passed.append(request)
        if twice:
            exchange(self.upstream, request)
        return exchange(self.upstream, request)

    def _only_part(self, request: bytes) -> None:
        with socket.create_connection(self.upstream, PATIENCE) as server:
            server.sendall(request[: self._random.randrange(1, len(request))])
            cut(server)

    def deliver_late(self) -> list[bytes]:
        """The answers, none of which any phone hears."""
        late = self.held + self.passed
        self._random.shuffle(late)
        return [exchange(self.upstream, request) for request in late]


@dataclass
class Switch(Proxy):
    """Before a store: `mode` passes on, swallows, is slow, refuses (with an S3 error), or cuts; it may be changed at any time."""

    upstream: Address
    mode: str = "pass"

    def __post_init__(self) -> None:
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        request = read_request(client)
        if not request:
            return
        if self.mode == "silent":
            time.sleep(PATIENCE)
        elif self.mode == "slow":
            # A byte now and then: no time-out between two bytes ever strikes.
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: nothing\r\nX-Slow: very\r\n":
                client.sendall(bytes([byte]))
                time.sleep(0.3)
        elif self.mode.isdigit():
            client.sendall(refusal(int(self.mode)))
        elif self.mode == "pass":
            client.sendall(exchange(self.upstream, request))
        else:
            cut(client)


CODES = {503: "SlowDown", 403: "AccessDenied", 507: "QuotaExceeded"}


def refusal(status: int) -> bytes:
    """How S3 says no."""
    body = f"<?xml version='1.0'?><Error><Code>{CODES[status]}</Code><Message>no</Message></Error>".encode()
    head = f"HTTP/1.1 {status} no\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
