"""Documents in numbered series with what they said when they were signed and who opened them; and what is on record of units.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None
AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _key(table: str, column: str, to: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), **more)


def upgrade() -> None:
    _documents()
    _unit_records()


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(12), nullable=False),
        sa.Column("no", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("pair_ids", JSON, nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("drafted_by_id", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", AT, nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", AT, nullable=True),
        sa.Column("withdrawn_at", AT, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("series IN ('bulletin', 'report', 'notice')", name=op.f("ck_documents_series")),
        sa.CheckConstraint("state IN ('draft', 'signed', 'withdrawn')", name=op.f("ck_documents_state")),
        sa.CheckConstraint("(no IS NULL) = (state = 'draft')", name=op.f("ck_documents_numbered")),
        sa.CheckConstraint("until_on >= start_on", name=op.f("ck_documents_period")),
        _key("documents", "town_id", "units"),
        _key("documents", "campaign_id", "campaigns"),
        _key("documents", "drafted_by_id", "users"),
        _key("documents", "signed_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("campaign_id", "series", "no", name=op.f("uq_documents_campaign_id_series_no")),
    )
    op.create_index(op.f("ix_documents_town_id"), "documents", ["town_id"])
    op.create_table(
        "document_units",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", AT, nullable=True),
        _key("document_units", "document_id", "documents", ondelete="CASCADE"),
        _key("document_units", "unit_id", "units"),
        _key("document_units", "opened_by_id", "users"),
        sa.PrimaryKeyConstraint("document_id", "unit_id", name=op.f("pk_document_units")),
    )
    op.create_index(op.f("ix_document_units_unit_id"), "document_units", ["unit_id"])


def _unit_records() -> None:
    op.create_table(
        "unit_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("ground", sa.String(12), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("commitments", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", AT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('talk', 'commendation', 'criticism', 'accountability')",
            name=op.f("ck_unit_records_kind"),
        ),
        sa.CheckConstraint(
            "ground IN ('attention', 'measures', 'progress', 'results') OR ground IS NULL",
            name=op.f("ck_unit_records_ground"),
        ),
        sa.CheckConstraint(
            "(kind = 'talk') = (ground IS NOT NULL)", name=op.f("ck_unit_records_talk_has_ground")
        ),
        sa.CheckConstraint(
            "kind <> 'talk' OR person_id IS NOT NULL", name=op.f("ck_unit_records_talk_has_person")
        ),
        _key("unit_records", "town_id", "units"),
        _key("unit_records", "unit_id", "units"),
        _key("unit_records", "person_id", "users"),
        _key("unit_records", "recorded_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_records")),
    )
    op.create_index(op.f("ix_unit_records_town_id"), "unit_records", ["town_id"])
    op.create_index(op.f("ix_unit_records_unit_id"), "unit_records", ["unit_id"])
    op.create_table(
        "unit_record_issues",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        _key("unit_record_issues", "record_id", "unit_records", ondelete="CASCADE"),
        _key("unit_record_issues", "issue_id", "issues"),
        sa.PrimaryKeyConstraint("record_id", "issue_id", name=op.f("pk_unit_record_issues")),
    )


def downgrade() -> None:
    for table in ("unit_record_issues", "unit_records", "document_units", "documents"):
        op.drop_table(table)
