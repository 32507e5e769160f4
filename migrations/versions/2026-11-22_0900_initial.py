"""The first schema: people, standards, places, photos, cases, orders, look-backs, audit.

Revision: 0001
Follows:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


# Append-only tables refuse change in the database itself; the full-text index is the database's own.
SQLITE = [
    "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
    "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
    "CREATE TRIGGER issue_events_no_update BEFORE UPDATE ON issue_events BEGIN SELECT RAISE(ABORT, 'issue_events is append-only'); END",
    "CREATE TRIGGER issue_events_no_delete BEFORE DELETE ON issue_events BEGIN SELECT RAISE(ABORT, 'issue_events is append-only'); END",
    "CREATE VIRTUAL TABLE fts_issue_texts USING fts5(tokens, content='issue_texts', content_rowid='rowid', tokenize='unicode61')",
    "CREATE TRIGGER issue_texts_ai AFTER INSERT ON issue_texts BEGIN INSERT INTO fts_issue_texts(rowid, tokens) VALUES (new.rowid, new.tokens); END",
    "CREATE TRIGGER issue_texts_ad AFTER DELETE ON issue_texts BEGIN INSERT INTO fts_issue_texts(fts_issue_texts, rowid, tokens) VALUES ('delete', old.rowid, old.tokens); END",
    "CREATE TRIGGER issue_texts_au AFTER UPDATE ON issue_texts BEGIN INSERT INTO fts_issue_texts(fts_issue_texts, rowid, tokens) VALUES ('delete', old.rowid, old.tokens); INSERT INTO fts_issue_texts(rowid, tokens) VALUES (new.rowid, new.tokens); END",
]
POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    "CREATE TRIGGER issue_events_no_change BEFORE UPDATE OR DELETE ON issue_events FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER issue_events_no_truncate BEFORE TRUNCATE ON issue_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE INDEX ix_issue_texts_tokens ON issue_texts USING gin (to_tsvector('simple', tokens))",
]


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_log",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index("ix_audit_log_actor_id_at", ["actor_id", "at"], unique=False)
        batch_op.create_index("ix_audit_log_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "changes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_at"), ["at"], unique=False)

    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("restore_epoch", sa.Integer(), nullable=False),
        sa.Column("verified_backup_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failures_subject_at", ["subject", "at"], unique=False)

    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("town_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('district', 'town', 'hq', 'office', 'department', 'community', 'village', 'property', 'enterprise', 'third_party')",
            name=op.f("ck_units_kind"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_units_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_units_town_id_code")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_units_town_id"), ["town_id"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=160), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("phases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("next_issue_no", sa.Integer(), nullable=False),
        sa.Column("next_order_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_campaigns_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_campaigns_town_id_code")),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaigns_town_id"), ["town_id"], unique=False)
        batch_op.create_index(
            "uq_campaigns_active",
            ["town_id"],
            unique=True,
            postgresql_where=sa.text("is_active"),
            sqlite_where=sa.text("is_active = 1"),
        )

    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("theme", sa.String(length=24), nullable=False),
        sa.Column("handling_class", sa.String(length=12), nullable=False),
        sa.Column("focus", sa.String(length=24), nullable=False),
        sa.Column("nature", sa.String(length=12), nullable=False),
        sa.Column("deadline_hours", sa.Integer(), nullable=False),
        sa.Column("is_dynamic", sa.Boolean(), nullable=False),
        sa.Column("on_spot_allowed", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.String(length=12), nullable=False),
        sa.Column("aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("extra", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("evidence IN ('after_photo', 'statement')", name=op.f("ck_categories_evidence")),
        sa.CheckConstraint("deadline_hours > 0", name=op.f("ck_categories_deadline")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_categories_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("town_id", "code", "revision", name=op.f("uq_categories_town_id_code_revision")),
    )
    with op.batch_alter_table("categories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_categories_town_id"), ["town_id"], unique=False)
        batch_op.create_index(
            "uq_categories_current",
            ["town_id", "code"],
            unique=True,
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "check_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=240), nullable=False),
        sa.Column("theme", sa.String(length=24), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("category_codes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("extra", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_check_items_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_items")),
        sa.UniqueConstraint("town_id", "code", "revision", name=op.f("uq_check_items_town_id_code_revision")),
    )
    with op.batch_alter_table("check_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_items_town_id"), ["town_id"], unique=False)
        batch_op.create_index(
            "uq_check_items_current",
            ["town_id", "code"],
            unique=True,
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "list_tags",
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_list_tags_town_id")),
        sa.PrimaryKeyConstraint("town_id", "name", name=op.f("pk_list_tags")),
    )
    op.create_table(
        "point_types",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("geometry", sa.String(length=12), nullable=False),
        sa.Column("zone", sa.String(length=24), nullable=False),
        sa.Column("buffer_m", sa.Integer(), nullable=False),
        sa.Column(
            "check_item_codes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("extra", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_point_types_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_types")),
        sa.UniqueConstraint("town_id", "code", "revision", name=op.f("uq_point_types_town_id_code_revision")),
    )
    with op.batch_alter_table("point_types", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_types_town_id"), ["town_id"], unique=False)
        batch_op.create_index(
            "uq_point_types_current",
            ["town_id", "code"],
            unique=True,
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "standards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("lists", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_standards_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standards")),
        sa.UniqueConstraint("town_id", "version", name=op.f("uq_standards_town_id_version")),
    )
    with op.batch_alter_table("standards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standards_town_id"), ["town_id"], unique=False)

    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_teams_town_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_teams_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_teams_town_id_code")),
    )
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_teams_town_id"), ["town_id"], unique=False)

    op.create_table(
        "unit_pairs",
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["units.id"], name=op.f("fk_unit_pairs_a_id")),
        sa.ForeignKeyConstraint(["b_id"], ["units.id"], name=op.f("fk_unit_pairs_b_id")),
        sa.PrimaryKeyConstraint("a_id", "b_id", name=op.f("pk_unit_pairs")),
    )
    op.create_table(
        "unit_reach",
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ancestor_id"], ["units.id"], name=op.f("fk_unit_reach_ancestor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_unit_reach_unit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ancestor_id", "unit_id", name=op.f("pk_unit_reach")),
    )
    with op.batch_alter_table("unit_reach", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_reach_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=True),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.String(length=200), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("substitute_id", sa.Uuid(), nullable=True),
        sa.Column("substitute_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'active', 'disabled')", name=op.f("ck_users_status")),
        sa.ForeignKeyConstraint(["substitute_id"], ["users.id"], name=op.f("fk_users_substitute_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_users_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_substitute_id"), ["substitute_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_users_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_kept_evidence", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_commands_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_commands_user_id_client_id")),
    )
    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commands_target_id"), ["target_id"], unique=False)

    op.create_table(
        "grids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("support_unit_id", sa.Uuid(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column(
            "response_levels", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geometry", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("source", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("min_lon", sa.Double(), nullable=False),
        sa.Column("min_lat", sa.Double(), nullable=False),
        sa.Column("max_lon", sa.Double(), nullable=False),
        sa.Column("max_lat", sa.Double(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["units.id"], name=op.f("fk_grids_community_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["users.id"], name=op.f("fk_grids_officer_id")),
        sa.ForeignKeyConstraint(["support_unit_id"], ["units.id"], name=op.f("fk_grids_support_unit_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_grids_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_grids_town_id_code")),
    )
    with op.batch_alter_table("grids", schema=None) as batch_op:
        batch_op.create_index(
            "ix_grids_cell", ["town_id", "cell", "min_lon", "max_lon", "min_lat", "max_lat"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grids_town_id"), ["town_id"], unique=False)

    op.create_table(
        "invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("short_hash", sa.String(length=64), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("resets_second_factor", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(purpose = 'join') = (user_id IS NULL)", name=op.f("ck_invites_person")),
        sa.CheckConstraint("purpose IN ('join', 'rejoin', 'reset')", name=op.f("ck_invites_purpose")),
        sa.CheckConstraint(
            "role IN ('admin', 'office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'leader', 'point_chief', 'liaison', 'unit_principal', 'rectifier', 'inspector', 'patroller', 'volunteer', 'building_leader', 'grid_officer', 'cross_captain', 'cross_member', 'third_party', 'district_inspector', 'emergency_member', 'public', 'auditor')",
            name=op.f("ck_invites_role"),
        ),
        sa.CheckConstraint("used <= max_uses", name=op.f("ck_invites_capped")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_invites_created_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_invites_unit_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invites_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invites_code_hash")),
        sa.UniqueConstraint("short_hash", name=op.f("uq_invites_short_hash")),
    )
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invites_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(length=120), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("watermark", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_photos_failed_says_why")
        ),
        sa.CheckConstraint(
            "length(sha256) = 64 AND size > 0 AND storage_key <> ''", name=op.f("ck_photos_bytes_known")
        ),
        sa.CheckConstraint("state IN ('received', 'ready', 'failed')", name=op.f("ck_photos_state_known")),
        sa.CheckConstraint(
            "width > 0 AND height > 0 AND width * height <= 64000000", name=op.f("ck_photos_picture_size")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_photos_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("owner_id", "client_id", name=op.f("uq_photos_owner_id_client_id")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_photos_storage_key")),
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photos_sha256"), ["sha256"], unique=False)
        batch_op.create_index(
            "ix_photos_unfinished",
            ["received_at"],
            unique=False,
            postgresql_where=sa.text("state = 'received'"),
            sqlite_where=sa.text("state = 'received'"),
        )

    op.create_table(
        "role_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('admin', 'office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'leader', 'point_chief', 'liaison', 'unit_principal', 'rectifier', 'inspector', 'patroller', 'volunteer', 'building_leader', 'grid_officer', 'cross_captain', 'cross_member', 'third_party', 'district_inspector', 'emergency_member', 'public', 'auditor')",
            name=op.f("ck_role_holds_role"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_role_holds_unit_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_role_holds_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_holds")),
        sa.UniqueConstraint("user_id", "role", "unit_id", name=op.f("uq_role_holds_user_id_role_unit_id")),
    )
    with op.batch_alter_table("role_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_holds_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_role_holds_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renew_due", sa.Boolean(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_sessions_previous_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
    )
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "volunteers",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("extra", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_volunteers_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_volunteers")),
    )
    op.create_table(
        "invite_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invite_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invite_id"], ["invites.id"], name=op.f("fk_invite_uses_invite_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invite_uses_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_uses")),
        sa.UniqueConstraint("invite_id", "key_hash", name=op.f("uq_invite_uses_invite_id_key_hash")),
    )
    with op.batch_alter_table("invite_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invite_uses_user_id"), ["user_id"], unique=False)

    op.create_table(
        "photo_comparisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("same_place", sa.Double(), nullable=False),
        sa.Column("reused", sa.Double(), nullable=False),
        sa.Column("is_mirrored", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("homography", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("planes", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.Double(), nullable=True),
        sa.Column("residual", sa.Double(), nullable=True),
        sa.Column("changed", sa.Double(), nullable=True),
        sa.Column("aligned_key", sa.String(length=120), nullable=True),
        sa.Column("map_key", sa.String(length=120), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('same', 'different', 'unsure')",
            name=op.f("ck_photo_comparisons_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["after_id"], ["photos.id"], name=op.f("fk_photo_comparisons_after_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["photos.id"], name=op.f("fk_photo_comparisons_before_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_comparisons")),
        sa.UniqueConstraint("aligned_key", name=op.f("uq_photo_comparisons_aligned_key")),
        sa.UniqueConstraint("before_id", "after_id", name=op.f("uq_photo_comparisons_before_id_after_id")),
        sa.UniqueConstraint("map_key", name=op.f("uq_photo_comparisons_map_key")),
    )
    with op.batch_alter_table("photo_comparisons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_comparisons_after_id"), ["after_id"], unique=False)

    op.create_table(
        "photo_renditions",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("storage_key", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('thumb', 'large', 'watermarked')", name=op.f("ck_photo_renditions_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_photo_renditions_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "kind", name=op.f("pk_photo_renditions")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_photo_renditions_storage_key")),
    )
    op.create_table(
        "photo_traces",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("look", sa.String(length=16), nullable=False),
        sa.Column("mirrored", sa.String(length=16), nullable=False),
        sa.Column("features_key", sa.String(length=120), nullable=True),
        sa.Column("engine", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_photo_traces_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_traces")),
        sa.UniqueConstraint("features_key", name=op.f("uq_photo_traces_features_key")),
    )
    op.create_table(
        "points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("type_code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("is_key", sa.Boolean(), nullable=False),
        sa.Column("is_point", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("geometry", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("source", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("buffer_m", sa.Integer(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("min_lon", sa.Double(), nullable=False),
        sa.Column("min_lat", sa.Double(), nullable=False),
        sa.Column("max_lon", sa.Double(), nullable=False),
        sa.Column("max_lat", sa.Double(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("support_unit_id", sa.Uuid(), nullable=True),
        sa.Column("point_chief_id", sa.Uuid(), nullable=True),
        sa.Column("profile", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("buffer_m >= 0", name=op.f("ck_points_buffer")),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_points_position")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_points_grid_id")),
        sa.ForeignKeyConstraint(["point_chief_id"], ["users.id"], name=op.f("fk_points_point_chief_id")),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["units.id"], name=op.f("fk_points_responsible_unit_id")
        ),
        sa.ForeignKeyConstraint(["support_unit_id"], ["units.id"], name=op.f("fk_points_support_unit_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["units.id"], name=op.f("fk_points_territory_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_points_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points")),
        sa.UniqueConstraint("town_id", "code", name=op.f("uq_points_town_id_code")),
    )
    with op.batch_alter_table("points", schema=None) as batch_op:
        batch_op.create_index(
            "ix_points_cell", ["town_id", "cell", "min_lon", "max_lon", "min_lat", "max_lat"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_points_grid_id"), ["grid_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_point_chief_id"), ["point_chief_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_points_responsible_unit_id"), ["responsible_unit_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_points_territory_id"), ["territory_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_town_id"), ["town_id"], unique=False)

    op.create_table(
        "issues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=12), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("external_ref", sa.String(length=80), nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_role", sa.String(length=24), nullable=True),
        sa.Column("fixer_id", sa.Uuid(), nullable=True),
        sa.Column("dispatcher_id", sa.Uuid(), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("position", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rectified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("campaign_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round_found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("bounce_count", sa.Integer(), nullable=False),
        sa.Column("extension_count", sa.Integer(), nullable=False),
        sa.Column("rework_count", sa.Integer(), nullable=False),
        sa.Column("relapse_count", sa.Integer(), nullable=False),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.Column("appeal_count", sa.Integer(), nullable=False),
        sa.Column("witness_count", sa.Integer(), nullable=False),
        sa.Column("was_dispatched", sa.Boolean(), nullable=False),
        sa.Column("master_id", sa.Uuid(), nullable=True),
        sa.Column("state_before_merge", sa.String(length=16), nullable=True),
        sa.Column("recurs_from_id", sa.Uuid(), nullable=True),
        sa.Column("is_chronic", sa.Boolean(), nullable=False),
        sa.Column("is_sampled", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'merged') = (master_id IS NOT NULL)", name=op.f("ck_issues_master")),
        sa.CheckConstraint("nature IN ('ordinary', 'urgent', 'difficult')", name=op.f("ck_issues_nature")),
        sa.CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_issues_closed")),
        sa.CheckConstraint(
            "state IN ('submitted', 'dispatched', 'rectifying', 'coordinating', 'deferred', 'in_review', 'closed', 'rejected', 'merged', 'voided')",
            name=op.f("ck_issues_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('dispatched', 'rectifying') OR responsible_unit_id IS NOT NULL",
            name=op.f("ck_issues_unit"),
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_issues_assignee_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_issues_campaign_id")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_issues_category_id")),
        sa.ForeignKeyConstraint(["dispatcher_id"], ["users.id"], name=op.f("fk_issues_dispatcher_id")),
        sa.ForeignKeyConstraint(["fixer_id"], ["users.id"], name=op.f("fk_issues_fixer_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_issues_grid_id")),
        sa.ForeignKeyConstraint(["master_id"], ["issues.id"], name=op.f("fk_issues_master_id")),
        sa.ForeignKeyConstraint(["point_id"], ["points.id"], name=op.f("fk_issues_point_id")),
        sa.ForeignKeyConstraint(["recurs_from_id"], ["issues.id"], name=op.f("fk_issues_recurs_from_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name=op.f("fk_issues_reporter_id")),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["units.id"], name=op.f("fk_issues_responsible_unit_id")
        ),
        sa.ForeignKeyConstraint(["territory_id"], ["units.id"], name=op.f("fk_issues_territory_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_issues_town_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("campaign_id", "no", name=op.f("uq_issues_campaign_id_no")),
    )
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.create_index(
            "ix_issues_assignee_id",
            ["assignee_id"],
            unique=False,
            postgresql_where=sa.text("assignee_id IS NOT NULL"),
            sqlite_where=sa.text("assignee_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_issues_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index("ix_issues_category", ["category_id", "found_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_grid_id"), ["grid_id"], unique=False)
        batch_op.create_index(
            "ix_issues_master_id",
            ["master_id"],
            unique=False,
            postgresql_where=sa.text("master_id IS NOT NULL"),
            sqlite_where=sa.text("master_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_issues_near", ["category_id", "state", "lat", "lon", "found_at"], unique=False
        )
        batch_op.create_index("ix_issues_place", ["town_id", "lat", "lon"], unique=False)
        batch_op.create_index("ix_issues_point", ["point_id", "found_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_reporter_id"), ["reporter_id"], unique=False)
        batch_op.create_index("ix_issues_sampled", ["is_sampled", "town_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_issues_territory_id"), ["territory_id"], unique=False)
        batch_op.create_index("ix_issues_town_due", ["town_id", "due_at"], unique=False)
        batch_op.create_index("ix_issues_town_found", ["town_id", "found_at", "id"], unique=False)
        batch_op.create_index(
            "ix_issues_town_state_found", ["town_id", "state", "found_at", "id"], unique=False
        )
        batch_op.create_index("ix_issues_town_updated", ["town_id", "updated_at", "id"], unique=False)
        batch_op.create_index(
            "ix_issues_unit_state_due", ["responsible_unit_id", "state", "due_at"], unique=False
        )

    op.create_table(
        "responsibilities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("point_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("milestone", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(point_id IS NULL) <> (grid_id IS NULL)", name=op.f("ck_responsibilities_one_target")
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_responsibilities_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grids.id"], name=op.f("fk_responsibilities_grid_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["points.id"], name=op.f("fk_responsibilities_point_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_responsibilities_town_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_responsibilities_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_responsibilities_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibilities")),
    )
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsibilities_grid_id"), ["grid_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_responsibilities_point_id"), ["point_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_responsibilities_town_id"), ["town_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_responsibilities_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_responsibilities_user_id"), ["user_id"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_role", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extend', 'defer', 'void', 'escalate', 'close', 'reopen')",
            name=op.f("ck_approvals_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn')", name=op.f("ck_approvals_state")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_approvals_four_eyes")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_approvals_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_approvals_decided_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_approvals_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(
            "uq_approvals_open",
            ["issue_id", "kind"],
            unique=True,
            postgresql_where=sa.text("state = 'asked'"),
            sqlite_where=sa.text("state = 'asked'"),
        )

    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('office', 'unit', 'reporter')", name=op.f("ck_comments_audience")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_comments_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "coordinations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("plan_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meeting", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("milestones", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("final_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('deliberation', 'coordination', 'consultation')", name=op.f("ck_coordinations_kind")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name=op.f("fk_coordinations_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_coordinations_issue_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_coordinations_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coordinations")),
    )
    with op.batch_alter_table("coordinations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coordinations_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "deferrals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.String(length=20), nullable=False),
        sa.Column("safety_measure", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resume_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason_code IN ('works', 'season', 'property_right', 'other')", name=op.f("ck_deferrals_reason")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_deferrals_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferrals")),
    )
    with op.batch_alter_table("deferrals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deferrals_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "dispatches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("helper_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_by_id", sa.Uuid(), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounce_reason", sa.String(length=32), nullable=True),
        sa.Column("bounce_note", sa.Text(), nullable=False),
        sa.Column("ruling", sa.String(length=12), nullable=True),
        sa.Column("ruled_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ruling IS NULL OR ruling IN ('founded', 'unfounded')", name=op.f("ck_dispatches_ruling")
        ),
        sa.ForeignKeyConstraint(["bounced_by_id"], ["users.id"], name=op.f("fk_dispatches_bounced_by_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_dispatches_campaign_id")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["users.id"], name=op.f("fk_dispatches_claimed_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_dispatches_issue_id")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_dispatches_person_id")),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["users.id"], name=op.f("fk_dispatches_ruled_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["users.id"], name=op.f("fk_dispatches_sent_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_dispatches_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("campaign_id", "order_no", name=op.f("uq_dispatches_campaign_id_order_no")),
    )
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispatches_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatches_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "hint_checks",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_hint_checks_campaign_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_hint_checks_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "version", name=op.f("pk_hint_checks")),
    )
    with op.batch_alter_table("hint_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hint_checks_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "issue_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=24), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_state", sa.String(length=16), nullable=True),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=32), nullable=True),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("photo_sha256", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_events_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_events")),
        sa.UniqueConstraint("issue_id", "seq", name=op.f("uq_issue_events_issue_id_seq")),
    )
    op.create_table(
        "issue_helpers",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_helpers_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_issue_helpers_unit_id")),
        sa.PrimaryKeyConstraint("issue_id", "unit_id", name=op.f("pk_issue_helpers")),
    )
    with op.batch_alter_table("issue_helpers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_helpers_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "issue_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("capture", sa.String(length=8), nullable=False),
        sa.Column("clock_offset_seconds", sa.Double(), nullable=True),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('before', 'after', 'site', 'other')", name=op.f("ck_issue_photos_kind")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_issue_photos_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_photos_issue_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_issue_photos_photo_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_photos")),
        sa.UniqueConstraint("issue_id", "photo_id", name=op.f("uq_issue_photos_issue_id_photo_id")),
    )
    with op.batch_alter_table("issue_photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_photos_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_photos_photo_id"), ["photo_id"], unique=False)

    op.create_table(
        "issue_texts",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_texts_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_texts")),
    )
    op.create_table(
        "rectification_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.String(length=32), nullable=True),
        sa.Column("return_note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_rectification_rounds_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_rectification_rounds_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_rounds")),
        sa.UniqueConstraint("issue_id", "no", name=op.f("uq_rectification_rounds_issue_id_no")),
    )
    with op.batch_alter_table("rectification_rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rectification_rounds_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'submit_fixed', 'submit_closed', 'witness')", name=op.f("ck_reports_action")
        ),
        sa.CheckConstraint("state IN ('incomplete', 'complete', 'attached')", name=op.f("ck_reports_state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_reports_campaign_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_reports_issue_id")),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_reports_town_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reports_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("user_id", "client_id", name=op.f("uq_reports_user_id_client_id")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index("ix_reports_state", ["state", "received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reports_town_id"), ["town_id"], unique=False)

    op.create_table(
        "site_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_by_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_site_checks_assignee_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_site_checks_issue_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["users.id"], name=op.f("fk_site_checks_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_checks")),
    )
    with op.batch_alter_table("site_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_checks_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_checks_issue_id"), ["issue_id"], unique=False)

    op.create_table(
        "event_texts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["issue_events.id"], name=op.f("fk_event_texts_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_texts")),
    )
    op.create_table(
        "inbox_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["issue_events.id"], name=op.f("fk_inbox_items_event_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_inbox_items_issue_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inbox_items_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_items")),
        sa.UniqueConstraint("user_id", "event_id", "kind", name=op.f("uq_inbox_items_user_id_event_id_kind")),
    )
    with op.batch_alter_table("inbox_items", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_items_user_read", ["user_id", "read_at", "at"], unique=False)

    op.create_table(
        "look_backs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("issue_photo_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('scheduled', 'not_fixed')", name=op.f("ck_look_backs_kind")),
        sa.CheckConstraint(
            "result IS NULL OR result IN ('passed', 'relapsed', 'cancelled')",
            name=op.f("ck_look_backs_result"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_look_backs_asked_by_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["users.id"], name=op.f("fk_look_backs_done_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_look_backs_issue_id")),
        sa.ForeignKeyConstraint(
            ["issue_photo_id"], ["issue_photos.id"], name=op.f("fk_look_backs_issue_photo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_backs")),
    )
    with op.batch_alter_table("look_backs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_look_backs_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index("ix_look_backs_open", ["due_at", "result"], unique=False)

    op.create_table(
        "photo_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Uuid(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_suspect", sa.Boolean(), nullable=False),
        sa.Column("checks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("is_clear", sa.Boolean(), nullable=False),
        sa.Column("reused_id", sa.Uuid(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_code", sa.String(length=32), nullable=True),
        sa.CheckConstraint("state = 'missing' OR after_id IS NOT NULL", name=op.f("ck_photo_pairs_after")),
        sa.CheckConstraint(
            "state IN ('missing', 'proposed', 'matched', 'refused')", name=op.f("ck_photo_pairs_state")
        ),
        sa.ForeignKeyConstraint(["after_id"], ["issue_photos.id"], name=op.f("fk_photo_pairs_after_id")),
        sa.ForeignKeyConstraint(["before_id"], ["issue_photos.id"], name=op.f("fk_photo_pairs_before_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_photo_pairs_decided_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_photo_pairs_issue_id")),
        sa.ForeignKeyConstraint(["reused_id"], ["issue_photos.id"], name=op.f("fk_photo_pairs_reused_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_pairs")),
        sa.UniqueConstraint("before_id", "round_no", name=op.f("uq_photo_pairs_before_id_round_no")),
    )
    with op.batch_alter_table("photo_pairs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_pairs_issue_id"), ["issue_id"], unique=False)
        batch_op.create_index(
            "ix_photo_pairs_unexamined",
            ["issue_id"],
            unique=False,
            postgresql_where=sa.text("verdict IS NULL AND state = 'proposed'"),
            sqlite_where=sa.text("verdict IS NULL AND state = 'proposed'"),
        )

    op.create_table(
        "report_photos",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("client_photo_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=True),
        sa.Column("position_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_report_photos_photo_id")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_photos_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "client_photo_id", name=op.f("pk_report_photos")),
    )
    with op.batch_alter_table("report_photos", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_report_photos_client_photo_id"), ["client_photo_id"], unique=False
        )

    op.create_table(
        "witnesses",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_witnesses_issue_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_witnesses_report_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_witnesses_user_id")),
        sa.PrimaryKeyConstraint("issue_id", "user_id", name=op.f("pk_witnesses")),
    )
    with op.batch_alter_table("witnesses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_witnesses_user_id"), ["user_id"], unique=False)

    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE fts_issue_texts")
    with op.batch_alter_table("witnesses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_witnesses_user_id"))

    op.drop_table("witnesses")
    with op.batch_alter_table("report_photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_photos_client_photo_id"))

    op.drop_table("report_photos")
    with op.batch_alter_table("photo_pairs", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_photo_pairs_unexamined",
            postgresql_where=sa.text("verdict IS NULL AND state = 'proposed'"),
            sqlite_where=sa.text("verdict IS NULL AND state = 'proposed'"),
        )
        batch_op.drop_index(batch_op.f("ix_photo_pairs_issue_id"))

    op.drop_table("photo_pairs")
    with op.batch_alter_table("look_backs", schema=None) as batch_op:
        batch_op.drop_index("ix_look_backs_open")
        batch_op.drop_index(batch_op.f("ix_look_backs_issue_id"))

    op.drop_table("look_backs")
    with op.batch_alter_table("inbox_items", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_items_user_read")

    op.drop_table("inbox_items")
    op.drop_table("event_texts")
    with op.batch_alter_table("site_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_checks_issue_id"))
        batch_op.drop_index(batch_op.f("ix_site_checks_assignee_id"))

    op.drop_table("site_checks")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reports_town_id"))
        batch_op.drop_index("ix_reports_state")
        batch_op.drop_index(batch_op.f("ix_reports_issue_id"))

    op.drop_table("reports")
    with op.batch_alter_table("rectification_rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rectification_rounds_issue_id"))

    op.drop_table("rectification_rounds")
    op.drop_table("issue_texts")
    with op.batch_alter_table("issue_photos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_photos_photo_id"))
        batch_op.drop_index(batch_op.f("ix_issue_photos_issue_id"))

    op.drop_table("issue_photos")
    with op.batch_alter_table("issue_helpers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_helpers_unit_id"))

    op.drop_table("issue_helpers")
    op.drop_table("issue_events")
    with op.batch_alter_table("hint_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hint_checks_campaign_id"))

    op.drop_table("hint_checks")
    with op.batch_alter_table("dispatches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispatches_unit_id"))
        batch_op.drop_index(batch_op.f("ix_dispatches_issue_id"))

    op.drop_table("dispatches")
    with op.batch_alter_table("deferrals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deferrals_issue_id"))

    op.drop_table("deferrals")
    with op.batch_alter_table("coordinations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coordinations_issue_id"))

    op.drop_table("coordinations")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comments_issue_id"))

    op.drop_table("comments")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_approvals_open",
            postgresql_where=sa.text("state = 'asked'"),
            sqlite_where=sa.text("state = 'asked'"),
        )
        batch_op.drop_index(batch_op.f("ix_approvals_issue_id"))

    op.drop_table("approvals")
    with op.batch_alter_table("responsibilities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_responsibilities_user_id"))
        batch_op.drop_index(batch_op.f("ix_responsibilities_unit_id"))
        batch_op.drop_index(batch_op.f("ix_responsibilities_town_id"))
        batch_op.drop_index(batch_op.f("ix_responsibilities_point_id"))
        batch_op.drop_index(batch_op.f("ix_responsibilities_grid_id"))

    op.drop_table("responsibilities")
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.drop_index("ix_issues_unit_state_due")
        batch_op.drop_index("ix_issues_town_updated")
        batch_op.drop_index("ix_issues_town_state_found")
        batch_op.drop_index("ix_issues_town_found")
        batch_op.drop_index("ix_issues_town_due")
        batch_op.drop_index(batch_op.f("ix_issues_territory_id"))
        batch_op.drop_index("ix_issues_sampled")
        batch_op.drop_index(batch_op.f("ix_issues_reporter_id"))
        batch_op.drop_index("ix_issues_point")
        batch_op.drop_index("ix_issues_place")
        batch_op.drop_index("ix_issues_near")
        batch_op.drop_index(
            "ix_issues_master_id",
            postgresql_where=sa.text("master_id IS NOT NULL"),
            sqlite_where=sa.text("master_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_issues_grid_id"))
        batch_op.drop_index("ix_issues_category")
        batch_op.drop_index(batch_op.f("ix_issues_campaign_id"))
        batch_op.drop_index(
            "ix_issues_assignee_id",
            postgresql_where=sa.text("assignee_id IS NOT NULL"),
            sqlite_where=sa.text("assignee_id IS NOT NULL"),
        )

    op.drop_table("issues")
    with op.batch_alter_table("points", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_town_id"))
        batch_op.drop_index(batch_op.f("ix_points_territory_id"))
        batch_op.drop_index(batch_op.f("ix_points_responsible_unit_id"))
        batch_op.drop_index(batch_op.f("ix_points_point_chief_id"))
        batch_op.drop_index(batch_op.f("ix_points_grid_id"))
        batch_op.drop_index("ix_points_cell")

    op.drop_table("points")
    op.drop_table("photo_traces")
    op.drop_table("photo_renditions")
    with op.batch_alter_table("photo_comparisons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_photo_comparisons_after_id"))

    op.drop_table("photo_comparisons")
    with op.batch_alter_table("invite_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invite_uses_user_id"))

    op.drop_table("invite_uses")
    op.drop_table("volunteers")
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_members_user_id"))

    op.drop_table("team_members")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("role_holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_holds_user_id"))
        batch_op.drop_index(batch_op.f("ix_role_holds_unit_id"))

    op.drop_table("role_holds")
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_photos_unfinished",
            postgresql_where=sa.text("state = 'received'"),
            sqlite_where=sa.text("state = 'received'"),
        )
        batch_op.drop_index(batch_op.f("ix_photos_sha256"))

    op.drop_table("photos")
    with op.batch_alter_table("invites", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invites_unit_id"))

    op.drop_table("invites")
    with op.batch_alter_table("grids", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grids_town_id"))
        batch_op.drop_index("ix_grids_cell")

    op.drop_table("grids")
    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commands_target_id"))

    op.drop_table("commands")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_unit_id"))
        batch_op.drop_index(batch_op.f("ix_users_substitute_id"))

    op.drop_table("users")
    with op.batch_alter_table("unit_reach", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_reach_unit_id"))

    op.drop_table("unit_reach")
    op.drop_table("unit_pairs")
    with op.batch_alter_table("teams", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_teams_town_id"))

    op.drop_table("teams")
    with op.batch_alter_table("standards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standards_town_id"))

    op.drop_table("standards")
    with op.batch_alter_table("point_types", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_point_types_current",
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_point_types_town_id"))

    op.drop_table("point_types")
    op.drop_table("list_tags")
    with op.batch_alter_table("check_items", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_check_items_current",
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_check_items_town_id"))

    op.drop_table("check_items")
    with op.batch_alter_table("categories", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_categories_current",
            postgresql_where=sa.text("superseded_at IS NULL"),
            sqlite_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_categories_town_id"))

    op.drop_table("categories")
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_campaigns_active",
            postgresql_where=sa.text("is_active"),
            sqlite_where=sa.text("is_active = 1"),
        )
        batch_op.drop_index(batch_op.f("ix_campaigns_town_id"))

    op.drop_table("campaigns")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_units_town_id"))
        batch_op.drop_index(batch_op.f("ix_units_parent_id"))

    op.drop_table("units")
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_failures_subject_at")

    op.drop_table("sign_in_failures")
    op.drop_table("instance")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_changes_at"))

    op.drop_table("changes")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_log_subject")
        batch_op.drop_index("ix_audit_log_actor_id_at")

    op.drop_table("audit_log")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change")
