"""The authority for phones on the same network: what it signs, when it renews, how it keeps its keys."""

import ipaddress
import stat
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from app.core import lan_ca
from app.core.clock import frozen, now

HOME = [ipaddress.ip_address("192.168.1.20")]


def verified(files: lan_ca.LanFiles, name: str) -> bool:
    """Whether a phone that trusts the authority accepts the server under `name`."""
    store = verification.Store([x509.load_pem_x509_certificate(files.ca_cert.read_bytes())])
    server, *rest = x509.load_pem_x509_certificates(files.cert.read_bytes())
    subject = x509.IPAddress(ipaddress.ip_address(name))
    verifier = verification.PolicyBuilder().store(store).time(now()).build_server_verifier(subject)
    try:
        verifier.verify(server, rest)
    except verification.VerificationError:
        return False
    return True


def test_a_phone_accepts_this_machine_and_nothing_else(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    assert verified(files, "192.168.1.20")
    assert verified(files, "127.0.0.1")
    assert not verified(files, "192.168.1.21")


def test_nothing_changes_while_nothing_has_to(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    before = (files.ca_cert.read_bytes(), files.cert.read_bytes())
    with frozen(now() + timedelta(days=300)):
        lan_ca.ensure(tmp_path, HOME)
    assert (files.ca_cert.read_bytes(), files.cert.read_bytes()) == before


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    authority = files.ca_cert.read_bytes()
    lan_ca.ensure(tmp_path, [ipaddress.ip_address("10.0.0.7")])
    assert files.ca_cert.read_bytes() == authority
    assert verified(files, "10.0.0.7")


def test_a_certificate_is_renewed_before_it_ends(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    before = files.cert.read_bytes()
    with frozen(now() + timedelta(days=lan_ca.SERVER_DAYS - 20)):
        lan_ca.ensure(tmp_path, HOME)
        assert files.cert.read_bytes() != before
        assert verified(files, "192.168.1.20")


def test_the_authority_may_sign_for_private_addresses_only(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    authority = x509.load_pem_x509_certificate(files.ca_cert.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    networks = [n.value for n in limits.value.permitted_subtrees or [] if isinstance(n, x509.IPAddress)]
    assert limits.critical
    assert not any(ipaddress.ip_address("8.8.8.8") in n for n in networks if n.version == 4)  # type: ignore[union-attr]


def test_a_public_address_of_this_machine_is_allowed_by_an_authority_made_for_it(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    before = files.ca_cert.read_bytes()
    lan_ca.ensure(tmp_path, [ipaddress.ip_address("203.0.113.5")])
    assert files.ca_cert.read_bytes() != before
    assert verified(files, "203.0.113.5")


def test_keys_are_their_owners_only(tmp_path: Path) -> None:
    files = lan_ca.ensure(tmp_path, HOME)
    for key in (files.ca_key, files.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert isinstance(
        x509.load_pem_x509_certificate(files.cert.read_bytes()).public_key(), ec.EllipticCurvePublicKey
    )


def test_the_fingerprint_is_what_a_phone_shows(tmp_path: Path) -> None:
    shown = lan_ca.fingerprint(lan_ca.ensure(tmp_path, HOME).ca_cert)
    assert len(shown) == 95
    assert shown == shown.upper()
