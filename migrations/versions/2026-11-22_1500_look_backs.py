"""Look-backs: who came and could not look leaves it due, and counted.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("look_backs", sa.Column("missed_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("look_backs", sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("look_backs", sa.Column("missed_reason", sa.String(16), nullable=True))


def downgrade() -> None:
    for column in ("missed_reason", "missed_at", "missed_count"):
        op.drop_column("look_backs", column)
