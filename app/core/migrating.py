"""Bringing the database to the newest migration, from any working directory."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

ROOT = Path(__file__).parents[2]


def _config() -> Config:
    return Config(ROOT / "alembic.ini")


def upgrade() -> None:
    """`alembic upgrade head` on the settings' database; the job engine's own tables are made too."""
    command.upgrade(_config(), "head")


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """What the database is at, and what this version of the program needs."""
    at = MigrationContext.configure(connection).get_current_revision()
    return at, newest()


def newest() -> str | None:
    """What this version of the program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()
