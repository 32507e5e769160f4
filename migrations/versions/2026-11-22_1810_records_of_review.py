"""Visits to those concerned, special actions, units scored at a meeting; tallies at places.

Revision: 0012
Follows: 0011
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

AT = sa.DateTime(timezone=True)


def _key() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _of(name: str, table: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=optional)


def _part_of(name: str, table: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def _text(name: str, length: int | None = None, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=optional)


def _plain(name: str, kind: Any, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=optional)


def upgrade() -> None:
    _tallies()
    _visits()
    _actions()
    _scores()


def _tallies() -> None:
    op.create_table(
        "visit_tallies",
        _part_of("visit_id", "visits"),
        _text("kind", 12),
        _text("code", 24),
        _plain("count", sa.Integer()),
        _of("town_id", "units"),
        _plain("local_on", sa.Date()),
        sa.CheckConstraint("kind IN ('dissuasion', 'publicity')", name=op.f("ck_visit_tallies_kind")),
        sa.CheckConstraint("count > 0", name=op.f("ck_visit_tallies_count")),
        sa.PrimaryKeyConstraint("visit_id", "kind", "code", name=op.f("pk_visit_tallies")),
    )
    op.create_index("ix_visit_tallies_town", "visit_tallies", ["town_id", "local_on", "kind", "code"])


def _visits() -> None:
    op.create_table(
        "case_visits",
        _key(),
        _plain("client_id", sa.Uuid()),
        _of("user_id", "users"),
        _of("issue_id", "issues"),
        _text("kind", 12),
        _plain("visited_at", AT),
        _text("note"),
        _text("body_sha256", 64),
        _plain("received_at", AT),
        sa.CheckConstraint("kind IN ('persuasion', 'check', 'joint')", name=op.f("ck_case_visits_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_visits")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_case_visits_user_id_client_id")),
    )
    op.create_index("ix_case_visits_issue", "case_visits", ["issue_id", "visited_at"])


def _actions() -> None:
    op.create_table(
        "special_actions",
        _key(),
        _of("town_id", "units"),
        _text("name_zh", 120),
        _text("category", 24, optional=True),
        _of("point_id", "points", optional=True),
        _of("grid_id", "grids", optional=True),
        _of("lead_unit_id", "units"),
        _plain("start_on", sa.Date()),
        _plain("until_on", sa.Date()),
        _plain("headcount", sa.Integer()),
        _text("results"),
        _plain("is_done", sa.Boolean()),
        _of("created_by_id", "users", optional=True),
        _plain("version", sa.Integer()),
        sa.CheckConstraint("until_on >= start_on", name=op.f("ck_special_actions_period")),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_special_actions_headcount")),
        sa.CheckConstraint("point_id IS NULL OR grid_id IS NULL", name=op.f("ck_special_actions_one_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_actions")),
    )
    op.create_index("ix_special_actions_town", "special_actions", ["town_id", "start_on"])
    for name, column, table in (
        ("special_action_units", "unit_id", "units"),
        ("special_action_issues", "issue_id", "issues"),
    ):
        op.create_table(
            name,
            _part_of("action_id", "special_actions"),
            _of(column, table),
            sa.PrimaryKeyConstraint("action_id", column, name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])


def _scores() -> None:
    op.create_table(
        "score_sheets",
        _key(),
        _plain("client_id", sa.Uuid()),
        _of("user_id", "users"),
        _of("town_id", "units"),
        _text("name_zh", 120),
        _plain("held_on", sa.Date()),
        _plain("received_at", AT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheets")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_score_sheets_user_id_client_id")),
    )
    op.create_index("ix_score_sheets_town", "score_sheets", ["town_id", "held_on"])
    op.create_table(
        "review_scores",
        _part_of("sheet_id", "score_sheets"),
        _of("unit_id", "units"),
        _text("item_code", 24),
        _of("item_id", "check_items"),
        _text("result", 24),
        _plain("share_percent", sa.Integer(), optional=True),
        _plain("weight", sa.Integer()),
        _text("comment"),
        sa.PrimaryKeyConstraint("sheet_id", "unit_id", "item_code", name=op.f("pk_review_scores")),
    )
    op.create_index(op.f("ix_review_scores_unit_id"), "review_scores", ["unit_id"])


def downgrade() -> None:
    for name in (
        "review_scores", "score_sheets", "special_action_issues", "special_action_units", "special_actions", "case_visits",
        "visit_tallies",
    ):  # fmt: skip
        op.drop_table(name)
