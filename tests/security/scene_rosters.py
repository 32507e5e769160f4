"""The rosters of the scene: a standby period, shifts of the patroller, an emergency team called to a case."""

import uuid
from datetime import timedelta
from typing import Any

from app.core.clock import now
from app.features.identity.models import Unit
from app.features.rosters.models import CallOut, Shift, StandbyPeriod
from app.features.volunteers.models import Team, TeamMember
from tests.support.cases import World


def rosters(session: Any, town: World, abroad: Unit, cases: dict[str, str]) -> dict[str, str]:
    """`shift:own` is to be begun, `shift:begun` was; `call_out:own` calls the patroller's team to a case."""
    ids, today = {}, now().date()
    for name, of, person in (("own", town.town, "patroller"), ("abroad", abroad, "abroad")):
        period = StandbyPeriod(town_id=of.id, name_zh="迎检", from_on=today, until_on=today)
        team = Team(
            town_id=of.id, unit_id=of.id, code=f"E-{name}", name_zh="应急队", kind="urban_guard", is_emergency=True
        )  # fmt: skip
        shift = _shift(town, of, person, hours=-1)
        begun = _shift(town, of, person, hours=-2)
        begun.checked_in_at = begun.in_received_at = now()
        session.add_all([period, team, shift, begun])
        session.flush()
        session.add(TeamMember(team_id=team.id, user_id=town.people[person].id))
        called = CallOut(town_id=of.id, issue_id=uuid.UUID(cases[name]), team_id=team.id, why="picked")
        session.add(called)
        session.flush()
        ids |= {
            f"standby:{name}": str(period.id),
            f"emergency:{name}": str(team.id),
            f"shift:{name}": str(shift.id),
            f"begun:{name}": str(begun.id),
            f"call_out:{name}": str(called.id),
        }
    return ids


def _shift(town: World, of: Unit, person: str, hours: int) -> Shift:
    times = {"starts_at": now() + timedelta(hours=hours), "ends_at": now() + timedelta(hours=6)}
    place = {"point_id": town.point.id} if of is town.town else {"at_unit_id": of.id}
    return Shift(town_id=of.id, user_id=town.people[person].id, kind="stationing", **times, **place)
