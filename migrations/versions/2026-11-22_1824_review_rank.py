"""Cases under review carry their place in the queue; what a reviewer decided today is found.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

RANKED = """
UPDATE issues SET review_rank = CASE
  WHEN EXISTS (SELECT 1 FROM photo_pairs p WHERE p.issue_id = issues.id AND p.round_no = issues.round_no AND p.is_suspect)
    THEN CASE WHEN nature = 'urgent' THEN 0 ELSE 1 END
  WHEN EXISTS (SELECT 1 FROM photo_pairs p WHERE p.issue_id = issues.id AND p.round_no = issues.round_no
      AND p.verdict IN ('different', 'unsure'))
    THEN CASE WHEN nature = 'urgent' THEN 2 ELSE 3 END
  WHEN nature = 'urgent' THEN 4
  WHEN nature <> 'ordinary' THEN 5
  WHEN 1 = (SELECT count(*) FROM photo_pairs p WHERE p.issue_id = issues.id AND p.round_no = issues.round_no)
      AND EXISTS (SELECT 1 FROM photo_pairs p WHERE p.issue_id = issues.id AND p.round_no = issues.round_no
        AND p.is_clear AND p.state = 'proposed')
    THEN CASE WHEN is_sampled THEN 6 ELSE 8 END
  WHEN is_sampled THEN 5
  ELSE 7 END
WHERE state = 'in_review'
"""
HAS = sa.text("review_rank IS NOT NULL")
DECIDED = sa.text("action IN ('close', 'return', 'approve_close')")


def upgrade() -> None:
    op.add_column("issues", sa.Column("review_rank", sa.SmallInteger(), nullable=True))
    op.execute(RANKED)
    op.create_index(
        "ix_issues_review",
        "issues",
        ["town_id", "review_rank", "rectified_at", "id"],
        postgresql_where=HAS,
        sqlite_where=HAS,
    )
    op.create_index(
        "ix_issue_events_decided",
        "issue_events",
        ["actor_id", "at"],
        postgresql_where=DECIDED,
        sqlite_where=DECIDED,
    )


def downgrade() -> None:
    op.drop_index("ix_issue_events_decided", "issue_events")
    op.drop_index("ix_issues_review", "issues")
    op.drop_column("issues", "review_rank")
