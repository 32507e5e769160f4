"""People and units, as supervisors and administrators keep them."""

import uuid
from typing import Annotated

from fastapi import Query, Response
from sqlalchemy.orm import Session

from app.core import audit, db
from app.core.errors import BadRequest, Forbidden, NotFound, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.paging import Cursor, Limit, Page, cursor_of, cut, keys_of
from app.core.routes import Routes
from app.features.identity import invites, people, queries, units
from app.features.identity.errors import (
    AgeRule,
    LastAdmin,
    LoginTaken,
    NotGrantable,
    NotPending,
    OwnAccount,
    RolesConflict,
    StepUpNeeded,
    UnitCodeTaken,
    UnitInUse,
    UnitLoop,
)
from app.features.identity.models import Role, User, UserStatus
from app.features.identity.presentation import invite_made, people_out, unit_out
from app.features.identity.queries import After
from app.features.identity.roles import DIRECTORY_READERS, MANAGERS, PHONE_READERS
from app.features.identity.schemas import (
    GrantIn,
    HandedOver,
    HandOverIn,
    InviteMade,
    PersonIn,
    PersonOut,
    PersonPatch,
    PhoneOut,
    SubstituteIn,
    UnitIn,
    UnitOut,
    UnitPatch,
    WayBackIn,
)
from app.features.identity.viewer import CurrentViewer, Viewer

router = Routes()
Search = Annotated[str, Query(max_length=80)]


def _after(cursor: str | None) -> After | None:
    if cursor is None:
        return None
    name, key = keys_of(cursor, 2)
    try:
        return str(name), uuid.UUID(key)
    except (ValueError, AttributeError, TypeError) as exc:
        raise BadRequest("This cursor is not one of ours.") from exc


def _one(session: Session, viewer: Viewer, user: User, response: Response) -> PersonOut:
    response.headers["ETag"] = row_etag(user.version)
    return people_out(session, viewer, [user])[0]


# ---- people ----
@router.get("/people", tags=["people"], responses=problems(Forbidden))
def list_people(
    viewer: CurrentViewer,
    session: db.Read,
    q: Search = "",
    unit_id: uuid.UUID | None = None,
    role: Role | None = None,
    status: UserStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PersonOut]:
    """People in reach, by name. `unit_id` includes what lies below it; the disabled only by `status=disabled`."""
    if viewer.is_pending or not viewer.has(*DIRECTORY_READERS, *MANAGERS):
        raise Forbidden()
    found = queries.list_people(
        session,
        viewer,
        q=q.strip(),
        unit_id=unit_id,
        role=role,
        status=status,
        after=_after(cursor),
        limit=limit + 1,
    )
    rows, has_more = cut(found, limit)
    following = cursor_of(rows[-1].name_zh, str(rows[-1].id)) if has_more else None
    return Page(items=people_out(session, viewer, rows), next=following)


@router.post(
    "/people",
    status_code=201,
    tags=["people"],
    responses=problems(NotGrantable, RolesConflict, LoginTaken, AgeRule),
)
def create_person(body: PersonIn, viewer: CurrentViewer, session: db.Tx, response: Response) -> PersonOut:
    """A new person with roles. Without a password: hand them an invite (`POST /people/{id}/invite`)."""
    values = body.model_dump(exclude={"roles"})
    grants = [people.Grant(g.role, g.unit_id, g.until_on) for g in body.roles]
    return _one(session, viewer, people.create_person(session, viewer, grants=grants, **values), response)


@router.get("/people/{person_id}", tags=["people"])
def get_person(
    person_id: uuid.UUID, viewer: CurrentViewer, session: db.Read, response: Response
) -> PersonOut:
    """One person in reach."""
    user = queries.find_person(session, viewer, person_id)
    if user is None:
        raise NotFound()
    return _one(session, viewer, user, response)


@router.patch(
    "/people/{person_id}", tags=["people"], responses=problems(VersionConflict, VersionNeeded, LoginTaken)
)
def change_person(
    person_id: uuid.UUID,
    body: PersonPatch,
    version: BaseVersion,
    viewer: CurrentViewer,
    session: db.Tx,
    response: Response,
) -> PersonOut:
    """Change what is said of a person; If-Match names the version seen."""
    changes = body.model_dump(exclude_unset=True)
    required = {"name_zh", "name_en", "title", "unit_id"}
    changes = {name: value for name, value in changes.items() if value is not None or name not in required}
    return _one(session, viewer, people.change_person(session, viewer, person_id, version, changes), response)


@router.post("/people/{person_id}/confirm", tags=["people"], responses=problems(NotPending, OwnAccount))
def confirm_person(
    person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx, response: Response
) -> PersonOut:
    """Take a pending person in; units now see what they sent."""
    return _one(session, viewer, people.confirm(session, viewer, person_id), response)


@router.post("/people/{person_id}/disable", tags=["people"], responses=problems(LastAdmin, OwnAccount))
def disable_person(
    person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx, response: Response
) -> PersonOut:
    """Sign a person out for good."""
    return _one(session, viewer, people.disable(session, viewer, person_id), response)


@router.post("/people/{person_id}/enable", tags=["people"], responses=problems(OwnAccount))
def enable_person(
    person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx, response: Response
) -> PersonOut:
    """Let a disabled person in again."""
    return _one(session, viewer, people.enable(session, viewer, person_id), response)


@router.post("/people/{person_id}/sign-out", status_code=204, tags=["people"])
def sign_out_person(person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """End every session of a person: a phone was lost."""
    people.sign_out_everywhere(session, viewer, person_id)


@router.post("/people/{person_id}/invite", status_code=201, tags=["people"])
def invite_person_back(
    person_id: uuid.UUID, body: WayBackIn, viewer: CurrentViewer, session: db.Tx
) -> InviteMade:
    """A one-time invite for a new phone or a forgotten password, good for a day."""
    user = people.managed_person(session, viewer, person_id)
    return invite_made(session, invites.invite_back(session, viewer, user, **body.model_dump()))


@router.post(
    "/people/{person_id}/roles",
    status_code=201,
    tags=["people"],
    responses=problems(NotGrantable, RolesConflict, OwnAccount),
)
def grant_role(
    person_id: uuid.UUID, body: GrantIn, viewer: CurrentViewer, session: db.Tx, response: Response
) -> PersonOut:
    """Give a role at a unit; the person's sessions end or get a new token."""
    grant = people.Grant(body.role, body.unit_id, body.until_on)
    return _one(session, viewer, people.grant_role(session, viewer, person_id, grant), response)


@router.delete(
    "/people/{person_id}/roles/{hold_id}", tags=["people"], responses=problems(LastAdmin, OwnAccount)
)
def revoke_role(
    person_id: uuid.UUID, hold_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx, response: Response
) -> PersonOut:
    """Take a role away, at once."""
    return _one(session, viewer, people.revoke_role(session, viewer, person_id, hold_id), response)


@router.put("/people/{person_id}/substitute", status_code=204, tags=["people"])
def set_substitute(person_id: uuid.UUID, body: SubstituteIn, viewer: CurrentViewer, session: db.Tx) -> None:
    """Who stands in while this person is away; also for oneself."""
    people.set_substitute(session, viewer, person_id, body.substitute_id, body.until_on)


@router.delete("/people/{person_id}/substitute", status_code=204, tags=["people"])
def clear_substitute(person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Back again."""
    people.set_substitute(session, viewer, person_id, None, None)


@router.post("/people/{person_id}/hand-over", tags=["people"], responses=problems(OwnAccount))
def hand_over(person_id: uuid.UUID, body: HandOverIn, viewer: CurrentViewer, session: db.Tx) -> HandedOver:
    """Move a leaver's open work to a colleague."""
    return HandedOver(moved=people.hand_over(session, viewer, person_id, body.to_id))


@router.get("/people/{person_id}/phone", tags=["people"], responses=problems(StepUpNeeded))
def get_phone(person_id: uuid.UUID, viewer: CurrentViewer) -> PhoneOut:
    """The whole number: with a fresh second factor, and logged."""
    with db.reading() as session:
        user = queries.find_person(session, viewer, person_id)
        if user is None:
            raise NotFound()
        if viewer.is_pending or not viewer.reaches(session, user.unit_id, *PHONE_READERS):
            raise Forbidden()
    if not viewer.has_stepped_up:
        raise StepUpNeeded()
    audit.record_now("phone-read", actor_id=viewer.user_id, subject_kind="user", subject_id=user.id)
    return PhoneOut(phone=user.phone)


# ---- units ----
@router.get("/units", tags=["units"])
def list_units(
    viewer: CurrentViewer,
    session: db.Read,
    q: Search = "",
    with_inactive: bool = False,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> Page[UnitOut]:
    """Units of the own town and of what one's roles reach, by code."""
    found = queries.list_units(
        session, viewer, q=q.strip(), with_inactive=with_inactive, after=_after(cursor), limit=limit + 1
    )
    rows, has_more = cut(found, limit)
    following = cursor_of(rows[-1].code, str(rows[-1].id)) if has_more else None
    return Page(items=[unit_out(u) for u in rows], next=following)


@router.get("/units/{unit_id}", tags=["units"])
def get_unit(unit_id: uuid.UUID, viewer: CurrentViewer, session: db.Read, response: Response) -> UnitOut:
    """One unit."""
    unit = queries.find_unit(session, viewer, unit_id)
    if unit is None:
        raise NotFound()
    response.headers["ETag"] = row_etag(unit.version)
    return unit_out(unit)


@router.post("/units", status_code=201, tags=["units"], responses=problems(UnitCodeTaken))
def create_unit(body: UnitIn, viewer: CurrentViewer, session: db.Tx, response: Response) -> UnitOut:
    """A new unit below another."""
    unit = units.create_unit(session, viewer, **body.model_dump())
    response.headers["ETag"] = row_etag(unit.version)
    return unit_out(unit)


@router.patch(
    "/units/{unit_id}",
    tags=["units"],
    responses=problems(VersionConflict, VersionNeeded, UnitCodeTaken, UnitInUse, UnitLoop),
)
def change_unit(
    unit_id: uuid.UUID,
    body: UnitPatch,
    version: BaseVersion,
    viewer: CurrentViewer,
    session: db.Tx,
    response: Response,
) -> UnitOut:
    """Change a unit, move it, or close it; If-Match names the version seen."""
    changes = {
        name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None
    }
    unit = units.change_unit(session, viewer, unit_id, version, changes)
    response.headers["ETag"] = row_etag(unit.version)
    return unit_out(unit)
