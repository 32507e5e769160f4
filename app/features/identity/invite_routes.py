"""Making and redeeming invites."""

import uuid

from fastapi import Response

from app.core import db
from app.core.errors import problems
from app.core.routes import Routes
from app.features.identity import invites
from app.features.identity.errors import (
    AgeRule,
    ConsentOutdated,
    InviteInvalid,
    NotGrantable,
    RoleNeedsAccount,
    WeakPassword,
)
from app.features.identity.granting import granting_of
from app.features.identity.models import InvitePurpose, User
from app.features.identity.presentation import invite_made, invites_out, unit_name
from app.features.identity.queries import live_invites, system_units
from app.features.identity.roles import AGE_RULED
from app.features.identity.schemas import (
    InviteCode,
    InviteIn,
    InviteMade,
    InviteOut,
    InvitePreview,
    JoinIn,
    SignInOut,
)
from app.features.identity.session_routes import ThisDevice, signed_in
from app.features.identity.viewer import CurrentViewer

router = Routes(tags=["invites"])
NEEDS = {
    InvitePurpose.JOIN: ["name", "consent_version"],
    InvitePurpose.REJOIN: [],
    InvitePurpose.RESET: ["password"],
}


@router.post("/invites", status_code=201, responses=problems(NotGrantable, RoleNeedsAccount))
def create_invite(body: InviteIn, viewer: CurrentViewer, session: db.Tx) -> InviteMade:
    """An invite for new people of one unit and role; link, QR code and short code are shown this once."""
    made = invites.invite_people(session, viewer, **body.model_dump())
    return invite_made(session, made)


@router.get("/invites")
def list_invites(viewer: CurrentViewer, session: db.Read) -> list[InviteOut]:
    """Invites that still work, the newest two hundred at most."""
    found = live_invites(session, viewer, granting_of(session, viewer))
    return invites_out(session, found)


@router.delete("/invites/{invite_id}", status_code=204)
def revoke_invite(invite_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """From now on nobody joins by it."""
    invites.revoke(session, viewer, invite_id)


@router.post("/join/check", responses=problems(InviteInvalid))
def check_invite(body: InviteCode, device: ThisDevice) -> InvitePreview:
    """What a code is for, before anything is filled in."""
    invite = invites.find(body.code, body.short_code, device.network)
    with db.reading() as session:
        unit = system_units(session, [invite.unit_id])[invite.unit_id]
        town = system_units(session, [unit.town_id]).get(unit.town_id) if unit.town_id else None
        person = session.get(User, invite.user_id) if invite.user_id else None
    is_aged = invite.purpose == InvitePurpose.JOIN and invite.role in AGE_RULED
    return InvitePreview.model_validate(
        {
            "purpose": invite.purpose,
            "role": invite.role,
            "unit": unit_name(unit),
            "town": unit_name(town) if town else None,
            "person": person.name_zh if person else None,
            "needs": NEEDS[InvitePurpose(invite.purpose)] + (["birth_on"] if is_aged else []),
            "ages": invites.VOLUNTEER_AGES if is_aged else None,
        }
    )


@router.post("/join", responses=problems(InviteInvalid, AgeRule, WeakPassword, ConsentOutdated))
def join(body: JoinIn, device: ThisDevice, response: Response) -> SignInOut:
    """Redeem an invite and be signed in: as a new pending person, or as oneself on a new phone."""
    fields = body.model_dump(exclude={"code", "short_code", "client"})
    step = invites.join(body.code, body.short_code, invites.Newcomer(**fields), device)
    return signed_in(response, step, body.client)
