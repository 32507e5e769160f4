"""A large town's cases as figures count them, a column a row.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "figure_columns",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_figure_columns_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_figure_columns")),
    )
    # Only the days' own pages stay: what was kept by the hour is counted from the columns.
    op.execute("DELETE FROM figure_snapshots WHERE period <> 'campaign' OR page = 'overview'")


def downgrade() -> None:
    op.drop_table("figure_columns")
