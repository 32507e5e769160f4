"""One HTTPS POST to an address that somebody typed in, and nowhere else.

Its host is one that the operator lists (XUNFANG_WEBHOOK_HOSTS). The name is resolved once; if any of its addresses is
not a public one the call is refused, else the connection goes to the first of them, so that a name that answers
differently the next time (DNS rebinding) gains nothing. No redirect is followed, no proxy used, the answer's body not
read, and all of it has one deadline.
"""

import http.client
import ipaddress
import queue
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from app.core.config import get_settings

DEADLINE_SECONDS = 10.0
_URL = re.compile(
    r"https://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([0-9]{1,5}))?(/[!-~]*)?", re.IGNORECASE
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")


class NotAllowed(Exception):
    """The address may not be called. `reason`: form, host-not-listed, or private-address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Failed(Exception):
    """Nobody answered. `reason`: unresolved, unreachable, tls, or timeout."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """A URL taken apart, on the list."""

    host: str
    port: int
    path: str


def listed_hosts() -> list[str]:
    """What the operator allows: `host`, which means port 443, or `host:port`. Empty: nothing is sent anywhere."""
    return [part for part in re.split(r"[,\s]+", get_settings().webhook_hosts.lower()) if part]


def target(url: str) -> Target:
    """Take `url` apart. NotAllowed: not plain HTTPS, or its host is not listed."""
    found = _URL.fullmatch(url)
    if found is None or "#" in url:
        raise NotAllowed("form")
    host, port = found[1].lower(), int(found[2] or 443)
    if not ({f"{host}:{port}"} | ({host} if port == 443 else set())) & set(listed_hosts()):
        raise NotAllowed("host-not-listed")
    return Target(host, port, found[3] or "/")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it carries an IPv4 one inside."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    if found in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    inner = found.sixtofour or (found.teredo[1] if found.teredo else None)
    return found in _UNICAST and found.is_global and (inner is None or is_public(str(inner)))


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status that `url` answers a POST with; 3xx is an answer like any other. NotAllowed, Failed."""
    where = target(url)
    until = monotonic() + DEADLINE_SECONDS
    address = _pinned(where)
    try:
        plain = socket.create_connection((address, where.port), timeout=max(0.1, until - monotonic()))
    except OSError as exc:
        raise Failed("timeout" if isinstance(exc, TimeoutError) else "unreachable") from exc
    line = _tls().wrap_socket(plain, server_hostname=where.host, do_handshake_on_connect=False)
    is_over = threading.Event()
    watch = threading.Timer(max(0.1, until - monotonic()), _cut, [line, is_over])
    watch.start()
    try:
        return _ask(line, where, body, headers)
    except (OSError, http.client.HTTPException) as exc:
        is_late = is_over.is_set() or isinstance(exc, TimeoutError)
        raise Failed(
            "timeout" if is_late else "tls" if isinstance(exc, ssl.SSLError) else "unreachable"
        ) from exc
    finally:
        watch.cancel()
        line.close()


def _ask(line: ssl.SSLSocket, where: Target, body: bytes, headers: Mapping[str, str]) -> int:
    line.do_handshake()
    asked = http.client.HTTPSConnection(where.host, where.port, context=_tls())
    asked.sock = line  # already connected, to the address that was looked at: it does not resolve again
    asked.request("POST", where.path, body=body, headers=dict(headers))
    return asked.getresponse().status


def _cut(line: socket.socket, is_over: threading.Event) -> None:
    """End the connection whatever it is at; past TLS, whose own ending would wait for the other side."""
    is_over.set()
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _pinned(where: Target) -> str:
    """The one address to speak to. A resolver that does not answer is not waited for."""
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(_resolved(where)), daemon=True).start()
    try:
        addresses = found.get(timeout=DEADLINE_SECONDS / 2)
    except queue.Empty:
        raise Failed("unresolved") from None
    if not addresses:
        raise Failed("unresolved")
    if not all(is_public(address) for address in addresses):
        raise NotAllowed("private-address")
    return addresses[0]


def _resolved(where: Target) -> list[str]:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]


@lru_cache
def _tls() -> ssl.SSLContext:
    """The system's authorities, or those of SSL_CERT_FILE."""
    return ssl.create_default_context()
