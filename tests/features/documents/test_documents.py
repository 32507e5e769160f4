"""Bulletins, special reports and notices: drafted from figures, signed under the next number, kept as they were, opened by units."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import db
from app.core.clock import now
from app.features.documents.models import Document
from app.features.issues.lifecycle import State
from app.features.issues.models import IssuePhoto, PhotoPair
from app.features.photos.models import Clearing, Rendition, RenditionKind
from app.features.standards.models import Campaign
from tests.support.cases import World
from tests.support.states import a_case


def days(first: int = 6, last: int = 0) -> dict[str, str]:
    today = now().date()
    return {"start_on": str(today - timedelta(days=first)), "until_on": str(today + timedelta(days=1 - last))}


def drafted(town: World, series: str = "bulletin", name: str = "admin", **period: Any) -> dict[str, Any]:
    answer = town.client(name).post("/api/documents", json={"series": series, **(period or days())})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def asked(town: World, name: str, method: str, document: dict[str, Any], path: str = "", **body: Any) -> Any:
    headers = {"If-Match": f'"{document["version"]}"'}
    return town.client(name).request(
        method, f"/api/documents/{document['id']}{path}", json=body or None, headers=headers
    )


def signed(town: World, document: dict[str, Any], name: str = "principal") -> dict[str, Any]:
    answer = asked(town, name, "POST", document, "/sign")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def figure(document: dict[str, Any], metric: str) -> tuple[Any, Any, Any]:
    (one,) = [f for f in document["content"]["figures"] if f["id"] == metric]
    return one["n"], one["d"], one["value"]


def test_a_bulletin_is_drafted_signed_under_the_next_number_and_never_changes_X13_J03(town: World) -> None:
    case = a_case(town, State.CLOSED)
    town.dispatched()
    with db.transaction() as session:
        campaign = session.query(Campaign).filter_by(town_id=town.town.id, is_active=True).one()
        campaign.settings = campaign.settings | {"first_bulletin_no": 11, "first_report_no": 10}
    draft = drafted(town, name="dispatcher")
    assert (draft["no"], draft["next_no"], draft["state"]) == (None, 11, "draft")
    assert figure(draft, "M01") == (2, None, 2)
    assert figure(draft, "M02") == (1, 2, 50.0)
    assert figure(draft, "M03")[2] is None, "nothing is due yet"
    assert figure(draft, "M05") == (0, 0, None)
    ids = [f["id"] for f in draft["content"]["figures"]]
    assert ids == ["M01", "M02", "M02b", "M03", "M04", "M05", "M05b", "M06", "M07", "M08", "M09"]
    assert [d["id"] for d in draft["content"]["definitions"]] == ids
    before = {c["id"]: (c["before"]["value"], c["change"]) for c in draft["content"]["changes"]}
    assert before["M01"] == (0, 2)
    assert before["M02"] == (None, None), "— before: no change is told"
    assert [(c["code"], c["figures"][0]["n"]) for c in draft["content"]["categories"]] == [
        (town.category.code, 2)
    ]
    changed = asked(
        town, "dispatcher", "PATCH", draft, title="创文简报", practice="早查早改", next_steps="盯住背街小巷"
    )
    assert changed.json()["practice"] == "早查早改"
    assert asked(town, "dispatcher", "PATCH", draft, title="x").json()["code"] == "version-conflict"
    assert asked(town, "dispatcher", "POST", changed.json(), "/sign").status_code == 403
    document = signed(town, changed.json())
    assert (document["no"], document["state"]) == (11, "signed")
    nobody_changes(town, document)
    relapsed_later(town, document, case)
    assert signed(town, drafted(town), "line")["no"] == 12
    assert signed(town, drafted(town, "report"))["no"] == 10
    assert signed(town, drafted(town, "notice"))["no"] == 1


def nobody_changes(town: World, document: dict[str, Any]) -> None:
    for method, path, body in (("PATCH", "", {"title": "x"}), ("DELETE", "", {}), ("POST", "/sign", {})):
        who = "principal" if path == "/sign" else "admin"
        answer = asked(town, who, method, document, path, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "document-state")


def relapsed_later(town: World, document: dict[str, Any], case: dict[str, Any]) -> None:
    """A new case and one reopened: the document says what it said, a draft of the same days does not."""
    town.done("admin", case["id"], "reopen", reason="假照片")
    town.filed()
    again = town.client("admin").get(f"/api/documents/{document['id']}").json()
    assert again["content"] == document["content"]
    assert figure(drafted(town), "M01") == (3, None, 3)
    assert figure(again, "M01") == (2, None, 2)


def test_a_number_is_never_used_twice_and_withdrawn_stays_withdrawn_J03(town: World) -> None:
    first, gone = signed(town, drafted(town, "notice")), drafted(town, "notice")
    assert asked(town, "admin", "DELETE", gone).status_code == 204
    assert town.client("admin").get(f"/api/documents/{gone['id']}").status_code == 404
    assert asked(town, "admin", "POST", first, "/withdraw").status_code == 422
    assert asked(town, "dispatcher", "POST", first, "/withdraw", reason="数据有误").status_code == 403
    told = asked(town, "admin", "POST", first, "/withdraw", reason="数据有误").json()
    assert (told["state"], told["no"], told["withdrawn_reason"]) == ("withdrawn", 1, "数据有误")
    assert asked(town, "admin", "POST", told, "/withdraw", reason="x").status_code == 409
    second = signed(town, drafted(town, "notice"))
    assert second["no"] == 2
    with db.transaction() as session, pytest.raises(IntegrityError), session.begin_nested():
        session.execute(_of(update(Document), drafted(town, "notice")).values(no=2, state="signed"))
    # what is signed stays, whoever writes past the service
    for change in (update(Document).values(no=3), update(Document).values(content={}), delete(Document)):
        with (
            db.transaction() as session,
            pytest.raises(DBAPIError, match=r"signed|append-only"),
            session.begin_nested(),
        ):
            session.execute(_of(change, second))


def _of(change: Any, document: dict[str, Any]) -> Any:
    return change.where(Document.id == uuid.UUID(document["id"]))


def test_a_unit_reads_what_went_to_it_and_who_opened_it_first_is_known_D04(town: World) -> None:
    draft = drafted(town, "notice")
    assert {one["unit"]["zh"] for one in draft["receipts"]} == {"汀兰物业", "城管中队"}
    assert {row["zh"] for row in draft["content"]["units"]} == set()
    only_ours = asked(town, "admin", "PATCH", draft, unit_ids=[str(town.unit.id)]).json()
    path = f"/api/documents/{draft['id']}"
    for name, status in {"liaison": 404, "volunteer": 403, "pending": 403, "reviewer": 404}.items():
        assert town.client(name).get(path).status_code == status, name
    assert town.client("liaison").get("/api/documents").json()["items"] == []
    signed(town, only_ours)
    assert town.client("other_liaison").get(path).status_code == 404
    for name, kinds in {"liaison": ["document"], "head": ["document"], "other_liaison": []}.items():
        told = town.client(name).get("/api/inbox").json()["items"]
        assert [one["kind"] for one in told if one["kind"] == "document"] == kinds, name
    mine = town.client("liaison").get(path).json()
    assert (mine["may_receive"], mine["allowed"], mine["receipts"][0]["at"]) == (True, [], None)
    first = town.client("liaison").put(f"{path}/receipt").json()
    again = town.client("rectifier").put(f"{path}/receipt").json()
    assert first["receipts"] == again["receipts"]
    assert (first["may_receive"], first["receipts"][0]["by"]) == (False, None)
    (told,) = town.client("admin").get(path).json()["receipts"]
    assert (told["at"], told["by"]) == (first["receipts"][0]["at"], town.people["liaison"].name_zh)
    assert town.client("admin").put(f"{path}/receipt").status_code == 403
    (item,) = town.client("leader").get("/api/documents", params={"series": "notice"}).json()["items"]
    assert (item["units"], item["opened"]) == (1, 1)


def test_only_pairs_cleared_on_both_sides_are_shown_and_only_as_long_as_they_are_Z15(town: World) -> None:
    a_case(town, State.CLOSED)
    assert drafted(town)["pair_choices"] == []
    photos = pair_photos()
    cleared(town, photos[0])
    assert drafted(town)["pair_choices"] == []
    cleared(town, photos[1])
    draft = drafted(town)
    (pair,) = draft["content"]["pairs"]
    assert (pair["before_photo_id"], pair["before_url"] is None) == (str(photos[0]), False)
    document = signed(town, draft)
    assert document["content"]["pairs"][0]["after_photo_id"] == str(photos[1])
    with db.transaction() as session:
        session.delete(session.get_one(Rendition, (photos[1], RenditionKind.CLEARED)))
    (pair,) = town.client("liaison").get(f"/api/documents/{document['id']}").json()["content"]["pairs"]
    assert (pair["before_url"] is None, pair["after_url"]) == (False, None)


def pair_photos() -> list[uuid.UUID]:
    with db.reading() as session:
        pair = session.scalars(select(PhotoPair).where(PhotoPair.state == "matched")).one()
        return [session.get_one(IssuePhoto, one).photo_id for one in (pair.before_id, pair.after_id) if one]


def cleared(town: World, photo_id: uuid.UUID) -> None:
    with db.transaction() as session:
        session.add(Clearing(photo_id=photo_id, boxes=[], cleared_by_id=town.people["dispatcher"].id))
        session.add(
            Rendition(
                photo_id=photo_id, kind=RenditionKind.CLEARED, storage_key=f"renditions/{photo_id}-cleared",
                sha256="0" * 64, size=1, width=1, height=1,
            )
        )  # fmt: skip
