"""The 咬尾巴 cross-check: rings, rounds, the draw, and what the teams send. No foreign keys out of it: they would tell.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "cross_days",
    "cross_nonces",
    "cross_rings",
    "cross_rounds",
    "cross_assignments",
    "cross_corrections",
    "cross_findings",
    "cross_interviews",
    "cross_lessons",
    "cross_mirrors",
    "cross_photos",
    "cross_practices",
    "cross_ratings",
    "cross_requests",
    "cross_tasks",
    "cross_team_members",
    "cross_verifications",
    "cross_visits",
)


def upgrade() -> None:
    op.create_table(
        "cross_days",
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("seed_sealed", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("town_id", "on", name=op.f("pk_cross_days")),
    )
    op.create_table(
        "cross_nonces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_nonces")),
        sa.UniqueConstraint("user_id", "on", name=op.f("uq_cross_nonces_user_id_on")),
    )
    op.create_index("ix_cross_nonces_day", "cross_nonces", ["town_id", "on"])
    op.create_table(
        "cross_rings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("unit_ids", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_rings")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_cross_rings_town_id_code")),
    )
    op.create_table(
        "cross_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("pairing", sa.String(length=8), nullable=False),
        sa.Column("verifies_id", sa.Uuid(), nullable=True),
        sa.Column("unit_ids", JSON, nullable=False),
        sa.Column("edges", JSON, nullable=False),
        sa.Column("point_types", JSON, nullable=False),
        sa.Column("target_score", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("planned_at", AT, nullable=False),
        sa.Column("start_at", AT, nullable=False),
        sa.Column("reveal_at", AT, nullable=False),
        sa.Column("revealed_at", AT, nullable=True),
        sa.Column("submitted_at", AT, nullable=True),
        sa.Column("consolidated_at", AT, nullable=True),
        sa.Column("release_ordered_at", AT, nullable=True),
        sa.Column("released_at", AT, nullable=True),
        sa.Column("verified_at", AT, nullable=True),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("postponed", JSON, nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("nonces", JSON, nullable=False),
        sa.CheckConstraint("direction IN ('forward', 'reverse')", name=op.f("ck_cross_rounds_direction")),
        sa.CheckConstraint(
            "pairing <> 'drawn' OR state IN ('planned', 'closed') OR seed IS NOT NULL",
            name=op.f("ck_cross_rounds_drawn"),
        ),
        sa.CheckConstraint(
            "pairing IN ('drawn', 'planned', 'inverted')", name=op.f("ck_cross_rounds_pairing")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'revealed', 'running', 'submitted', 'consolidated', 'released', 'verified', 'closed')",
            name=op.f("ck_cross_rounds_state"),
        ),
        sa.ForeignKeyConstraint(
            ["verifies_id"], ["cross_rounds.id"], name=op.f("fk_cross_rounds_verifies_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_rounds")),
    )
    op.create_index("ix_cross_rounds_town", "cross_rounds", ["town_id", "state"])
    op.create_index(op.f("ix_cross_rounds_verifies_id"), "cross_rounds", ["verifies_id"])
    op.create_table(
        "cross_assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("inspector_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("package", JSON, nullable=False),
        sa.Column("submission", JSON, nullable=True),
        sa.Column("submitted_at", AT, nullable=True),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("released_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["cross_rounds.id"], name=op.f("fk_cross_assignments_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_assignments")),
        sa.UniqueConstraint(
            "round_id", "inspector_id", name=op.f("uq_cross_assignments_round_id_inspector_id")
        ),
        sa.UniqueConstraint("round_id", "target_id", name=op.f("uq_cross_assignments_round_id_target_id")),
    )
    op.create_table(
        "cross_corrections",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_corrections_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_corrections")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_corrections_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_corrections_assignment_id"), "cross_corrections", ["assignment_id"])
    op.create_table(
        "cross_findings",
        sa.Column("point_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("nature", sa.String(length=12), nullable=False),
        sa.Column("found_at", AT, nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("office_category", sa.String(length=32), nullable=True),
        sa.Column("office_nature", sa.String(length=12), nullable=True),
        sa.Column("office_note", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("undispatched", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_findings_assignment_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["cross_findings.id"], name=op.f("fk_cross_findings_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_findings")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_findings_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_findings_assignment_id"), "cross_findings", ["assignment_id"])
    op.create_index(op.f("ix_cross_findings_issue_id"), "cross_findings", ["issue_id"])
    op.create_table(
        "cross_interviews",
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("question BETWEEN 1 AND 5", name=op.f("ck_cross_interviews_question")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_interviews_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_interviews")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_interviews_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_interviews_assignment_id"), "cross_interviews", ["assignment_id"])
    op.create_table(
        "cross_lessons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_lessons_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_lessons")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_lessons_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_lessons_assignment_id"), "cross_lessons", ["assignment_id"])
    op.create_table(
        "cross_mirrors",
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("own_state", sa.String(length=12), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_mirrors_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_mirrors")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_mirrors_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_mirrors_assignment_id"), "cross_mirrors", ["assignment_id"])
    op.create_table(
        "cross_photos",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("client_photo_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("position_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_photos_assignment_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "client_photo_id", name=op.f("pk_cross_photos")),
    )
    op.create_index(op.f("ix_cross_photos_assignment_id"), "cross_photos", ["assignment_id"])
    op.create_index("ix_cross_photos_photo", "cross_photos", ["owner_id", "client_photo_id"])
    op.create_table(
        "cross_practices",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_practices_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_practices")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_practices_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_practices_assignment_id"), "cross_practices", ["assignment_id"])
    op.create_table(
        "cross_ratings",
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_ratings_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_ratings")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_ratings_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_ratings_assignment_id"), "cross_ratings", ["assignment_id"])
    op.create_table(
        "cross_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_requests_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_requests")),
        sa.UniqueConstraint("record_id", name=op.f("uq_cross_requests_record_id")),
    )
    op.create_index(op.f("ix_cross_requests_assignment_id"), "cross_requests", ["assignment_id"])
    op.create_index(op.f("ix_cross_requests_town_id"), "cross_requests", ["town_id"])
    op.create_table(
        "cross_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("done", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_tasks_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_tasks")),
        sa.UniqueConstraint("record_id", name=op.f("uq_cross_tasks_record_id")),
    )
    op.create_index(op.f("ix_cross_tasks_assignment_id"), "cross_tasks", ["assignment_id"])
    op.create_index(op.f("ix_cross_tasks_unit_id"), "cross_tasks", ["unit_id"])
    op.create_table(
        "cross_team_members",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_captain", sa.Boolean(), nullable=False),
        sa.Column("seen_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["cross_assignments.id"],
            name=op.f("fk_cross_team_members_assignment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("assignment_id", "user_id", name=op.f("pk_cross_team_members")),
    )
    op.create_index(op.f("ix_cross_team_members_user_id"), "cross_team_members", ["user_id"])
    op.create_table(
        "cross_verifications",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_verifications_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_verifications")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_verifications_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_verifications_assignment_id"), "cross_verifications", ["assignment_id"])
    op.create_table(
        "cross_visits",
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("arrived_at", AT, nullable=False),
        sa.Column("excuse", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["cross_assignments.id"], name=op.f("fk_cross_visits_assignment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_visits")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_cross_visits_user_id_client_id")),
    )
    op.create_index(op.f("ix_cross_visits_assignment_id"), "cross_visits", ["assignment_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
