"""What a team's phones need in the dark stairwell, put together at the reveal: points, checklists, open cases, findings to verify."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.crosscheck import queries
from app.features.crosscheck.models import Assignment, CrossFinding, CrossRound
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue, IssuePhoto
from app.features.places.models import Point
from app.features.standards import service as standards
from app.features.standards.models import Category, CheckItem, PointType, Standard

FENCE_M = 50
MOST_OPEN = 500
SCALE: list[dict[str, Any]] = [
    {"code": "pass", "zh": "符合", "en": "conforms", "share": 1.0},
    {"code": "minor", "zh": "基本符合", "en": "mostly", "share": 0.66},
    {"code": "major", "zh": "较差", "en": "poor", "share": 0.33},
    {"code": "fail", "zh": "不符合", "en": "fails", "share": 0.0},
    {"code": "na", "zh": "不适用", "en": "not applicable", "share": None},
]
"""Of a town whose standard has none."""


def build(session: Session, round_: CrossRound, target: uuid.UUID) -> dict[str, Any]:
    """As of now; what comes later is seen on the spot."""
    points = queries.system_scope(session, round_.town_id, target, round_.point_types)
    version = select(Standard.version).where(Standard.town_id == round_.town_id, Standard.is_current)
    items_of = _items_of(session, round_.town_id, {p.type_code for p in points})
    codes = sorted({code for codes in items_of.values() for code in codes})
    return {
        "points": [_point(p, items_of.get(p.type_code, [])) for p in points],
        "items": _items(session, round_.town_id, codes),
        "standard_version": session.scalar(version) or "",
        "result_scale": scale_of(session, round_.town_id),
        "open_issues": _open_issues(session, points),
        "to_verify": _to_verify(session, round_, target),
    }


def scale_of(session: Session, town_id: uuid.UUID) -> list[dict[str, Any]]:
    """The town's result scale: codes with their shares (M30)."""
    return told_scale(standards.lists_of(session, town_id).get("result_scale", [])) or SCALE


def told_scale(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As phones read it: names like those of points and items, the share as a fraction."""
    return [
        {
            "code": row["code"],
            "zh": row["name_zh"],
            "en": row["name_en"],
            "share": None if row["share_percent"] is None else row["share_percent"] / 100,
        }
        for row in rows
    ]


def _point(point: Point, items: list[str]) -> dict[str, Any]:
    return {
        "id": str(point.id),
        "code": point.code,
        "zh": point.name_zh,
        "en": point.name_en,
        "type_code": point.type_code,
        "is_key": point.is_key,
        "is_strict": point.is_strict,
        "address": point.address,
        "lon": point.lon,
        "lat": point.lat,
        "geometry": point.geometry,
        "fence_m": max(FENCE_M, point.buffer_m),
        "items": items,
    }


def _items_of(session: Session, town_id: uuid.UUID, types: set[str]) -> dict[str, list[str]]:
    rows = session.scalars(
        select(PointType).where(
            PointType.town_id == town_id, PointType.code.in_(types), PointType.superseded_at.is_(None)
        )
    )
    return {row.code: list(row.check_item_codes) for row in rows}


def _items(session: Session, town_id: uuid.UUID, codes: Sequence[str]) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(CheckItem)
        .where(CheckItem.town_id == town_id, CheckItem.code.in_(codes), CheckItem.superseded_at.is_(None))
        .order_by(CheckItem.code)
    )
    return [
        {
            "code": row.code,
            "revision": row.revision,
            "zh": row.name_zh,
            "en": row.name_en,
            "theme": row.theme,
            "method": row.method,
            "categories": list(row.category_codes),
        }
        for row in rows
        if row.is_active
    ]


def _open_issues(session: Session, points: Sequence[Point]) -> list[dict[str, Any]]:
    """Open cases at these points, so that nobody finds them for the first time twice."""
    found = (
        select(Issue)
        .where(Issue.point_id.in_([p.id for p in points]), Issue.state.in_(OPEN), Issue.is_held.is_(False))
        .order_by(Issue.found_at.desc(), Issue.id)
        .limit(MOST_OPEN)
    )
    return [_case(session, issue) for issue in session.scalars(found)]


def _case(session: Session, issue: Issue) -> dict[str, Any]:
    category = session.get_one(Category, issue.category_id)
    photo = select(IssuePhoto.photo_id).where(
        IssuePhoto.issue_id == issue.id, IssuePhoto.kind == "before", IssuePhoto.round_no == issue.round_no
    )
    photo_id = session.scalar(photo.order_by(IssuePhoto.order_no).limit(1))
    return {
        "issue_id": str(issue.id),
        "no": issue.no,
        "state": issue.state,
        "point_id": str(issue.point_id) if issue.point_id else None,
        "category": {"code": category.code, "zh": category.name_zh, "en": category.name_en},
        "description": issue.description,
        "nature": issue.nature,
        "found_at": issue.found_at.isoformat(),
        "due_at": issue.due_at.isoformat() if issue.due_at else None,
        "lon": issue.lon,
        "lat": issue.lat,
        "photo_id": str(photo_id) if photo_id else None,
    }


def _to_verify(session: Session, round_: CrossRound, target: uuid.UUID) -> list[dict[str, Any]]:
    """S31: the look-back list of a reverse round: what the forward round found at this target, with how it stands now."""
    if round_.verifies_id is None:
        return []
    rows = session.execute(
        select(CrossFinding.id, Issue)
        .join(Assignment, Assignment.id == CrossFinding.assignment_id)
        .join(Issue, Issue.id == CrossFinding.issue_id)
        .where(Assignment.round_id == round_.verifies_id, Assignment.target_id == target)
        .where(CrossFinding.merged_into_id.is_(None))
        .order_by(Issue.no)
    )
    return [{"finding_id": str(row[0])} | _case(session, row[1]) for row in rows]
