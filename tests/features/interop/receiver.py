"""A real HTTPS server that takes webhooks, under a name and an authority of its own."""

import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "hooks.example.test"


@dataclass
class Receiver:
    """What arrived, and how the next ones are answered."""

    port: int = 0
    authority: Path = Path()
    arrived: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """(path, headers in small letters, body)"""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    """Answer a byte at a time, for ever."""

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/xunfang?key=1"


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for `name` that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, pem, plain))
    return cert, secret


@contextmanager
def receiving(folder: Path, name: str = HOST) -> Iterator[Receiver]:
    """A receiver on this machine; its certificate is for `name`."""
    found = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.arrived.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if found.drips:
                self._drip()
                return
            self.send_response(found.status)
            for header, value in found.headers.items():
                self.send_header(header, value)
            self.end_headers()

        def _drip(self) -> None:
            try:
                while True:
                    self.wfile.write(b"H")
                    time.sleep(0.05)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    cert, key = certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port, found.authority = server.server_address[1], cert
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
