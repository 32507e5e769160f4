"""The daily sheet: made at the cut-off, received by units, late if it went out late; and what nobody claims in time."""

import io
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
from sqlalchemy import update

from app.core import db
from app.core.clock import frozen, now
from app.features.dispatch.jobs import send_daily_sheets
from app.features.issues.models import Issue
from app.features.standards.models import Campaign
from tests.support.cases import World

ZONE = ZoneInfo("Asia/Shanghai")


def got(town: World, name: str, path: str, **query: Any) -> Any:
    answer = town.client(name).get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sent_to(town: World, unit: Any, **changes: Any) -> str:
    case = town.filed(**changes)
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(unit.id))
    return str(case["id"])


def test_at_the_cut_off_each_unit_gets_its_tasks_of_the_day_receives_them_and_leaders_the_figures_D18_D19_D21_D03(
    town: World,
) -> None:
    for name in town.people:
        town.client(name)
    morning = datetime.combine(now().astimezone(ZONE).date() + timedelta(days=1), time(10), ZONE)
    with frozen(morning) as advance:
        ours, theirs = sent_to(town, town.unit), sent_to(town, town.other_unit, nature="urgent")
        town.done("liaison", ours, "claim")
        advance(timedelta(hours=3))
        waiting = sent_to(town, town.other_unit)
        with db.transaction() as session:  # of a round that is not released: no figure knows of it
            session.execute(update(Issue).where(Issue.id == UUID(town.filed()["id"])).values(is_held=True))
        advance(timedelta(hours=4, minutes=59))
        send_daily_sheets()
        assert got(town, "admin", "daily-sheets")["items"] == [], "17:59"
        late = got(town, "admin", "dispatch/unclaimed")
        assert (late["hours"], late["urgent_minutes"]) == (4, 30)
        assert [(one["unit"]["zh"], [i["id"] for i in one["issues"]]) for one in late["items"]] == [
            ("城管中队", [theirs, waiting])
        ]
        assert got(town, "admin", "dispatch/unclaimed", hours=6)["items"][0]["issues"][0]["id"] == theirs
        advance(timedelta(minutes=2))
        for start in (morning.date() + timedelta(days=1), morning.date()):
            assert got(town, "admin", "daily-sheets")["items"] == [], "none before the campaign"
            with db.transaction() as session:
                session.execute(
                    update(Campaign).where(Campaign.town_id == town.town.id).values(start_on=start)
                )
            send_daily_sheets()
        for _ in range(2):
            send_daily_sheets()
        (sheet,) = got(town, "principal", "daily-sheets")["items"]
        assert (sheet["on"], sheet["no"], sheet["is_late"]) == (str(morning.date()), 1, False)
        assert (sheet["orders"], sheet["units"], sheet["received"]) == (3, 2, 0)
        received(town, sheet["id"], ours)
        leaders_are_told(town, sheet["id"])
        files_are_taken_out(town, sheet["id"])
        missed_days_are_made_up_for(town, advance)


def received(town: World, sheet: str, ours: str) -> None:
    path = f"daily-sheets/{sheet}"
    mine = got(town, "liaison", path)
    assert [(row["unit"]["zh"], row["issue"]["id"]) for row in mine["rows"]] == [("汀兰物业", ours)]
    assert (mine["may_receive"], mine["receipts"][0]["at"], mine["digest"]) == (True, None, None)
    for name, status in {"volunteer": 403, "pending": 403, "stranger": 404, "admin": 403}.items():
        assert town.client(name).put(f"/api/{path}/receipt").status_code == status, name
    first, again = (town.client("liaison").put(f"/api/{path}/receipt").json() for _ in range(2))
    assert (first["receipts"], first["may_receive"]) == (again["receipts"], False)
    assert [one["by"] for one in first["receipts"]] == [None], "a name is for those who read the whole sheet"
    whole = got(town, "admin", path)
    assert [row["issue"]["state"] for row in whole["rows"]] == ["rectifying", "dispatched", "dispatched"]
    receipts = {one["unit"]["zh"]: (one["at"] is not None, one["by"]) for one in whole["receipts"]}
    name = town.people["liaison"].name_zh
    assert receipts == {"汀兰物业": (True, name), "城管中队": (False, None)}
    assert whole["received"] == 1


def leaders_are_told(town: World, sheet: str) -> None:
    for name in ("leader", "line", "principal", "admin"):
        (told,) = [one for one in got(town, name, "inbox")["items"] if one["kind"] == "daily_digest"]
        figures = {key: told["params"][key] for key in ("found", "closed", "open", "overdue")}
        assert figures == {"found": 3, "closed": 0, "open": 3, "overdue": 0}
        assert [(one["code"], one["count"]) for one in told["params"]["top"]] == [(town.category.code, 3)]
    for name in ("liaison", "other_liaison"):
        assert "daily_sheet" in [one["kind"] for one in got(town, name, "inbox")["items"]]
    assert "daily_sheet" not in [one["kind"] for one in got(town, "rectifier", "inbox")["items"]]
    assert got(town, "leader", f"daily-sheets/{sheet}")["digest"]["found"] == 3


def files_are_taken_out(town: World, sheet: str) -> None:
    text = town.client("leader").get(f"/api/daily-sheets/{sheet}/text").text
    assert "发现3件，销项0件，未结3件，其中超期0件。" in text
    assert "已签收1个" in text
    assert town.client("liaison").get(f"/api/daily-sheets/{sheet}/text").status_code == 403
    book = town.client("admin").get(f"/api/daily-sheets/{sheet}/sheet.xlsx").content
    rows, receipts = (
        list(one.iter_rows(values_only=True)) for one in openpyxl.load_workbook(io.BytesIO(book))
    )
    assert [(row[0], row[9], row[17]) for row in rows[1:]] == [
        (1, "汀兰物业", "整改中"), (2, "城管中队", "已派单待领"), (3, "城管中队", "已派单待领"),
    ]  # fmt: skip
    assert sorted(row[1] is not None for row in receipts[1:]) == [False, True]


def missed_days_are_made_up_for(town: World, advance: Any) -> None:
    """Nothing ran for two days: both sheets come, the first one late; an order stands on exactly one, also at its cut-off."""
    advance(timedelta(hours=23, minutes=59))
    after = sent_to(town, town.unit)
    advance(timedelta(hours=25, minutes=1))
    send_daily_sheets()
    newest, older, _ = got(town, "admin", "daily-sheets")["items"]
    assert [(one["no"], one["orders"], one["is_late"]) for one in (newest, older)] == [
        (3, 0, False),
        (2, 1, True),
    ]
    assert got(town, "admin", f"daily-sheets/{older['id']}")["rows"][0]["issue"]["id"] == after
    assert [one["no"] for one in got(town, "liaison", "daily-sheets")["items"]] == [2, 1]
