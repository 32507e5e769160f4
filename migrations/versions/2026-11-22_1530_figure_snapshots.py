"""Figures kept as they were, a page a day.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "figure_snapshots",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(24), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_figure_snapshots_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "page", "period", "on", name=op.f("pk_figure_snapshots")),
    )


def downgrade() -> None:
    op.drop_table("figure_snapshots")
