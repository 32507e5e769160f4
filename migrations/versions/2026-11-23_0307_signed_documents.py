"""What a leader signed stays as it was: the database refuses to change or delete it.

Revision: 0021
Follows: 0020
"""

from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None

SAID = (
    "series, no, title, start_on, until_on, practice, next_steps, pair_ids, content, signed_by_id, signed_at"
)
"""The state may still become withdrawn; the number cannot go, so it cannot become a draft again."""
WHEN = {"documents_stay_signed": f"BEFORE UPDATE OF {SAID}", "documents_signed_not_deleted": "BEFORE DELETE"}


def upgrade() -> None:
    for name, when in WHEN.items():
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} {when} ON documents WHEN OLD.state <> 'draft' "
                "BEGIN SELECT RAISE(ABORT, 'a signed document stays'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {name} {when} ON documents FOR EACH ROW "
                "WHEN (OLD.state <> 'draft') EXECUTE FUNCTION refuse_change()"
            )


def downgrade() -> None:
    for name in WHEN:
        op.execute(
            f"DROP TRIGGER {name}" + ("" if op.get_bind().dialect.name == "sqlite" else " ON documents")
        )
