"""Call-outs as the office and a team see them, with the minutes to the arrival (M35)."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.instance import durability
from app.features.identity.viewer import Viewer
from app.features.issues import listing
from app.features.issues import policy as cases
from app.features.issues.models import Issue, IssuePhoto
from app.features.issues.schemas import CategoryRef, Named
from app.features.photos import service as photos
from app.features.places.models import Point
from app.features.rosters import call_outs, policy
from app.features.rosters.call_out_schemas import (
    CalledCase,
    CalledTeam,
    CallOutList,
    CallOutOut,
    CallOutReceipt,
)
from app.features.rosters.models import CallOut, Shift
from app.features.standards.models import Category
from app.features.volunteers.models import Team

SHOWN = 100
_ROWS: Select[*tuple[Any, ...]] = (
    select(
        CallOut, Issue, Category.code, Category.name_zh.label("kind_zh"), Category.name_en.label("kind_en"),
        Point.name_zh.label("point_zh"), Point.name_en.label("point_en"),
    )
    .join(Issue, Issue.id == CallOut.issue_id)
    .join(Category, Category.id == Issue.category_id)
    .outerjoin(Point, Point.id == Issue.point_id)
)  # fmt: skip


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID, days: int) -> CallOutList:
    """Open ones and those of the last days, as far as the viewer may know of them."""
    at = now()
    seen = policy.visible_call_outs(viewer), CallOut.town_id == town_id
    since = CallOut.called_at > at - timedelta(days=days)
    is_open = CallOut.done_at.is_(None) & CallOut.withdrawn_at.is_(None)
    rows = session.execute(
        _ROWS.where(*seen, since | is_open)
        .order_by(is_open.desc(), CallOut.called_at.desc(), CallOut.id)
        .limit(SHOWN)
    ).all()
    called = session.execute(
        select(CallOut.called_at, CallOut.arrived_at).where(*seen, since, CallOut.withdrawn_at.is_(None))
    ).all()
    took = sorted((one.arrived_at - one.called_at).total_seconds() / 60 for one in called if one.arrived_at)
    may_call = viewer.reaches(session, town_id, *policy.CALLERS)
    return CallOutList(
        at=at,
        items=shown(session, viewer, rows, at),
        called=len(called),
        arrived=len(took),
        median_minutes=round(median(took), 1) if took else None,
        p90_minutes=round(took[ceil(0.9 * len(took)) - 1], 1) if took else None,
        teams=list(_teams(session, town_id, at).values()) if may_call else [],
        may_call=may_call,
    )


def _teams(session: Session, town_id: uuid.UUID, at: datetime) -> dict[uuid.UUID, CalledTeam]:
    """The town's emergency teams, each with how many are on duty now."""
    there = (
        select(Shift.team_id, func.count().label("n"))
        .where(
            Shift.town_id == town_id, Shift.checked_in_at.is_not(None), Shift.checked_out_at.is_(None),
            Shift.ends_at > at, Shift.team_id.is_not(None),
        )
        .group_by(Shift.team_id)
    )  # fmt: skip
    counted = {row.team_id: row.n for row in session.execute(there)}
    found = select(Team).where(Team.town_id == town_id, Team.is_emergency, Team.is_active).order_by(Team.code)
    return {
        team.id: CalledTeam(
            id=team.id, zh=team.name_zh, en=team.name_en, duty_phone=team.duty_phone, on_duty=counted.get(team.id, 0)
        )
        for team in session.scalars(found.limit(50))
    }  # fmt: skip


def one(session: Session, viewer: Viewer, row: CallOut) -> CallOutOut:
    """A call-out after a change."""
    return shown(session, viewer, session.execute(_ROWS.where(CallOut.id == row.id)).all(), now())[0]


def shown(session: Session, viewer: Viewer, rows: Sequence[Any], at: datetime) -> list[CallOutOut]:
    """In the same order."""
    if not rows:
        return []
    ids = [row.Issue.id for row in rows]
    opened, thumbs = cases.seen_of(session, viewer, ids), listing.thumbs(session, ids)
    teams = _teams(session, rows[0].CallOut.town_id, at)
    mine = set(session.scalars(policy.my_teams(viewer)))
    leads = viewer.reaches(session, rows[0].CallOut.town_id, *policy.CALLERS)
    return [
        CallOutOut(
            **_told(row.CallOut, at),
            case=_case(row, row.Issue.id in opened, thumbs.get(row.Issue.id, {}).get("before")),
            team=teams.get(row.CallOut.team_id),
            may_answer=row.CallOut.team_id in mine
            and call_outs.state_of(row.CallOut) in ("called", "arrived"),
            may_lead=leads and call_outs.state_of(row.CallOut) == "called",
        )
        for row in rows
    ]


_OWN = ("id", "why", "called_at", "arrived_at", "done_at", "withdrawn_at", "note", "version")


def _told(row: CallOut, at: datetime) -> dict[str, Any]:
    until = row.arrived_at or row.withdrawn_at or row.done_at or at
    return {
        **{name: getattr(row, name) for name in _OWN},
        "state": call_outs.state_of(row),
        "by_rule": row.called_by_id is None,
        "minutes": round((until - row.called_at).total_seconds() / 60, 1),
    }


def _case(row: Any, may_open: bool, thumb: str | None) -> CalledCase:
    issue: Issue = row.Issue
    plain = ("id", "no", "state", "nature", "description", "lon", "lat")
    return CalledCase(
        **{name: getattr(issue, name) for name in plain},
        category=CategoryRef(code=row.code, zh=row.kind_zh, en=row.kind_en),
        point=Named(id=issue.point_id, zh=row.point_zh, en=row.point_en) if issue.point_id else None,
        thumb=thumb,
        may_open=may_open,
    )


def receipt(session: Session, row: CallOut) -> CallOutReceipt:
    """As stored; received by the word that came last."""
    epoch, through = durability(session)
    return CallOutReceipt(
        id=row.id,
        received_at=row.done_at or row.arrived_at or row.called_at,
        state=call_outs.state_of(row),
        arrived_at=row.arrived_at,
        done_at=row.done_at,
        restore_epoch=epoch,
        durable_through=through,
    )


def sees_photo(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
    """Who was called to a case sees what it looks like there."""
    found = (
        select(CallOut.id)
        .join(IssuePhoto, IssuePhoto.issue_id == CallOut.issue_id)
        .where(
            IssuePhoto.photo_id == photo_id, CallOut.team_id.in_(policy.my_teams(viewer)), policy.visible_call_outs(viewer)
        )
    )  # fmt: skip
    return session.scalar(found.limit(1)) is not None


photos.register_visibility(sees_photo)
