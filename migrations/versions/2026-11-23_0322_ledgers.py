"""台账: key tasks with their progress, information asked of units, requests to departments, petitions.

Revision: 0022
Follows: 0021
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None
AT = sa.DateTime(timezone=True)


def _id(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=optional)


def _col(name: str, kind: Any, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=optional)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    _tasks()
    _information()
    _requests()
    _petitions()


def _tasks() -> None:
    op.create_table(
        "key_tasks",
        _id("id"),
        _id("town_id"),
        _id("campaign_id"),
        _col("no", sa.Integer()),
        _col("title", sa.String(120)),
        _col("measure", sa.Text()),
        _id("unit_id"),
        _id("person_id", optional=True),
        _col("due_on", sa.Date()),
        _col("percent", sa.Integer()),
        _col("state", sa.String(8)),
        _col("ended_on", sa.Date(), optional=True),
        _col("version", sa.Integer()),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_key_tasks_state")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_key_tasks_percent")),
        _key("key_tasks", "town_id", "units"),
        _key("key_tasks", "campaign_id", "campaigns"),
        _key("key_tasks", "unit_id", "units"),
        _key("key_tasks", "person_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_tasks")),
        sa.UniqueConstraint("campaign_id", "no", name=op.f("uq_key_tasks_campaign_id_no")),
    )
    _index("key_tasks", "town_id", "unit_id", "person_id")
    op.create_table(
        "task_progress",
        _id("id"),
        _id("task_id"),
        _col("percent", sa.Integer()),
        _col("text", sa.Text()),
        _id("by_id"),
        _col("at", AT),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_task_progress_percent")),
        _key("task_progress", "task_id", "key_tasks"),
        _key("task_progress", "by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_progress")),
    )
    _index("task_progress", "task_id")


def _information() -> None:
    op.create_table(
        "info_calls",
        _id("id"),
        _id("town_id"),
        _col("title", sa.String(120)),
        _col("wanted", sa.Text()),
        _col("due_on", sa.Date()),
        _id("asked_by_id"),
        _col("asked_at", AT),
        _key("info_calls", "town_id", "units"),
        _key("info_calls", "asked_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_info_calls")),
    )
    _index("info_calls", "town_id")
    op.create_table(
        "info_reports",
        _id("call_id"),
        _id("unit_id"),
        _col("text", sa.Text()),
        _col("first_at", AT, optional=True),
        _col("last_at", AT, optional=True),
        _id("by_id", optional=True),
        _key("info_reports", "call_id", "info_calls"),
        _key("info_reports", "unit_id", "units"),
        _key("info_reports", "by_id", "users"),
        sa.PrimaryKeyConstraint("call_id", "unit_id", name=op.f("pk_info_reports")),
    )
    _index("info_reports", "unit_id")


def _requests() -> None:
    op.create_table(
        "department_requests",
        _id("id"),
        _id("town_id"),
        _id("unit_id"),
        _id("issue_id", optional=True),
        _col("text", sa.Text()),
        _col("due_on", sa.Date(), optional=True),
        _id("asked_by_id"),
        _col("asked_at", AT),
        _col("answer", sa.Text()),
        _id("answered_by_id", optional=True),
        _col("answered_at", AT, optional=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')", name=op.f("ck_department_requests_answered")
        ),
        _key("department_requests", "town_id", "units"),
        _key("department_requests", "unit_id", "units"),
        _key("department_requests", "issue_id", "issues"),
        _key("department_requests", "asked_by_id", "users"),
        _key("department_requests", "answered_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_requests")),
    )
    _index("department_requests", "town_id", "unit_id", "issue_id")


def _petitions() -> None:
    op.create_table(
        "petitions",
        _id("id"),
        _id("town_id"),
        _col("received_on", sa.Date()),
        _col("subject", sa.String(200)),
        _id("unit_id", optional=True),
        _id("point_id", optional=True),
        _id("recorded_by_id"),
        _col("recorded_at", AT),
        _col("struck_at", AT, optional=True),
        _col("struck_reason", sa.String(200)),
        _key("petitions", "town_id", "units"),
        _key("petitions", "unit_id", "units"),
        _key("petitions", "point_id", "points"),
        _key("petitions", "recorded_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petitions")),
    )
    op.create_index("ix_petitions_town_id_received_on", "petitions", ["town_id", "received_on"])


def downgrade() -> None:
    for table in (
        "petitions",
        "department_requests",
        "info_reports",
        "info_calls",
        "task_progress",
        "key_tasks",
    ):
        op.drop_table(table)
