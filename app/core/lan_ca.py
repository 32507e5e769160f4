"""HTTPS for phones on the same network: a small certificate authority of this installation's own.

A phone trusts it once it has installed `ca.crt`; see docs/lan.md. The authority may sign only for private addresses,
this machine's own and local names: its key, if stolen, is of no use against any public site.
"""

import http.server
import ipaddress
import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.core.clock import now

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
CA_YEARS = 10
SERVER_DAYS = 397
"""Phones refuse longer ones."""
RENEW_BEFORE = timedelta(days=30)
_PRIVATE = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
_LOCAL_NAMES = ("localhost", "local", "lan", "internal")


@dataclass(frozen=True)
class LanFiles:
    """Where the certificates lie; the keys beside them are readable by their owner only."""

    ca_cert: Path
    ca_key: Path
    cert: Path
    key: Path


def lan_addresses() -> list[Address]:
    """The IPv4 addresses under which phones on the same network reach this machine, likeliest first."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:  # or no network at all
        probe.connect(("203.0.113.1", 9))  # sends nothing: the system only picks the outgoing address
        found.append(probe.getsockname()[0])
    with suppress(OSError):  # the own host name may not resolve
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(found)]
    return [address for address in addresses if not (address.is_loopback or address.is_link_local)]


def ensure(folder: Path, addresses: Sequence[Address]) -> LanFiles:
    """The authority and a server certificate for `addresses`, made or renewed where needed."""
    files = LanFiles(*(folder / name for name in ("ca.crt", "ca.key", "server.crt", "server.key")))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if not _may_sign(files, addresses):
        _make_ca(files, addresses)
        files.cert.unlink(missing_ok=True)
    if not _is_good(files, addresses):
        _make_server(files, addresses)
    return files


def _may_sign(files: LanFiles, addresses: Sequence[Address]) -> bool:
    if not (files.ca_cert.exists() and files.ca_key.exists()) or _ends_soon(files.ca_cert):
        return False
    limits = _read(files.ca_cert).extensions.get_extension_for_class(x509.NameConstraints).value
    networks = [name.value for name in limits.permitted_subtrees or () if isinstance(name, x509.IPAddress)]
    return all(any(_is_within(address, network) for network in networks) for address in addresses)


def _is_within(address: Address, network: object) -> bool:
    return isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network) and address in network


def fingerprint(cert: Path) -> str:
    """The certificate's SHA-256, to compare with what the phone shows."""
    digest = _read(cert).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _read(cert: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(cert.read_bytes())


def _ends_soon(cert: Path) -> bool:
    return _read(cert).not_valid_after_utc - now() < RENEW_BEFORE


def _is_good(files: LanFiles, addresses: Sequence[Address]) -> bool:
    if not (files.cert.exists() and files.key.exists()) or _ends_soon(files.cert):
        return False
    cert = _read(files.cert)
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return cert.issuer == _read(files.ca_cert).subject and set(addresses) <= set(
        names.get_values_for_type(x509.IPAddress)
    )


def _write_secret(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    start = now() - timedelta(hours=24)  # a phone's clock may be behind
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
    )


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _make_ca(files: LanFiles, addresses: Sequence[Address]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    # Random, so that a second installation's authority is not taken for this one's.
    name = _named(f"Xunfang LAN {os.urandom(3).hex()}")
    networks = [ipaddress.ip_network(network) for network in _PRIVATE]
    # Some networks give their phones public addresses: then exactly this machine's are allowed as well.
    networks += [ipaddress.ip_network(a) for a in addresses if not any(_is_within(a, n) for n in networks)]
    permitted = [*map(x509.IPAddress, networks), *(x509.DNSName(domain) for domain in _LOCAL_NAMES)]
    cert = (
        _builder(name, name, key.public_key())
        .not_valid_after(now() + timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_ca=True), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_secret(files.ca_key, key)
    files.ca_cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))


def _make_server(files: LanFiles, addresses: Sequence[Address]) -> None:
    ca = _read(files.ca_cert)
    ca_key = serialization.load_pem_private_key(files.ca_key.read_bytes(), password=None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not one of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    own = dict.fromkeys([*addresses, ipaddress.ip_address("127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *map(x509.IPAddress, own)])
    cert = (
        _builder(_named("Xunfang"), ca.subject, key.public_key())
        .not_valid_after(now() + timedelta(days=SERVER_DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write_secret(files.key, key)
    chain = cert.public_bytes(serialization.Encoding.PEM) + files.ca_cert.read_bytes()
    files.cert.write_bytes(chain)


def serve_ca(files: LanFiles, host: str, port: int) -> http.server.ThreadingHTTPServer:
    """Offer the authority's certificate, and nothing else, at http://host:port/ca.crt. Ends with the process."""
    body = files.ca_cert.read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] not in ("/", "/ca.crt"):
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/x-x509-ca-cert")
            self.send_header("Content-Disposition", 'attachment; filename="xunfang-ca.crt"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="ca", daemon=True).start()
    return server
