"""门前五包: the register of shops, and the one named as responsible party with a case's order.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "frontages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(160), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("source", JSON, nullable=False),
        sa.Column("reach_m", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("owner_phone", sa.String(40), nullable=False),
        sa.Column("duties", JSON, nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_frontages_position")
        ),
        sa.CheckConstraint("reach_m BETWEEN 1 AND 200", name=op.f("ck_frontages_reach")),
        _key("frontages", "town_id", "units"),
        _key("frontages", "point_id", "points"),
        _key("frontages", "unit_id", "units"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontages")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_frontages_town_id_code")),
    )
    op.create_index("ix_frontages_place", "frontages", ["town_id", "lat", "lon"])
    op.create_index(op.f("ix_frontages_point_id"), "frontages", ["point_id"])
    op.create_index(op.f("ix_frontages_unit_id"), "frontages", ["unit_id"])
    op.create_table(
        "issue_frontages",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("frontage_id", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        _key("issue_frontages", "issue_id", "issues"),
        _key("issue_frontages", "frontage_id", "frontages"),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_frontages")),
    )
    op.create_index(op.f("ix_issue_frontages_frontage_id"), "issue_frontages", ["frontage_id"])


def downgrade() -> None:
    op.drop_table("issue_frontages")
    op.drop_table("frontages")
