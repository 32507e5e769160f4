"""Photos are cleared for the public: who did it, what was veiled, and the copy.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

BEFORE = "kind IN ('thumb', 'large', 'watermarked')"
AFTER = "kind IN ('thumb', 'large', 'watermarked', 'cleared')"
NAME = "ck_photo_renditions_kind_known"


def upgrade() -> None:
    op.create_table(
        "photo_clearings",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("boxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("cleared_by_id", sa.Uuid(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["users.id"], name=op.f("fk_photo_clearings_cleared_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_photo_clearings_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_clearings")),
    )
    _kinds(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM photo_renditions WHERE kind = 'cleared'")
    _kinds(AFTER, BEFORE)
    op.drop_table("photo_clearings")


def _kinds(old: str, new: str) -> None:
    """SQLite changes no check in place: the table is copied, from how it is known to look."""
    with op.batch_alter_table("photo_renditions", copy_from=_renditions(old)) as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), new)


def _renditions(kinds: str) -> sa.Table:
    return sa.Table(
        "photo_renditions",
        sa.MetaData(),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("storage_key", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f(NAME)),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_photo_renditions_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "kind", name=op.f("pk_photo_renditions")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_photo_renditions_storage_key")),
    )
