"""HTTP of campaigns and standards."""

import uuid
from typing import Annotated

from fastapi import Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.core import db, etag
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.standards import checklists, queries, service
from app.features.standards.errors import CodeTaken
from app.features.standards.models import Category, CheckItem, PointType
from app.features.standards.schemas import (
    CampaignIn,
    CampaignList,
    CampaignOut,
    CampaignPatch,
    CategoryIn,
    CategoryOut,
    CategoryPatch,
    CheckItemIn,
    CheckItemOut,
    CheckItemPatch,
    ChecklistOut,
    Lists,
    PointTypeIn,
    PointTypeOut,
    PointTypePatch,
    StandardsOut,
)
from app.features.standards.town import ViewedTown

EntryCode = Annotated[str, Path(pattern=r"^[0-9A-Za-z._-]{1,24}$")]
router = Routes(tags=["standards"])
_READ = problems(Unauthenticated, NotFound)
_ADD = problems(Unauthenticated, Forbidden, NotFound, CodeTaken, Invalid)
_CHANGE = problems(Unauthenticated, Forbidden, NotFound, VersionConflict, Invalid, etag.VersionNeeded)


@router.get("/standards", response_model=StandardsOut, responses=_READ | {304: {"description": "Unchanged"}})
def get_standards(
    request: Request, response: Response, town_id: ViewedTown, session: db.Read
) -> StandardsOut | Response:
    """All a phone needs offline to file a report, but points and grids. Kept by ETag."""
    tag = etag.list_etag(queries.system_list_tag(session, town_id, "standards"), town_id)
    if etag.is_current(request, tag):
        return etag.not_modified(tag)
    response.headers.update(etag.list_headers(tag))
    return _standards(session, town_id)


def _standards(session: Session, town_id: uuid.UUID) -> StandardsOut:
    standard = queries.system_standard(session, town_id)
    campaign = service.active_campaign(session, town_id)
    lists = Lists.model_validate(standard.lists) if standard else Lists()
    return StandardsOut(
        **dict(lists),
        town_id=town_id,
        version=standard.version if standard else None,
        checklist_version=checklists.version_of(session, town_id),
        campaign=CampaignOut.model_validate(campaign) if campaign else None,
        categories=[
            CategoryOut.model_validate(r) for r in queries.system_current(session, Category, town_id)
        ],
        check_items=[
            CheckItemOut.model_validate(r) for r in queries.system_current(session, CheckItem, town_id)
        ],
        point_types=[
            PointTypeOut.model_validate(r) for r in queries.system_current(session, PointType, town_id)
        ],
    )


@router.get("/checklists/{type_code}", response_model=ChecklistOut, responses=_READ)
def get_checklist(
    type_code: EntryCode,
    town_id: ViewedTown,
    session: db.Read,
    version: Annotated[str | None, Query(pattern=r"^(0|\d{8}T\d{12}Z)$")] = None,
) -> ChecklistOut:
    """What is looked at at a kind of place: as it is, or as it was in the version a visit stored."""
    return checklists.checklist(session, town_id, type_code, version)


@router.post("/categories", response_model=CategoryOut, status_code=201, responses=_ADD)
def add_category(body: CategoryIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> Category:
    """A category of the town's own."""
    return service.add_entry(session, viewer, Category, town_id=town_id, entry=body)


@router.patch("/categories/{code}", response_model=CategoryOut, responses=_CHANGE)
def revise_category(
    code: EntryCode,
    body: CategoryPatch,
    base: etag.BaseVersion,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Tx,
) -> Category:
    """An edit makes a new revision; If-Match holds the revision edited."""
    return service.revise_entry(
        session, viewer, Category, town_id=town_id, code=code, patch=body, base_revision=base
    )


@router.post("/check-items", response_model=CheckItemOut, status_code=201, responses=_ADD)
def add_check_item(
    body: CheckItemIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx
) -> CheckItem:
    """A check item of the town's own."""
    return service.add_entry(session, viewer, CheckItem, town_id=town_id, entry=body)


@router.patch("/check-items/{code}", response_model=CheckItemOut, responses=_CHANGE)
def revise_check_item(
    code: EntryCode,
    body: CheckItemPatch,
    base: etag.BaseVersion,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Tx,
) -> CheckItem:
    """An edit makes a new revision; If-Match holds the revision edited."""
    return service.revise_entry(
        session, viewer, CheckItem, town_id=town_id, code=code, patch=body, base_revision=base
    )


@router.post("/point-types", response_model=PointTypeOut, status_code=201, responses=_ADD)
def add_point_type(
    body: PointTypeIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx
) -> PointType:
    """A point type of the town's own."""
    return service.add_entry(session, viewer, PointType, town_id=town_id, entry=body)


@router.patch("/point-types/{code}", response_model=PointTypeOut, responses=_CHANGE)
def revise_point_type(
    code: EntryCode,
    body: PointTypePatch,
    base: etag.BaseVersion,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Tx,
) -> PointType:
    """An edit makes a new revision; If-Match holds the revision edited."""
    return service.revise_entry(
        session, viewer, PointType, town_id=town_id, code=code, patch=body, base_revision=base
    )


@router.get("/campaigns", response_model=CampaignList, responses=_READ)
def list_campaigns(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> CampaignList:
    """The town's campaigns, newest first; there are a handful."""
    rows = session.scalars(queries.visible_campaigns(viewer, town_id).limit(100)).all()
    return CampaignList(items=[CampaignOut.model_validate(row) for row in rows])


@router.post("/campaigns", response_model=CampaignOut, status_code=201, responses=_ADD)
def open_campaign(
    body: CampaignIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx
) -> CampaignOut:
    """A new campaign; an active one takes over from the one before."""
    return CampaignOut.model_validate(service.open_campaign(session, viewer, town_id=town_id, campaign=body))


@router.patch("/campaigns/{campaign_id}", response_model=CampaignOut, responses=_CHANGE)
def change_campaign(
    campaign_id: uuid.UUID,
    body: CampaignPatch,
    base: etag.BaseVersion,
    viewer: CurrentViewer,
    session: db.Tx,
) -> CampaignOut:
    """Dates, phases, settings, which one is active."""
    row = service.change_campaign(session, viewer, campaign_id=campaign_id, patch=body, base_version=base)
    return CampaignOut.model_validate(row)
