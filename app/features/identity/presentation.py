"""Rows of identity as their readers may see them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.config import get_settings
from app.core.instance import durability
from app.features.identity import totp
from app.features.identity.granting import Granting, granting_of
from app.features.identity.invites import Made
from app.features.identity.models import Invite, Role, RoleHold, Unit, UnitKind, User, UserStatus
from app.features.identity.queries import system_holds, system_units
from app.features.identity.roles import CONFIGURERS, MANAGERS
from app.features.identity.schemas import (
    Capability,
    Enrolment,
    InviteMade,
    InviteOut,
    MeOut,
    PersonOut,
    RoleOut,
    TownName,
    UnitName,
    UnitOut,
)
from app.features.identity.viewer import Viewer

LEADERS = (Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.LEADER)
CAPABILITIES: dict[Capability, frozenset[str]] = {
    Capability.REPORT: frozenset(Role) - {Role.ADMIN, Role.REVIEWER, Role.PUBLIC, Role.AUDITOR},
    Capability.TRIAGE: frozenset({Role.OFFICE_ADMIN, Role.DISPATCHER}),
    Capability.REVIEW: frozenset({Role.OFFICE_ADMIN, Role.REVIEWER, *LEADERS}),
    Capability.LEAD: frozenset({Role.OFFICE_ADMIN, Role.DISTRICT_INSPECTOR, *LEADERS}),
    Capability.CONFIGURE: frozenset(CONFIGURERS),
    Capability.MANAGE_PEOPLE: frozenset(MANAGERS),
    Capability.ADMINISTER: frozenset({Role.ADMIN, Role.OFFICE_ADMIN}),
    Capability.AUDIT: frozenset({Role.AUDITOR}),
    Capability.UNIT: frozenset(
        {Role.LIAISON, Role.UNIT_PRINCIPAL, Role.RECTIFIER, Role.POINT_CHIEF, Role.EMERGENCY_MEMBER}
    ),
}
"""DOMAIN.md §3, as far as the navigation needs it."""


def masked_phone(phone: str | None) -> str | None:
    """138****5678: enough to recognise, not enough to call."""
    if not phone:
        return None
    digits = "".join(c for c in phone if c.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"****{digits[-2:]}"


def unit_name(unit: Unit) -> UnitName:
    return UnitName(
        id=unit.id, code=unit.code, name_zh=unit.name_zh, name_en=unit.name_en, kind=UnitKind(unit.kind)
    )


def unit_out(unit: Unit) -> UnitOut:
    return UnitOut(
        **unit_name(unit).model_dump(),
        parent_id=unit.parent_id,
        town_id=unit.town_id,
        tags=unit.tags,
        is_active=unit.is_active,
        version=unit.version,
    )


def enrolment(secret: str, account: str) -> Enrolment:
    link = totp.uri(secret, account)
    return Enrolment(secret=secret, uri=link, qr_svg=totp.qr_svg(link))


def _roles(holds: Sequence[RoleHold], units: dict[object, Unit]) -> list[RoleOut]:
    return [
        RoleOut(id=h.id, role=Role(h.role), unit=unit_name(units[h.unit_id]), until_on=h.until_on)
        for h in holds
    ]


def _capabilities(viewer: Viewer) -> list[Capability]:
    if viewer.is_pending:
        return [Capability.REPORT]
    return [capability for capability, roles in CAPABILITIES.items() if viewer.has(*roles)]


def me_out(session: Session, viewer: Viewer, user: User, token: str | None) -> MeOut:
    """Everything the PWA needs to know of who is signed in."""
    holds = [
        h
        for h in system_holds(session, [user.id])
        if (h.role, h.unit_id) in {(v.role, v.unit_id) for v in viewer.holds}
    ]
    units = system_units(session, [user.unit_id, viewer.town_id, *(h.unit_id for h in holds)])
    town = units.get(viewer.town_id) if viewer.town_id else None
    restore_epoch, durable_through = durability(session)
    return MeOut(
        **{name: getattr(user, name) for name in ("id", "login", "name_zh", "name_en", "title", "phone")},
        locale="en" if user.locale == "en" else "zh",
        status=UserStatus(user.status),
        is_pending=viewer.is_pending,
        has_password=user.password_hash is not None,
        has_second_factor=user.totp_secret is not None,
        consent_version=user.consent_version,
        consent_current=get_settings().consent_version,
        substitute_id=user.substitute_id,
        substitute_until=user.substitute_until,
        stands_in_for=list(viewer.stands_in_for),
        unit=unit_name(units[user.unit_id]),
        town=_town(town) if town else None,
        roles=_roles(holds, units),  # type: ignore[arg-type]
        capabilities=_capabilities(viewer),
        session_id=viewer.session_id,
        second_factor_at=viewer.second_factor_at,
        server_time=now(),
        restore_epoch=restore_epoch,
        durable_through=durable_through,
        token=token,
    )


def _town(town: Unit) -> TownName:
    return TownName(
        **unit_name(town).model_dump(),
        timezone=town.settings.get("timezone", "Asia/Shanghai"),
        is_demo=bool(town.settings.get("is_demo")),
    )


def people_out(session: Session, viewer: Viewer, users: Sequence[User]) -> list[PersonOut]:
    """People with their roles, in four statements however many they are."""
    granting = granting_of(session, viewer)
    by_user: dict[object, list[RoleHold]] = {}
    holds = system_holds(session, [u.id for u in users])
    for hold in holds:
        by_user.setdefault(hold.user_id, []).append(hold)
    units = system_units(session, [*(u.unit_id for u in users), *(h.unit_id for h in holds)])
    return [_person(u, by_user.get(u.id, []), units, granting) for u in users]  # type: ignore[arg-type]


def _person(user: User, holds: list[RoleHold], units: dict[object, Unit], granting: Granting) -> PersonOut:
    may_manage = granting.may_manage(user, holds)
    return PersonOut(
        **{
            name: getattr(user, name)
            for name in ("id", "name_zh", "name_en", "title", "created_at", "version")
        },
        login=user.login if may_manage else None,
        phone_masked=masked_phone(user.phone),
        unit=unit_name(units[user.unit_id]),
        status=UserStatus(user.status),
        roles=_roles(holds, units),
        has_password=user.password_hash is not None,
        has_second_factor=user.totp_secret is not None,
        substitute_id=user.substitute_id,
        substitute_until=user.substitute_until,
        may_manage=may_manage,
    )


def invites_out(session: Session, invites: Sequence[Invite]) -> list[InviteOut]:
    """Invites without their codes, which nobody knows any more."""
    units = system_units(session, [i.unit_id for i in invites])
    return [
        InviteOut.model_validate(
            {name: getattr(i, name) for name in InviteOut.model_fields if name != "unit"}
            | {"unit": unit_name(units[i.unit_id])}
        )
        for i in invites
    ]


def invite_made(session: Session, made: Made) -> InviteMade:
    """A new invite with its codes and QR code."""
    plain = invites_out(session, [made.invite])[0]
    short = f"{made.short_code[:4]}-{made.short_code[4:]}"
    return InviteMade(**plain.model_dump(), link=made.link, short_code=short, qr_svg=totp.qr_svg(made.link))
