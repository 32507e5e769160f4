"""The papers of the scene: daily sheets, documents and registers."""

from datetime import timedelta
from typing import Any

from app.core.clock import now
from app.features.dispatch.models import DailySheet
from app.features.documents.models import Document, DocumentUnit, UnitRecord
from app.features.identity.models import Unit
from app.features.ledgers.models import DepartmentRequest, InfoCall, InfoReport, KeyTask, Lead, Petition
from app.features.places.models import Frontage
from app.features.standards.models import Campaign
from tests.support.cases import World


def daily_sheets(session: Any, own: Unit, abroad: Unit) -> dict[str, str]:
    """The day's sheet of each town, by name; ours holds the orders to both units."""
    ids = {}
    for name, town in (("own", own), ("abroad", abroad)):
        campaign = session.query(Campaign).filter_by(town_id=town.id, is_active=True).one()
        sheet = DailySheet(
            town_id=town.id, campaign_id=campaign.id, on=now().date(), no=1, since_at=now() - timedelta(days=1),
            cutoff_at=now(), due_at=now(), digest={"found": 1, "closed": 0, "open": 1, "overdue": 0, "top": []},
        )  # fmt: skip
        session.add(sheet)
        session.flush()
        ids[f"daily:{name}"] = str(sheet.id)
    return ids


def documents(session: Any, town: World, abroad: Unit) -> dict[str, str]:
    """A draft and a signed notice to the liaison's unit, criticism of it, and a draft of the other town."""
    ids = {}
    for name, of, state in (
        ("draft", town.town, "draft"),
        ("own", town.town, "signed"),
        ("abroad", abroad, "draft"),
    ):
        campaign = session.query(Campaign).filter_by(town_id=of.id, is_active=True).one()
        document = Document(
            town_id=of.id,
            campaign_id=campaign.id,
            series="notice",
            no=1 if state == "signed" else None,
            state=state,
            title="督查通报",
            start_on=now().date(),
            until_on=now().date(),
            drafted_by_id=town.people["admin"].id,
        )
        if state == "signed":
            document.content = SAID
            document.signed_at, document.signed_by_id = now(), town.people["principal"].id
        session.add(document)
        session.flush()
        if of is not abroad:
            session.add(DocumentUnit(document_id=document.id, unit_id=town.unit.id))
        ids[f"document:{name}"] = str(document.id)
    said = UnitRecord(
        town_id=town.town.id, kind="criticism", unit_id=town.unit.id, held_on=now().date(), reason="拖延",
        recorded_by_id=town.people["principal"].id,
    )  # fmt: skip
    session.add(said)
    session.flush()
    return ids | {"record:own": str(said.id)}


def shops(session: Any, town: World, abroad: Unit, phone: str) -> dict[str, str]:
    """A shop of each town; ours is kept by the liaison's unit."""
    ids = {}
    for name, of, unit in (("own", town.town, town.unit), ("abroad", abroad, abroad)):
        shop = Frontage(
            town_id=of.id,
            unit_id=unit.id,
            code="S1",
            name_zh="一号店",
            lon=120.0,
            lat=30.0,
            owner_phone=phone,
        )
        session.add(shop)
        session.flush()
        ids[f"frontage:{name}"] = str(shop.id)
    return ids


def ledgers(session: Any, town: World) -> dict[str, str]:
    """A key task, a call for information and a request, all to the liaison's unit; and a petition."""
    of, unit, by, day = town.town.id, town.unit.id, town.people["admin"].id, now().date()
    campaign = session.query(Campaign).filter_by(town_id=of, is_active=True).one()
    call = InfoCall(town_id=of, title="信息", due_on=day, asked_by_id=by)
    things = {
        "key_task": KeyTask(
            town_id=of, campaign_id=campaign.id, no=1, title="任务", unit_id=unit, due_on=day
        ),
        "info_call": call,
        "department_request": DepartmentRequest(town_id=of, unit_id=unit, text="请协助", asked_by_id=by),
        "lead": Lead(
            town_id=of, channel="weibo", ref="9", text="乱停车", received_at=now(), recorded_by_id=by
        ),
        "petition": Petition(town_id=of, received_on=day, subject="停车", recorded_by_id=by),
    }
    session.add_all(things.values())
    session.flush()
    session.add(InfoReport(call_id=call.id, unit_id=unit))
    session.flush()
    return {f"{name}:own": str(one.id) for name, one in things.items()}


SAID: dict[str, Any] = {
    "as_of": "2026-11-22T10:00:00Z", "before_start_on": "2026-11-21", "before_until_on": "2026-11-21",
    **{name: [] for name in ("definitions", "figures", "changes", "categories", "point_types", "units", "pairs")},
}  # fmt: skip
