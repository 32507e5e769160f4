"""The demo town's patrol plans, as demo.yaml has them, with the last week's rounds and today's."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.demo import walks
from app.demo.settle import Settled
from app.demo.town import load_town
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.patrols import plans, slots, watches
from app.features.patrols.models import PatrolPlan, WatchPeriod, WatchState
from app.features.patrols.plan_schemas import PlanIn, SlotIn
from app.features.patrols.watch_schemas import WatchDecisionIn

PAST = timedelta(days=7)
TIMED = ("window_minutes", "visibility", "mode")
PARTIES: Mapping[str, list[dict[str, str]]] = {
    "leaders": [{"kind": "role", "code": "leader"}],
    "communities+villages": [
        {"kind": "unit_kind", "code": "community"},
        {"kind": "unit_kind", "code": "village"},
    ],
    "territory": [{"kind": "territory", "code": "all"}],
}
KEY_POINTS_TODAY = {
    "code": "PLK",
    "name_zh": "重点点位专项巡访",
    "name_en": "Round of key points",
    "kind": "key_point",
    "targets": "points",
    "target_codes": ["K01", "K05", "K10", "K12", "K02"],
    "parties": [{"kind": "team", "code": "TM-PAT"}],
    "has_publicity": True,
}
"""The citizen patrol group walks on the 10th and 25th: so that it has something to do today, too."""


def load_patrols(session: Session, settled: Settled, at: datetime) -> None:
    """The plans since a week, walked until now, and a round put in by hand for the citizen patrol group."""
    town, raw = session.get_one(Unit, settled.units["T00"]), load_town(at)
    teams = {row["code"] for row in raw["teams"]}
    with clock.frozen(at - PAST):
        for row in raw["patrol_plans"]:
            plans.put_plan(session, town.id, PlanIn.model_validate(_plan(row, teams)), None)
    walks.walk(session, town.id, at)
    with clock.frozen(at):
        for plan_id in session.scalars(select(PatrolPlan.id).where(PatrolPlan.town_id == town.id)).all():
            slots.fill(session, plan_id)
        extra = PlanIn.model_validate(KEY_POINTS_TODAY | {"start_on": raw["campaign"]["start_on"]})
        by_hand = plans.put_plan(session, town.id, extra, None)
        plans.put_slots(session, by_hand, _today(at))
        _watch(session, load_viewer(session, session.get_one(User, settled.users["u.office1"])))


def _watch(session: Session, office: Viewer) -> None:
    """The first watch that a relapse of the last weeks proposed is opened."""
    proposed = select(WatchPeriod.id).where(WatchPeriod.state == WatchState.PROPOSED)
    found = session.scalars(proposed.order_by(WatchPeriod.proposed_at).limit(1)).first()
    if found is not None:
        watches.decide(session, office, found, WatchDecisionIn(decision="accept"))


def _plan(row: Mapping[str, Any], teams: set[str]) -> dict[str, Any]:
    by, looks_at = row["by"], row["targets"]
    named = [by] if isinstance(by, str) else by
    parties = PARTIES.get(by) if isinstance(by, str) else None
    return {
        "code": row["code"], "name_zh": row["zh"], "name_en": row["en"].replace("’", "'"), "level": row["level"],
        "kind": row["kind"], "rrule": row["rrule"], "start_on": row.get("dtstart", "2021-06-28"),
        "targets": "points" if isinstance(looks_at, list) else looks_at,
        "target_codes": looks_at if isinstance(looks_at, list) else [],
        "parties": parties or [{"kind": "team" if code in teams else "unit", "code": code} for code in named],
        "has_publicity": row.get("publicity", False),
        **{key: row[key] for key in TIMED if key in row},
    }  # fmt: skip


def _today(at: datetime) -> SlotIn:
    begins = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return SlotIn(starts_at=begins, ends_at=begins + timedelta(hours=9))
