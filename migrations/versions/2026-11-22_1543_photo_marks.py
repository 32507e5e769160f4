"""Photos carry marks by which their copies are found.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("photo_traces", sa.Column("marks", sa.LargeBinary(), nullable=True))
    op.add_column("photo_traces", sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_photo_traces_marked_at", "photo_traces", ["marked_at"])


def downgrade() -> None:
    op.drop_index("ix_photo_traces_marked_at", "photo_traces")
    op.drop_column("photo_traces", "marked_at")
    op.drop_column("photo_traces", "marks")
