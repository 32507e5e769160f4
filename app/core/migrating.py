"""Bringing the database to the newest migration, from any working directory; and telling where it is.

Alembic is only imported to migrate: a server that starts just compares two numbers.
"""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

ROOT = Path(__file__).parents[2]
REVISION = re.compile(r'^(down_)?revision\b.*= ["\'](\w+)["\']$', re.MULTILINE)


def upgrade() -> None:
    """`alembic upgrade head` on the settings' database; the job engine's own tables are made too."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(ROOT / "alembic.ini"), "head")


def revisions(connection: Connection) -> tuple[str | None, str]:
    """What the database is at, and what this version of the program needs."""
    at = None
    if inspect(connection).has_table("alembic_version"):
        at = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return at, newest()


def newest() -> str:
    """What this version of the program needs: the one migration that none follows."""
    made: set[str] = set()
    followed: set[str] = set()
    for file in (ROOT / "migrations/versions").glob("*.py"):
        for is_followed, revision in REVISION.findall(file.read_text(encoding="utf-8")):
            (followed if is_followed else made).add(revision)
    (head,) = made - followed
    return head
