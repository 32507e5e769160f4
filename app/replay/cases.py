"""What people do with a case, as their phones and desks ask for it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock, db
from app.features.identity.models import User
from app.features.identity.viewer import load_viewer
from app.features.issues import intake
from app.features.issues.bodies import ReportIn
from app.replay.stage import (
    DISPATCHER,
    INSPECTOR,
    LINE_LEADER,
    PRINCIPAL,
    REVIEWER,
    VOLUNTEER,
    Stage,
)

LIAISON = "u.p01.lia"
UNIT = "P01"


def on_the_spot(stage: Stage, point: str, category: str, *, visit: uuid.UUID | None = None) -> str:
    """An inspector finds it and somebody puts it right at once; closed as it is filed."""
    shots = [stage.shot(INSPECTOR, role, point, minutes=m) for role, m in (("before", 4), ("after", 2))]
    issue = _file(stage, INSPECTOR, "submit_closed", point, category, shots, fixed_by="other", visit_id=visit)
    if issue["state"] != "closed":
        raise AssertionError(f"not closed as it was filed: {issue}")
    return str(issue["id"])


def an_inspectors_day(stage: Stage, found: Sequence[tuple[datetime, str, str]]) -> None:
    """The same for many, sent in the evening: through the service behind the route, in one transaction."""
    with db.transaction() as session:
        user = session.get_one(User, stage.ids.users[INSPECTOR])
        viewer = load_viewer(session, user)
        shots = [_taken(stage, session, at, point) for at, point, _ in found]
        session.flush()
        for (at, point, category), pictures in zip(found, shots, strict=True):
            body = _body(
                stage,
                "submit_closed",
                point,
                category,
                pictures,
                captured_at=at.isoformat(),
                fixed_by="other",
            )
            report, _ = intake.receive(session, viewer, uuid.uuid4(), ReportIn.model_validate(body))
            if report.state != "complete":
                raise AssertionError(f"a report that is no case: {report.flags}")


def _taken(stage: Stage, session: Session, at: datetime, point: str) -> list[dict[str, Any]]:
    ago = (clock.now() - at).total_seconds() / 60
    return [
        stage.recorded(session, INSPECTOR, role, point, minutes=ago + m)
        for role, m in (("before", 0), ("after", -2))
    ]


def report(
    stage: Stage,
    point: str,
    category: str,
    *,
    by: str = VOLUNTEER,
    visit: uuid.UUID | None = None,
    **said: Any,
) -> str:
    """Found and sent."""
    shots = [stage.shot(by, "before", point, minutes=2)]
    return str(_file(stage, by, "submit", point, category, shots, visit_id=visit, **said)["id"])


def _file(
    stage: Stage, by: str, action: str, point: str, category: str, shots: list[dict[str, Any]], **said: Any
) -> dict[str, Any]:
    receipt = stage.client(by).put(
        f"/api/reports/{uuid.uuid4()}", _body(stage, action, point, category, shots, **said)
    )
    if receipt["issue"] is None or any(f.startswith("guard_failed") for f in receipt["flags"]):
        raise AssertionError(f"a report that is no case: {receipt}")
    issue: dict[str, Any] = receipt["issue"]
    return issue


def _body(
    stage: Stage, action: str, point: str, category: str, shots: list[dict[str, Any]], **said: Any
) -> dict[str, Any]:
    lon, lat = stage.places[point]
    return {
        "action": action, "category": category, "point_id": stage.ids.points[point], "photos": shots,
        "position": {"lon": lon, "lat": lat, "accuracy_m": 6, "source": "gps"}, "clock_offset_seconds": 0,
        "captured_at": (clock.now() - timedelta(minutes=5)).isoformat(),
        **{k: v for k, v in said.items() if v is not None},
    }  # fmt: skip


def act(stage: Stage, by: str, case: str, action: str, **body: Any) -> dict[str, Any]:
    """Open the case, then do it on what was seen."""
    client = stage.client(by)
    seen = client.get(f"/api/issues/{case}")
    told: dict[str, Any] = client.post(
        f"/api/issues/{case}/actions/{action}", body, **{"if-match": f'"{seen["version"]}"'}
    )
    return told


def dispatch(stage: Stage, case: str) -> None:
    act(stage, DISPATCHER, case, "dispatch", unit_id=stage.ids.units[UNIT])


def claim(stage: Stage, case: str) -> None:
    act(stage, LIAISON, case, "claim")


def escalate(stage: Stage, case: str) -> None:
    """疑难: to the principal leader."""
    act(stage, DISPATCHER, case, "escalate", reason="涉及多个单位，需要协调")


def approve_plan(stage: Stage, case: str, final_due_at: datetime) -> None:
    """专项协调会: who, what, until when."""
    act(
        stage, PRINCIPAL, case, "approve_plan", meeting="专项协调会", unit_id=stage.ids.units[UNIT],
        measures="明确牵头单位，按方案整改", milestones=[], final_due_at=final_due_at.isoformat(),
    )  # fmt: skip


def rectify(stage: Stage, case: str, point: str) -> None:
    shot = stage.shot(LIAISON, "after", point, minutes=3)
    photo = {k: v for k, v in shot.items() if k != "role"}
    act(stage, LIAISON, case, "rectify", measure="已整改到位", photos=[photo])


def close(stage: Stage, case: str) -> None:
    """The reviewer strikes it off; urgent and difficult ones wait for the second approval, which comes at once."""
    pairs = stage.client(REVIEWER).get(f"/api/issues/{case}")["pairs"]
    done = act(stage, REVIEWER, case, "close", match=[pair["id"] for pair in pairs if pair["after_id"]])
    if done["state"] == "in_review":
        second = LINE_LEADER if done["nature"] == "urgent" else PRINCIPAL
        done = act(stage, second, case, "approve_close")
    if done["state"] != "closed":
        raise AssertionError(f"not closed: {done['state']}")
