"""Rosters: standby periods, shifts with check-ins, roll-calls, trainings, call-outs; what a team is called by and for where.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None
AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPEN = sa.text("done_at IS NULL AND withdrawn_at IS NULL")


def _key(table: str, column: str, to: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), **more)


def upgrade() -> None:
    op.add_column("teams", sa.Column("duty_phone", sa.String(40), nullable=False, server_default=""))
    op.add_column("teams", sa.Column("area_unit_ids", JSON, nullable=False, server_default="[]"))
    _periods()
    _shifts()
    _musters()
    _trainings()
    _call_outs()


def _periods() -> None:
    op.create_table(
        "standby_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(160), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_standby_periods_days")),
        _key("standby_periods", "town_id", "units"),
        _key("standby_periods", "created_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standby_periods")),
    )
    op.create_index(op.f("ix_standby_periods_town_id"), "standby_periods", ["town_id"])


def _shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=True),
        sa.Column("is_around", sa.Boolean(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("at_unit_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("duties", JSON, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("checked_in_at", AT, nullable=True),
        sa.Column("in_by_id", sa.Uuid(), nullable=True),
        sa.Column("in_received_at", AT, nullable=True),
        sa.Column("in_lon", sa.Double(), nullable=True),
        sa.Column("in_lat", sa.Double(), nullable=True),
        sa.Column("in_accuracy_m", sa.Double(), nullable=True),
        sa.Column("in_distance_m", sa.Double(), nullable=True),
        sa.Column("checked_out_at", AT, nullable=True),
        sa.Column("out_received_at", AT, nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('patrol', 'stationing', 'secondment', 'service', 'emergency')",
            name=op.f("ck_shifts_kind"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_times")),
        sa.CheckConstraint(
            "(point_id IS NOT NULL AND grid_id IS NULL AND at_unit_id IS NULL)"
            " OR (point_id IS NULL AND grid_id IS NOT NULL AND at_unit_id IS NULL)"
            " OR (point_id IS NULL AND grid_id IS NULL AND at_unit_id IS NOT NULL)",
            name=op.f("ck_shifts_one_place"),
        ),
        sa.CheckConstraint("point_id IS NOT NULL OR NOT is_around", name=op.f("ck_shifts_around")),
        sa.CheckConstraint(
            "checked_out_at IS NULL OR checked_in_at <= checked_out_at", name=op.f("ck_shifts_left")
        ),
        _key("shifts", "town_id", "units"),
        _key("shifts", "user_id", "users"),
        _key("shifts", "team_id", "teams"),
        _key("shifts", "point_id", "points", ondelete="CASCADE"),
        _key("shifts", "grid_id", "grids", ondelete="CASCADE"),
        _key("shifts", "at_unit_id", "units"),
        _key("shifts", "in_by_id", "users"),
        _key("shifts", "created_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("user_id", "starts_at", name=op.f("uq_shifts_user_id_starts_at")),
    )
    op.create_index("ix_shifts_town", "shifts", ["town_id", "starts_at"])
    op.create_index("ix_shifts_point", "shifts", ["point_id", "starts_at"])
    op.create_index("ix_shifts_team", "shifts", ["team_id", "starts_at"])


def _musters() -> None:
    op.create_table(
        "musters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("held_at", AT, nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        _key("musters", "user_id", "users"),
        _key("musters", "town_id", "units"),
        _key("musters", "unit_id", "units"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_musters")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_musters_user_id_client_id")),
    )
    op.create_index("ix_musters_town", "musters", ["town_id", "held_at"])
    op.create_table(
        "muster_marks",
        sa.Column("muster_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        _key("muster_marks", "muster_id", "musters", ondelete="CASCADE"),
        _key("muster_marks", "shift_id", "shifts", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("muster_id", "shift_id", name=op.f("pk_muster_marks")),
    )
    op.create_index(op.f("ix_muster_marks_shift_id"), "muster_marks", ["shift_id"])


def _trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        _key("trainings", "town_id", "units"),
        _key("trainings", "recorded_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sa.UniqueConstraint("town_id", "topic", "held_on", name=op.f("uq_trainings_town_id_topic_held_on")),
    )
    op.create_table(
        "training_attendees",
        sa.Column("training_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _key("training_attendees", "training_id", "trainings", ondelete="CASCADE"),
        _key("training_attendees", "user_id", "users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("training_id", "user_id", name=op.f("pk_training_attendees")),
    )
    op.create_index(op.f("ix_training_attendees_user_id"), "training_attendees", ["user_id"])


def _call_outs() -> None:
    op.create_table(
        "call_outs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(8), nullable=True),
        sa.Column("called_at", AT, nullable=False),
        sa.Column("called_by_id", sa.Uuid(), nullable=True),
        sa.Column("arrived_at", AT, nullable=True),
        sa.Column("arrived_by_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", AT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("arrived_at IS NULL OR team_id IS NOT NULL", name=op.f("ck_call_outs_team")),
        sa.CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_call_outs_one_end")),
        _key("call_outs", "town_id", "units"),
        _key("call_outs", "issue_id", "issues"),
        _key("call_outs", "team_id", "teams"),
        _key("call_outs", "called_by_id", "users"),
        _key("call_outs", "arrived_by_id", "users"),
        _key("call_outs", "done_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_outs")),
    )
    op.create_index(
        "uq_call_outs_open", "call_outs", ["issue_id"], unique=True, postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_index("ix_call_outs_town", "call_outs", ["town_id", "called_at"])
    op.create_index("ix_call_outs_team", "call_outs", ["team_id", "called_at"])
    op.create_index("ix_call_outs_issue", "call_outs", ["issue_id"])


def downgrade() -> None:
    for table in (
        "call_outs",
        "training_attendees",
        "trainings",
        "muster_marks",
        "musters",
        "shifts",
        "standby_periods",
    ):
        op.drop_table(table)
    op.drop_column("teams", "area_unit_ids")
    op.drop_column("teams", "duty_phone")
