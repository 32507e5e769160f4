"""Reports that are all here and may not be cases yet: what was found on a covert patrol.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("withheld_at", sa.DateTime(timezone=True), nullable=True))
    has = sa.text("withheld_at IS NOT NULL")
    op.create_index("ix_reports_withheld", "reports", ["user_id"], postgresql_where=has, sqlite_where=has)


def downgrade() -> None:
    op.drop_index("ix_reports_withheld", "reports")
    op.drop_column("reports", "withheld_at")
