"""Duty: who accepted a grid, declared points by version, paired units by campaign, what a 包干 covers.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

AT = sa.DateTime(timezone=True)
# A pair of before belongs to the campaign that is active in the town of its units.
PAIRS = """
INSERT INTO paired_units (campaign_id, unit_id, partner_id)
SELECT c.id, p.{one}, p.{other} FROM unit_pairs p JOIN units u ON u.id = p.a_id
JOIN campaigns c ON c.town_id = u.town_id AND c.is_active
"""


def upgrade() -> None:
    op.add_column("responsibilities", sa.Column("duty", sa.String(200), nullable=False, server_default=""))
    op.create_table(
        "grid_acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_by_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint(
            "part IN ('support_unit', 'community', 'officer')", name=op.f("ck_grid_acceptances_part")
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_grid_acceptances_one_subject")
        ),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_grid_acceptances_town_id")),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grids.id"], name=op.f("fk_grid_acceptances_grid_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_grid_acceptances_unit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grid_acceptances_user_id")),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["users.id"], name=op.f("fk_grid_acceptances_accepted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_acceptances")),
    )
    op.create_index("ix_grid_acceptances_town_id", "grid_acceptances", ["town_id"])
    op.create_index(
        "uq_grid_acceptances_current",
        "grid_acceptances",
        ["grid_id", "part"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    _declarations()
    _pairs()


def _declarations() -> None:
    op.create_table(
        "point_declarations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("source_name", sa.String(200), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("declared_by_id", sa.Uuid(), nullable=True),
        sa.Column("declared_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["town_id"], ["units.id"], name=op.f("fk_point_declarations_town_id")),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["users.id"], name=op.f("fk_point_declarations_declared_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_declarations")),
        sa.UniqueConstraint("town_id", "number", name=op.f("uq_point_declarations_town_id_number")),
    )
    op.create_table(
        "declared_points",
        sa.Column("declaration_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("type_code", sa.String(24), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("is_key", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["point_declarations.id"],
            name=op.f("fk_declared_points_declaration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_declared_points_unit_id")),
        sa.PrimaryKeyConstraint("declaration_id", "code", name=op.f("pk_declared_points")),
    )


def _pairs() -> None:
    op.create_table(
        "paired_units",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("unit_id <> partner_id", name=op.f("ck_paired_units_two")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_paired_units_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_paired_units_unit_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["units.id"], name=op.f("fk_paired_units_partner_id")),
        sa.PrimaryKeyConstraint("campaign_id", "unit_id", name=op.f("pk_paired_units")),
        sa.UniqueConstraint("campaign_id", "partner_id", name=op.f("uq_paired_units_campaign_id_partner_id")),
    )
    op.execute(PAIRS.format(one="a_id", other="b_id"))
    op.execute(PAIRS.format(one="b_id", other="a_id"))
    op.drop_table("unit_pairs")


def downgrade() -> None:
    op.create_table(
        "unit_pairs",
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["units.id"], name=op.f("fk_unit_pairs_a_id")),
        sa.ForeignKeyConstraint(["b_id"], ["units.id"], name=op.f("fk_unit_pairs_b_id")),
        sa.PrimaryKeyConstraint("a_id", "b_id", name=op.f("pk_unit_pairs")),
    )
    op.execute(
        "INSERT INTO unit_pairs (a_id, b_id) SELECT p.unit_id, p.partner_id FROM paired_units p "
        "JOIN campaigns c ON c.id = p.campaign_id AND c.is_active WHERE p.unit_id < p.partner_id"
    )
    op.drop_table("paired_units")
    op.drop_table("declared_points")
    op.drop_table("point_declarations")
    op.drop_table("grid_acceptances")
    op.drop_column("responsibilities", "duty")
