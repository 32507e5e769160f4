"""Signing in, the second factor, devices, and the own account."""

import uuid
from typing import Annotated

from fastapi import Depends, Request, Response

from app.core import audit, db
from app.core.clock import now
from app.core.errors import Conflict, problems
from app.core.routes import Routes
from app.features.identity import queries, sessions, totp
from app.features.identity.errors import (
    ConsentOutdated,
    SignInExpired,
    WeakPassword,
    WrongCode,
    WrongPassword,
    WrongSignIn,
)
from app.features.identity.invites import check_consent
from app.features.identity.models import User
from app.features.identity.presentation import enrolment, me_out
from app.features.identity.schemas import (
    CodeIn,
    Colleague,
    ConsentIn,
    EnrolIn,
    EnrolmentOut,
    MeOut,
    MePatch,
    PasswordIn,
    SecondFactorIn,
    SessionOpened,
    SessionOut,
    SignInIn,
    SignInOut,
    StepUpIn,
)
from app.features.identity.sessions import Device, Opened, Step
from app.features.identity.throttle import network_of
from app.features.identity.viewer import COOKIE, CurrentViewer, presented_token

router = Routes(tags=["identity"])


async def _device(request: Request) -> Device:
    address = request.client.host if request.client else None
    return Device(
        name=request.headers.get("user-agent", ""),
        network=network_of(address),
        token=presented_token(request),
    )


ThisDevice = Annotated[Device, Depends(_device)]


def set_cookie(response: Response, opened: Opened) -> None:
    """The session as the PWA carries it: unreadable to scripts, never sent over plain HTTP or from other sites."""
    seconds = int((opened.expires_at - now()).total_seconds())
    response.set_cookie(
        COOKIE, opened.token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )


def signed_in(response: Response, step: Step, client: str) -> SignInOut:
    """The answer to a step of signing in; a session goes into the cookie, or to Bearer clients as a token."""
    opened = step.opened
    if opened is None:
        setup = enrolment(step.secret, step.account) if step.secret else None
        return SignInOut.model_validate(
            {"second_factor": step.second_factor, "ticket": step.ticket, "enrolment": setup}
        )
    if client == "pwa":
        set_cookie(response, opened)
    return SignInOut(
        session=SessionOpened(id=opened.session_id, user_id=opened.user_id, expires_at=opened.expires_at),
        token=opened.token if client == "bearer" else None,
    )


@router.post("/session", responses=problems(WrongSignIn))
def sign_in(body: SignInIn, device: ThisDevice, response: Response) -> SignInOut:
    """Login and password. `second_factor` says whether six digits are to follow."""
    return signed_in(response, sessions.sign_in(body.login, body.password, device), body.client)


@router.post("/session/totp", responses=problems(WrongCode, SignInExpired))
def confirm_second_factor(body: SecondFactorIn, device: ThisDevice, response: Response) -> SignInOut:
    """The six digits for the ticket of the password step. The first right code also completes an enrolment."""
    opened = sessions.confirm_second_factor(body.ticket, body.code, device)
    return signed_in(response, Step(opened=opened), body.client)


@router.post("/session/step-up", status_code=204, responses=problems(WrongCode, WrongPassword))
def step_up(body: StepUpIn, viewer: CurrentViewer) -> None:
    """Confirm anew who sits there, before something grave."""
    sessions.step_up(viewer, body.code, body.password)


@router.delete("/session", status_code=204)
def sign_out(viewer: CurrentViewer, session: db.Tx, response: Response) -> None:
    """End this session, at once."""
    sessions.sign_out(session, viewer)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.get("/sessions")
def list_sessions(viewer: CurrentViewer, session: db.Read) -> list[SessionOut]:
    """The own signed-in devices, last seen first; a hundred at most."""
    names = [name for name in SessionOut.model_fields if name != "is_current"]
    return [
        SessionOut.model_validate(
            {name: getattr(row, name) for name in names} | {"is_current": row.id == viewer.session_id}
        )
        for row in sessions.live_sessions(session, viewer)
    ]


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Sign one of the own devices out, at once."""
    sessions.end_session(session, viewer, session_id)


# ---- the own account ----
@router.get("/me")
def get_me(request: Request, viewer: CurrentViewer, response: Response) -> MeOut:
    """Who is signed in, with roles and what the phone has to know of the server. May hand out a new token."""
    renewed = None
    if viewer.is_renewal_due:
        with db.transaction() as session:
            renewed = sessions.renew(session, viewer)
    is_bearer = "authorization" in request.headers
    if renewed and not is_bearer:
        set_cookie(response, renewed)
    with db.reading() as session:
        user = session.get_one(User, viewer.user_id)
        return me_out(session, viewer, user, renewed.token if renewed and is_bearer else None)


@router.patch("/me")
def change_me(body: MePatch, viewer: CurrentViewer, session: db.Tx) -> MeOut:
    """Change the own name, phone or language."""
    user = session.get_one(User, viewer.user_id, with_for_update=True)
    for name, value in body.model_dump(exclude_unset=True).items():
        if value is not None or name == "phone":
            setattr(user, name, value)
    session.flush()
    return me_out(session, viewer, user, None)


@router.get("/me/colleagues")
def list_colleagues(viewer: CurrentViewer, session: db.Read) -> list[Colleague]:
    """Who in the own unit could stand in while one is away; two hundred at most."""
    names = list(Colleague.model_fields)
    return [
        Colleague.model_validate({name: getattr(user, name) for name in names})
        for user in queries.colleagues(session, viewer)
    ]


@router.post("/me/password", responses=problems(WrongPassword, WeakPassword))
def change_password(
    body: PasswordIn, viewer: CurrentViewer, device: ThisDevice, response: Response
) -> SignInOut:
    """A new password; all other devices are signed out."""
    opened = sessions.change_password(viewer, body.current, body.new, device)
    return signed_in(response, Step(opened=opened), body.client)


@router.post("/me/consent", status_code=204, responses=problems(ConsentOutdated))
def give_consent(body: ConsentIn, viewer: CurrentViewer, session: db.Tx) -> None:
    """Agree to a version of the consent text."""
    check_consent(body.version)
    user = session.get_one(User, viewer.user_id, with_for_update=True)
    user.consent_version, user.consented_at = body.version, now()
    audit.record(
        session,
        "consent-given",
        actor_id=user.id,
        subject_kind="user",
        subject_id=user.id,
        detail={"version": body.version},
    )


@router.post("/me/totp", responses=problems(Conflict))
def start_totp(viewer: CurrentViewer, session: db.Read) -> EnrolmentOut:
    """A new secret for an authenticator app; it counts once a code of it was sent."""
    user = session.get_one(User, viewer.user_id)
    if user.totp_secret is not None:
        raise Conflict("A second factor is enrolled already.")
    secret = totp.new_secret()
    return EnrolmentOut(
        ticket=sessions.enrol_ticket(user, secret), enrolment=enrolment(secret, user.login or user.name_zh)
    )


@router.post("/me/totp/confirm", status_code=204, responses=problems(WrongCode, SignInExpired))
def confirm_totp(body: EnrolIn, viewer: CurrentViewer) -> None:
    """Complete the enrolment by a first code."""
    sessions.enrol(viewer, body.ticket, body.code)


@router.post("/me/totp/remove", status_code=204, responses=problems(WrongCode, Conflict))
def remove_totp(body: CodeIn, viewer: CurrentViewer) -> None:
    """Give the second factor up, where the role does not demand one."""
    sessions.remove_second_factor(viewer, body.code)
