"""Slows down guessing: failures are counted per account from one network, per account, and per network."""

import hashlib
import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.config import get_settings
from app.core.errors import TooManyRequests
from app.features.identity.models import SignInFailure

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
EVERYWHERE_FACTOR = 20
"""A login may fail this many times as often counted over all networks, so a stranger elsewhere cannot lock it at once."""

Subjects = Mapping[str, int]
"""Subject to the failures allowed in the window."""


def network_of(address: str | None) -> str:
    """What counts as one network: an IPv4 address (a town hall is one), the /64 of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def sign_in_subjects(login: str, network: str) -> Subjects:
    """Counted for a password."""
    settings = get_settings()
    return {
        f"account:{login}@{network}": settings.password_login_per_account,
        f"login:{login}": settings.password_login_per_account * EVERYWHERE_FACTOR,
        f"network:{network}": settings.password_login_per_network,
    }


def of_known_device(subjects: Subjects) -> Subjects:
    """Without the network's own count: somebody who guesses behind a town hall's address must not lock its people out."""
    return {subject: most for subject, most in subjects.items() if not subject.startswith("network:")}


def code_subjects(network: str) -> Subjects:
    """Counted for an invite's code."""
    return {f"code:{network}": get_settings().password_login_per_network}


def second_factor_subjects(user_id: object) -> Subjects:
    """Counted for six digits: a million of them, so few tries."""
    return {f"totp:{user_id}": get_settings().password_login_per_account}


def _key(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()


def check(session: Session, subjects: Subjects) -> None:
    """Refuse with 429 if one of `subjects` has failed too often."""
    keys = {_key(subject): most for subject, most in subjects.items()}
    since = now() - WINDOW
    failed = session.execute(
        select(SignInFailure.subject, func.count(), func.min(SignInFailure.at))
        .where(SignInFailure.subject.in_(keys), SignInFailure.at > since)
        .group_by(SignInFailure.subject)
    ).all()
    waits = [first + WINDOW - now() for key, count, first in failed if count >= keys[key]]
    if waits:
        raise TooManyRequests(retry_after_seconds=max(1, int(max(waits).total_seconds()) + 1))


def record_failure(session: Session, subjects: Subjects) -> None:
    """Count one failure for each subject, and forget those of yesterday."""
    session.execute(delete(SignInFailure).where(SignInFailure.at < now() - KEPT))
    session.add_all(SignInFailure(subject=_key(subject)) for subject in subjects)


def forget(session: Session, subjects: Subjects) -> None:
    """A success clears what only this account from this network failed; the network's own count stays."""
    own = [_key(s) for s in subjects if s.startswith(("account:", "totp:"))]
    session.execute(delete(SignInFailure).where(SignInFailure.subject.in_(own)))
