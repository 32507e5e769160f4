"""Against a server process of its own, with real commits: the same patrol many times at once, slots made by many at once."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core.clock import now
from app.features.identity.models import Unit
from app.features.patrols import plans, slots
from app.features.patrols.models import Patrol, PatrolPlan, PatrolSlot, SlotTarget, Visit
from app.features.patrols.plan_schemas import PlanIn
from app.features.places.models import Point
from tests import factories
from tests.features.patrols.conftest import patrol_body, plan_body, visit_body
from tests.support.server import LiveServer
from tests.support.street import Street, at_once, street_of


@pytest.fixture(scope="module")
def street(server_factory: Callable[..., LiveServer]) -> Street:
    return street_of(server_factory(XUNFANG_JOBS="off"))


def _plan(street: Street, code: str, **values: Any) -> uuid.UUID:
    """A plan of the town whose slots are not made yet."""
    with street.session() as session:
        town = session.scalars(sa.select(Unit).where(Unit.kind == "town")).one()
        town_id = town.id
        factories.point(session, town, territory_id=town_id)
        body = plan_body(
            code=code,
            rrule=None,
            targets="all_points",
            parties=[{"kind": "role", "code": "volunteer"}],
            **values,
        )
        plan = plans.put_plan(session, town_id, PlanIn.model_validate(body), None)
        plan.rrule = "FREQ=DAILY"
        return plan.id


def test_slots_made_by_four_at_once_are_made_once(street: Street) -> None:
    plan_id = _plan(street, "RACE")

    def fill(_: int) -> int:
        with street.session() as session:
            return slots.fill(session, plan_id)

    made = at_once(4, fill)  # type: ignore[arg-type]
    assert sorted(made)[:3] == [0, 0, 0]
    with street.session() as session:
        days = session.execute(
            sa.select(PatrolSlot.party, PatrolSlot.anchor_at, sa.func.count())
            .where(PatrolSlot.plan_id == plan_id)
            .group_by(PatrolSlot.party, PatrolSlot.anchor_at)
        ).all()
        assert sum(count for *_, count in days) == len(days) == max(made)  # type: ignore[type-var]
        session.execute(sa.update(PatrolPlan).where(PatrolPlan.id == plan_id).values(is_active=False))


def test_a_patrol_and_its_visits_all_at_once_and_many_times_are_there_once_and_together(
    street: Street,
) -> None:
    plan_id = _plan(street, "SENT")
    with street.session() as session:
        slots.fill(session, plan_id)
        mine = sa.select(PatrolSlot.id, SlotTarget.point_id).join(
            SlotTarget, SlotTarget.slot_id == PatrolSlot.id
        )
        today = mine.where(PatrolSlot.plan_id == plan_id, PatrolSlot.user_id == street.people["volunteer"].id)
        slot_id, point_id = session.execute(today.order_by(PatrolSlot.starts_at).limit(1)).one()
        point = session.get_one(Point, point_id)
    at = now() - timedelta(minutes=5)
    key, visits = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(3)]
    walk = patrol_body(at, slot_id=str(slot_id), ended_at=(at + timedelta(minutes=4)).isoformat())
    with street.client("volunteer") as client:

        def send(n: int) -> httpx.Response:
            if n % 4 == 3:
                return client.put(f"/api/patrols/{key}", json=walk)
            return client.put(f"/api/visits/{visits[n % 4]}", json=visit_body(key, point, at))

        answers = at_once(16, send)
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [200] * 12 + [201] * 4
        assert client.put(f"/api/patrols/{key}", json=walk).json()["visits"] == 3
        shown = client.get("/api/patrols/mine").json()["slots"]
        assert next(one["state"] for one in shown if one["id"] == str(slot_id)) == "done"
    with street.session() as session:
        patrol = session.scalars(sa.select(Patrol).where(Patrol.client_id == uuid.UUID(key))).one()
        kept = session.scalars(sa.select(Visit).where(Visit.patrol_client_id == uuid.UUID(key))).all()
        assert [visit.patrol_id for visit in kept] == [patrol.id] * 3
