"""HTTP of the register of shops (门前五包)."""

import uuid
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy.orm import Session

from app.core import audit, db, etag, geo, paging
from app.core.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    VersionConflict,
    problems,
)
from app.core.routes import Routes
from app.features.identity.errors import StepUpNeeded
from app.features.identity.schemas import PhoneOut
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.places import frontages
from app.features.places.frontage_schemas import FrontageIn, FrontageOut, FrontagePage, FrontagePatch
from app.features.places.models import Frontage, Point
from app.features.places.point_card import MOST, card_section
from app.features.standards.errors import CodeTaken
from app.features.standards.schemas import PLAIN
from app.features.standards.town import ViewedTown

router = Routes(prefix="/frontages", tags=["places"])
_WRITE = problems(Unauthenticated, Forbidden, NotFound, Invalid, geo.GeometryRefused)


@router.get("", responses=problems(Unauthenticated, NotFound))
def list_frontages(
    session: db.Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    q: Annotated[
        str | None, Query(max_length=60, pattern=PLAIN, description="In code, names, address")
    ] = None,
    unit_id: uuid.UUID | None = None,
    point_id: uuid.UUID | None = None,
    signed: bool | None = None,
    is_active: bool | None = True,
    limit: paging.Limit = 50,
    cursor: paging.Cursor = None,
) -> FrontagePage:
    """The town's shops by code, and how many of them signed for their five duties."""
    shops = frontages.found(
        viewer, town_id, q=q, is_signed=signed, is_active=is_active, unit_id=unit_id, point_id=point_id
    )
    page = shops.order_by(Frontage.code).limit(limit + 1)
    if cursor:
        page = page.where(Frontage.code > str(paging.keys_of(cursor, 1)[0]))
    rows, has_more = paging.cut(session.scalars(page).all(), limit)
    total, signed_too = frontages.counted(session, shops)
    return FrontagePage(
        items=frontages.show(session, viewer, rows),
        next=paging.cursor_of(rows[-1].code) if has_more else None,
        shops=total,
        signed=signed_too,
        may_add=frontages.may_add(viewer),
    )


@router.post("", status_code=201, responses=_WRITE | problems(CodeTaken))
def add_frontage(body: FrontageIn, session: db.Tx, viewer: CurrentViewer, town_id: ViewedTown) -> FrontageOut:
    """One more shop: by the office, or by a unit for itself."""
    return frontages.show(session, viewer, [frontages.add(session, viewer, town_id, body)])[0]


@router.patch("/{frontage_id}", responses=_WRITE | problems(VersionConflict, etag.VersionNeeded))
def change_frontage(
    frontage_id: uuid.UUID, body: FrontagePatch, session: db.Tx, viewer: CurrentViewer, base: etag.BaseVersion
) -> FrontageOut:
    """Change what the body names: who keeps it, what it signed for, since when."""
    return frontages.show(session, viewer, [frontages.change(session, viewer, frontage_id, body, base)])[0]


@router.get("/{frontage_id}/phone", responses=problems(Unauthenticated, Forbidden, NotFound, StepUpNeeded))
def get_frontage_phone(frontage_id: uuid.UUID, viewer: CurrentViewer) -> PhoneOut:
    """The owner's whole number: with a fresh second factor, and logged."""
    with db.reading() as session:
        row = frontages.phone(session, viewer, frontage_id)
    audit.record_now("phone-read", actor_id=viewer.user_id, subject_kind="frontages", subject_id=row.id)
    return PhoneOut(phone=row.owner_phone or None)


@card_section("frontages")
def _of_point(session: Session, viewer: Viewer, point: Point) -> list[dict[str, Any]]:
    """The shops at a point."""
    shops = frontages.found(viewer, point.town_id, is_active=True, point_id=point.id)
    rows = session.scalars(shops.order_by(Frontage.code).limit(MOST)).all()
    return [one.model_dump(mode="json") for one in frontages.show(session, viewer, rows)]
