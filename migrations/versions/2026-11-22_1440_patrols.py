"""Patrols: plans, slots, patrols, visits and their results; watch periods; sessions on site.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

UUID, AT = sa.Uuid(), sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TABLES = (
    "on_site_sessions",
    "patrol_plans",
    "on_site_photos",
    "on_site_units",
    "on_site_issues",
    "watch_periods",
    "patrol_slots",
    "patrol_slot_targets",
    "patrols",
    "patrol_people",
    "patrol_tallies",
    "patrol_units",
    "visits",
    "checklist_results",
    "visit_photos",
)


def where(condition: str) -> dict[str, sa.TextClause]:
    """An index of the rows that fulfil it."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "on_site_sessions",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", UUID, nullable=False),
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("held_at", AT, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_on_site_sessions_town_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_on_site_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_site_sessions")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_on_site_sessions_user_id_client_id")),
    )
    op.create_index("ix_on_site_sessions_town", "on_site_sessions", ["town_id", "held_at"])
    op.create_table(
        "patrol_plans",
        sa.Column("id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("window_minutes", sa.Integer(), nullable=True),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("targets", sa.String(length=32), nullable=False),
        sa.Column("target_codes", JSON, nullable=False),
        sa.Column("parties", JSON, nullable=False),
        sa.Column("has_publicity", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("filled_until", AT, nullable=True),
        sa.Column("created_by_id", UUID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('leader_area', 'department', 'self_check', 'daily', 'watch', 'citizen_patrol', 'third_party_grid', 'video', 'follow_up', 'fixed_time_point', 'baseline', 'special', 'key_point', 'supervision')",
            name=op.f("ck_patrol_plans_kind"),
        ),
        sa.CheckConstraint("mode IN ('separate', 'concentrated')", name=op.f("ck_patrol_plans_mode")),
        sa.CheckConstraint("visibility IN ('open', 'covert')", name=op.f("ck_patrol_plans_visibility")),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_patrol_plans_level")),
        sa.CheckConstraint("window_minutes > 0 AND window_days > 0", name=op.f("ck_patrol_plans_window")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_patrol_plans_created_by_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_patrol_plans_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_plans")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_patrol_plans_town_id_code")),
    )
    op.create_table(
        "on_site_photos",
        sa.Column("session_id", UUID, nullable=False),
        sa.Column("client_photo_id", UUID, nullable=False),
        sa.Column("photo_id", UUID, nullable=True),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_on_site_photos_photo_id")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["on_site_sessions.id"],
            name=op.f("fk_on_site_photos_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "client_photo_id", name=op.f("pk_on_site_photos")),
    )
    op.create_index("ix_on_site_photos_client_photo_id", "on_site_photos", ["client_photo_id"])
    op.create_index(
        "ix_on_site_photos_photo", "on_site_photos", ["photo_id"], **where("photo_id IS NOT NULL")
    )
    op.create_table(
        "on_site_units",
        sa.Column("session_id", UUID, nullable=False),
        sa.Column("unit_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["on_site_sessions.id"],
            name=op.f("fk_on_site_units_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_on_site_units_unit_id")),
        sa.PrimaryKeyConstraint("session_id", "unit_id", name=op.f("pk_on_site_units")),
    )
    op.create_table(
        "on_site_issues",
        sa.Column("session_id", UUID, nullable=False),
        sa.Column("issue_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_on_site_issues_issue_id")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["on_site_sessions.id"],
            name=op.f("fk_on_site_issues_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "issue_id", name=op.f("pk_on_site_issues")),
    )
    op.create_index("ix_on_site_issues_issue_id", "on_site_issues", ["issue_id"])
    op.create_table(
        "watch_periods",
        sa.Column("id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("point_id", UUID, nullable=False),
        sa.Column("issue_id", UUID, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", AT, nullable=False),
        sa.Column("opened_at", AT, nullable=True),
        sa.Column("decided_by_id", UUID, nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("clean_days", sa.Integer(), nullable=False),
        sa.Column("needed_days", sa.Integer(), nullable=False),
        sa.Column("volunteers_asked", sa.Integer(), nullable=False),
        sa.Column("team_id", UUID, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'open', 'ended', 'refused')", name=op.f("ck_watch_periods_state")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_watch_periods_decided_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_watch_periods_issue_id")),
        sa.ForeignKeyConstraint(["point_id"], ["points.id"], name=op.f("fk_watch_periods_point_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_watch_periods_team_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_watch_periods_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_periods")),
    )
    op.create_index("ix_watch_periods_town", "watch_periods", ["town_id", "state"])
    op.create_index(
        "uq_watch_periods_point",
        "watch_periods",
        ["point_id"],
        unique=True,
        **where("state IN ('proposed', 'open')"),
    )
    op.create_table(
        "patrol_slots",
        sa.Column("id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("plan_id", UUID, nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("unit_id", UUID, nullable=True),
        sa.Column("team_id", UUID, nullable=True),
        sa.Column("user_id", UUID, nullable=True),
        sa.Column("role", sa.String(length=24), nullable=True),
        sa.Column("watch_id", UUID, nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("released_at", AT, nullable=True),
        sa.Column("anchor_at", AT, nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("started_at", AT, nullable=True),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("targets_total", sa.Integer(), nullable=False),
        sa.Column("targets_done", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_patrol_slots_window")),
        sa.CheckConstraint(
            "user_id IS NOT NULL OR team_id IS NOT NULL OR unit_id IS NOT NULL",
            name=op.f("ck_patrol_slots_assigned"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plans.id"], name=op.f("fk_patrol_slots_plan_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_patrol_slots_team_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_patrol_slots_town_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_patrol_slots_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_slots_user_id")),
        sa.ForeignKeyConstraint(["watch_id"], ["watch_periods.id"], name=op.f("fk_patrol_slots_watch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_slots")),
        sa.UniqueConstraint(
            "plan_id", "party", "anchor_at", name=op.f("uq_patrol_slots_plan_id_party_anchor_at")
        ),
    )
    op.create_index("ix_patrol_slots_team", "patrol_slots", ["team_id"], **where("team_id IS NOT NULL"))
    op.create_index("ix_patrol_slots_town", "patrol_slots", ["town_id", "local_on", "kind"])
    op.create_index("ix_patrol_slots_unit", "patrol_slots", ["unit_id", "ends_at"])
    op.create_index("ix_patrol_slots_user", "patrol_slots", ["user_id"], **where("user_id IS NOT NULL"))
    op.create_index("ix_patrol_slots_watch", "patrol_slots", ["watch_id"], **where("watch_id IS NOT NULL"))
    op.create_table(
        "patrol_slot_targets",
        sa.Column("slot_id", UUID, nullable=False),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("point_id", UUID, nullable=True),
        sa.Column("grid_id", UUID, nullable=True),
        sa.CheckConstraint(
            "(point_id IS NULL) <> (grid_id IS NULL)", name=op.f("ck_patrol_slot_targets_one_target")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grids.id"], name=op.f("fk_patrol_slot_targets_grid_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["points.id"], name=op.f("fk_patrol_slot_targets_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["patrol_slots.id"], name=op.f("fk_patrol_slot_targets_slot_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slot_id", "order_no", name=op.f("pk_patrol_slot_targets")),
    )
    op.create_index(
        "ix_patrol_slot_targets_point", "patrol_slot_targets", ["point_id"], **where("point_id IS NOT NULL")
    )
    op.create_table(
        "patrols",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", UUID, nullable=False),
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("slot_id", UUID, nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("released_at", AT, nullable=True),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("children_count", sa.Integer(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("flags", JSON, nullable=False),
        sa.CheckConstraint(
            "kind IN ('leader_area', 'department', 'self_check', 'daily', 'watch', 'citizen_patrol', 'third_party_grid', 'video', 'follow_up', 'fixed_time_point', 'baseline', 'special', 'key_point', 'supervision')",
            name=op.f("ck_patrols_kind"),
        ),
        sa.CheckConstraint("visibility IN ('open', 'covert')", name=op.f("ck_patrols_visibility")),
        sa.CheckConstraint("children_count >= 0", name=op.f("ck_patrols_children")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_patrols_ended")),
        sa.ForeignKeyConstraint(["slot_id"], ["patrol_slots.id"], name=op.f("fk_patrols_slot_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_patrols_town_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrols_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrols")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_patrols_user_id_client_id")),
    )
    op.create_index("ix_patrols_slot", "patrols", ["slot_id"], **where("slot_id IS NOT NULL"))
    op.create_index("ix_patrols_town", "patrols", ["town_id", "started_at", "id"])
    op.create_table(
        "patrol_people",
        sa.Column("patrol_id", UUID, nullable=False),
        sa.Column("user_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrols.id"], name=op.f("fk_patrol_people_patrol_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_patrol_people_user_id")),
        sa.PrimaryKeyConstraint("patrol_id", "user_id", name=op.f("pk_patrol_people")),
    )
    op.create_index("ix_patrol_people_user_id", "patrol_people", ["user_id"])
    op.create_table(
        "patrol_tallies",
        sa.Column("patrol_id", UUID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('dissuasion', 'publicity')", name=op.f("ck_patrol_tallies_kind")),
        sa.CheckConstraint("count > 0", name=op.f("ck_patrol_tallies_count")),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrols.id"], name=op.f("fk_patrol_tallies_patrol_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_patrol_tallies_town_id")),
        sa.PrimaryKeyConstraint("patrol_id", "kind", "code", name=op.f("pk_patrol_tallies")),
    )
    op.create_index("ix_patrol_tallies_town", "patrol_tallies", ["town_id", "local_on", "kind", "code"])
    op.create_table(
        "patrol_units",
        sa.Column("patrol_id", UUID, nullable=False),
        sa.Column("unit_id", UUID, nullable=False),
        sa.ForeignKeyConstraint(
            ["patrol_id"], ["patrols.id"], name=op.f("fk_patrol_units_patrol_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_patrol_units_unit_id")),
        sa.PrimaryKeyConstraint("patrol_id", "unit_id", name=op.f("pk_patrol_units")),
    )
    op.create_index("ix_patrol_units_unit_id", "patrol_units", ["unit_id"])
    op.create_table(
        "visits",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", UUID, nullable=False),
        sa.Column("user_id", UUID, nullable=False),
        sa.Column("town_id", UUID, nullable=False),
        sa.Column("patrol_client_id", UUID, nullable=False),
        sa.Column("patrol_id", UUID, nullable=True),
        sa.Column("slot_id", UUID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.String(length=8), nullable=False),
        sa.Column("released_at", AT, nullable=True),
        sa.Column("point_id", UUID, nullable=True),
        sa.Column("grid_id", UUID, nullable=True),
        sa.Column("arrived_at", AT, nullable=False),
        sa.Column("left_at", AT, nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("is_inside", sa.Boolean(), nullable=False),
        sa.Column("away_reason", sa.String(length=200), nullable=False),
        sa.Column("standard_version", sa.String(length=40), nullable=False),
        sa.Column("all_fine", sa.Boolean(), nullable=False),
        sa.Column("is_clean", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("flags", JSON, nullable=False),
        sa.CheckConstraint("point_id IS NOT NULL OR grid_id IS NOT NULL", name=op.f("ck_visits_place")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_visits_score")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_visits_grid_id")),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrols.id"], name=op.f("fk_visits_patrol_id")),
        sa.ForeignKeyConstraint(["point_id"], ["points.id"], name=op.f("fk_visits_point_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["patrol_slots.id"], name=op.f("fk_visits_slot_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_visits_town_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_visits_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_visits_user_id_client_id")),
    )
    op.create_index("ix_visits_grid", "visits", ["grid_id", "arrived_at"])
    op.create_index("ix_visits_patrol", "visits", ["patrol_id"], **where("patrol_id IS NOT NULL"))
    op.create_index("ix_visits_patrol_client", "visits", ["user_id", "patrol_client_id"])
    op.create_index("ix_visits_point", "visits", ["point_id", "arrived_at"])
    op.create_index("ix_visits_slot", "visits", ["slot_id"], **where("slot_id IS NOT NULL"))
    op.create_index("ix_visits_town", "visits", ["town_id", "arrived_at", "id"])
    op.create_table(
        "checklist_results",
        sa.Column("visit_id", UUID, nullable=False),
        sa.Column("item_code", sa.String(length=24), nullable=False),
        sa.Column("item_id", UUID, nullable=True),
        sa.Column("result", sa.String(length=24), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["check_items.id"], name=op.f("fk_checklist_results_item_id")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_checklist_results_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visit_id", "item_code", name=op.f("pk_checklist_results")),
    )
    op.create_table(
        "visit_photos",
        sa.Column("visit_id", UUID, nullable=False),
        sa.Column("client_photo_id", UUID, nullable=False),
        sa.Column("item_code", sa.String(length=24), nullable=False),
        sa.Column("photo_id", UUID, nullable=True),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_visit_photos_photo_id")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_visit_photos_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visit_id", "client_photo_id", name=op.f("pk_visit_photos")),
    )
    op.create_index("ix_visit_photos_client_photo_id", "visit_photos", ["client_photo_id"])
    op.create_index("ix_visit_photos_photo", "visit_photos", ["photo_id"], **where("photo_id IS NOT NULL"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
