"""线索: leads from online channels, each with its link, each a case at most once.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None
AT = sa.DateTime(timezone=True)


def _key(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_leads_{column}"))


def upgrade() -> None:
    op.create_table(
        "leads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("ref", sa.String(500), nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", AT, nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("ck_leads_answered")),
        _key("town_id", "units"),
        _key("recorded_by_id", "users"),
        _key("issue_id", "issues"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("town_id", "channel", "ref", name=op.f("uq_leads_town_id_channel_ref")),
        sa.UniqueConstraint("issue_id", name=op.f("uq_leads_issue_id")),
    )
    op.create_index("ix_leads_town_id_received_at", "leads", ["town_id", "received_at"])


def downgrade() -> None:
    op.drop_table("leads")
