"""What is done with personal data as such: erasing a person, the directory as a file with names and telephone numbers."""

import uuid
from collections.abc import Sequence
from typing import Any

from fastapi import Response

from app.core import audit, db
from app.core.errors import Forbidden, problems
from app.core.routes import Routes
from app.core.sheets import xlsx_bytes
from app.features.identity import erasing, queries
from app.features.identity.errors import LastAdmin, OwnAccount, StepUpNeeded
from app.features.identity.models import User
from app.features.identity.queries import system_holds, system_units
from app.features.identity.roles import PHONE_READERS
from app.features.identity.viewer import CurrentViewer

router = Routes(tags=["people"])
MOST_ROWS = 10_000
HEAD = ("姓名", "英文名", "单位", "职务", "电话", "角色", "状态", "同意书版本")
STATES = {"pending": "待确认", "active": "在用", "disabled": "停用"}
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post(
    "/people/{person_id}/erase", status_code=204, responses=problems(StepUpNeeded, OwnAccount, LastAdmin)
)
def erase_person(person_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Erase name, telephone, birth date, sign-in and what the person wrote. For good, with a fresh second factor, logged."""
    erasing.erase_person(session, viewer, person_id)


@router.get("/people.xlsx", response_class=Response, responses=problems(Forbidden, StepUpNeeded) | _FILE)
def export_people(viewer: CurrentViewer) -> Response:
    """Names and whole telephone numbers of the people in reach: with a fresh second factor, and logged."""
    if not viewer.has(*PHONE_READERS):
        raise Forbidden()
    if not viewer.has_stepped_up:
        raise StepUpNeeded()
    with db.reading() as session:
        users = session.scalars(
            queries.visible_people(viewer)
            .where(User.unit_id.in_(viewer.reach(*PHONE_READERS)))
            .order_by(User.name_zh, User.id)
            .limit(MOST_ROWS)
        ).all()
        content = xlsx_bytes({"人员": [HEAD, *_rows(session, users)]})
    audit.record_now(
        "export", actor_id=viewer.user_id, subject_kind="people", subject_id=str(viewer.town_id),
        detail={"rows": len(users), "with": ["names", "phones"]},
    )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="people.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _rows(session: Any, users: Sequence[User]) -> list[Sequence[Any]]:
    units = system_units(session, [user.unit_id for user in users])
    roles: dict[uuid.UUID, list[str]] = {}
    for hold in system_holds(session, [user.id for user in users]):
        roles.setdefault(hold.user_id, []).append(hold.role)
    return [
        (
            user.name_zh, user.name_en, units[user.unit_id].name_zh, user.title, user.phone or "",
            "、".join(sorted(set(roles.get(user.id, [])))), STATES[user.status], user.consent_version or "",
        )
        for user in users
    ]  # fmt: skip
