"""Passwords: argon2id, and the same time spent on an unknown login as on a wrong password."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.features.identity.errors import WeakPassword

MIN_LENGTH = 10
MAX_LENGTH = 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's figures for argon2id
_at_once = threading.BoundedSemaphore(4)  # 19 MiB each: forty threads of them would be felt
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$qLalM4p8QLepRlSpU8UgSw$ZTWGdbAVFFkKTnfi4rRHDadzUoULt2YnD8wL1fj4ryQ"
"""Of a random password that nobody kept. Made once: to make it at the first unknown login would be heard."""


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    with _at_once:
        return _hasher.hash(password)


def is_password(stored: str | None, given: str) -> bool:
    """Whether `given` is the password; with nothing stored it takes as long and says no."""
    with _at_once:
        try:
            _hasher.verify(stored or NOBODYS, given)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def check_strength(password: str, login: str) -> None:
    """Length is what counts; and it is not the login itself."""
    if len(password) < MIN_LENGTH or password.casefold() == login.casefold() or len(set(password)) < 4:
        raise WeakPassword(min=MIN_LENGTH)
