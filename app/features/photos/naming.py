"""Who else names bytes made from photos, so that the sweep of orphans leaves them: features above register themselves."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy.orm import Session

EVIDENCE = "evidence/"
"""The folder for what is found in photos."""
Namer = Callable[[Session, Collection[str], Any], set[str]]
_namers: list[Namer] = []


def names_blobs(namer: Namer) -> Namer:
    """Register namer(session, keys, living): those of `keys` it names; `living` selects the ids of photos that are kept."""
    _namers.append(namer)
    return namer


def named_elsewhere(session: Session, keys: Collection[str], living: Any) -> set[str]:
    """What the registered ones name."""
    return set().union(*(namer(session, keys, living) for namer in _namers))
