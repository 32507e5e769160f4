"""Photos are found by when they came: the newest are read for the index of copies.

Revision: 0013
Follows: 0012
"""

from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_index("ix_photos_received_at", "photos", ["received_at"])


def downgrade() -> None:
    op.drop_index("ix_photos_received_at", "photos")
