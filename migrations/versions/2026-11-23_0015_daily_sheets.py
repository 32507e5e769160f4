"""Daily sheets: the orders of a day as they were sent to their units, and which unit has received them.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None
AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "daily_sheets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("since_at", AT, nullable=False),
        sa.Column("cutoff_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("sent_at", AT, nullable=False),
        sa.Column("digest", JSON, nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_daily_sheets_town_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_daily_sheets_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_sheets")),
        sa.UniqueConstraint("campaign_id", "on", name=op.f("uq_daily_sheets_campaign_id_on")),
        sa.UniqueConstraint("campaign_id", "no", name=op.f("uq_daily_sheets_campaign_id_no")),
    )
    op.create_index(op.f("ix_daily_sheets_town_id"), "daily_sheets", ["town_id"])
    op.create_table(
        "daily_sheet_receipts",
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["sheet_id"],
            ["daily_sheets.id"],
            name=op.f("fk_daily_sheet_receipts_sheet_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_daily_sheet_receipts_unit_id")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_daily_sheet_receipts_by_id")),
        sa.PrimaryKeyConstraint("sheet_id", "unit_id", name=op.f("pk_daily_sheet_receipts")),
    )


def downgrade() -> None:
    op.drop_table("daily_sheet_receipts")
    op.drop_table("daily_sheets")
