"""What patrols are counted by stands in their indexes.

Revision: 0008
Follows: 0007
"""

from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

BEFORE = {
    "ix_patrol_slots_town": ("patrol_slots", ["town_id", "local_on", "kind"]),
    "ix_patrols_town": ("patrols", ["town_id", "started_at", "id"]),
}
AFTER = {
    "ix_patrol_slots_town": ("patrol_slots", ["town_id", "local_on", "level", "kind", "ends_at", "done_at"]),
    "ix_patrols_town": ("patrols", ["town_id", "started_at", "id", "level", "kind"]),
}


def _have(indexes: dict[str, tuple[str, list[str]]]) -> None:
    for name, (table, columns) in indexes.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)


def upgrade() -> None:
    _have(AFTER)


def downgrade() -> None:
    _have(BEFORE)
