"""The same thing again: a new case names the closed one it recurs from, and is chronic from the third time on (顽疾)."""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.geo import bbox_around, distance_m
from app.features.issues.guards import campaign_setting
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.standards.models import Category

REMEMBER = timedelta(days=180)
"""How far back closed cases are looked for; a relapse within the reopen window is a round of the old case instead."""


# Made once: building it costs more than asking.
_CLOSED = (
    select(Issue.id, Issue.lon, Issue.lat)
    .where(
        Issue.town_id == bindparam("town"),
        # By the kind, whose index knows places too; all revisions of it.
        Issue.category_id.in_(
            select(Category.id).where(
                Category.town_id == bindparam("town"), Category.code == bindparam("kind")
            )
        ),
        Issue.id != bindparam("case"),
        Issue.state == State.CLOSED,
        Issue.closed_at >= bindparam("since"),
        Issue.lon.between(bindparam("west"), bindparam("east")),
        Issue.lat.between(bindparam("south"), bindparam("north")),
    )
    .order_by(Issue.closed_at.desc())
    .limit(db.at_most(50))
)


def link(session: Session, issue: Issue, category: Category) -> None:
    """Fill `recurs_from_id` and `is_chronic` from closed cases of the same kind within the duplicate radius."""
    if issue.lon is None or issue.lat is None:
        return
    radius = float(campaign_setting(session, issue, "duplicate_radius_m"))
    box = bbox_around(issue.lon, issue.lat, radius)
    asked = {
        "case": issue.id,
        "town": issue.town_id,
        "kind": category.code,
        "since": issue.found_at - REMEMBER,
    }
    closed = db.rows(session, _CLOSED, asked | box._asdict())
    near = [row.id for row in closed if distance_m(issue.lon, issue.lat, row.lon, row.lat) <= radius]
    issue.recurs_from_id = near[0] if near else None
    issue.is_chronic = len(near) + 1 >= campaign_setting(session, issue, "chronic_threshold")
