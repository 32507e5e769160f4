"""Reports are found by the visit they were made on.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

FEW = sa.text("visit_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_reports_visit", "reports", ["visit_id"], postgresql_where=FEW, sqlite_where=FEW)


def downgrade() -> None:
    op.drop_index("ix_reports_visit", "reports")
