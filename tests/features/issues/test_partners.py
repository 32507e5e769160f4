"""结对共创: pairs of units for a campaign, and what a unit sees of its partner."""

from typing import Any

from app.core.db import transaction
from app.features.identity.models import Unit
from tests import factories
from tests.support.cases import World


def paired(town: World, *pairs: tuple[Unit, Unit]) -> Any:
    body = {"pairs": [{"a_id": str(a.id), "b_id": str(b.id)} for a, b in pairs]}
    return town.client("admin").put("/api/pairs", json=body)


def test_11_villages_and_11_communities_each_in_exactly_one_pair_Z25(town: World) -> None:
    with transaction() as session:
        villages = [factories.unit(session, town.town, kind="village", name_zh=f"村{n}") for n in range(11)]
        committees = [
            factories.unit(session, town.town, kind="community", name_zh=f"居{n}") for n in range(11)
        ]
        abroad = factories.unit(session, factories.town(session), kind="village")
    before = town.client("volunteer").get("/api/pairs").json()
    assert (before["items"], len(before["unpaired"])) == ([], 22)
    made = paired(town, *zip(villages, committees, strict=True))
    assert (made.status_code, len(made.json()["items"]), made.json()["unpaired"]) == (200, 11, [])
    twice = paired(town, (villages[0], committees[0]), (villages[0], committees[1]))
    assert (twice.status_code, twice.json()["fields"][0]["why"]) == (422, "twice")
    assert paired(town, (villages[0], villages[0])).status_code == 422
    assert paired(town, (villages[0], abroad)).json()["fields"][0]["why"] == "unknown-id"
    assert len(town.client("admin").get("/api/pairs").json()["items"]) == 11, "a refusal changes nothing"
    assert town.client("liaison").put("/api/pairs", json={"pairs": []}).status_code == 403


def test_a_unit_sees_what_lies_open_at_its_partner_and_no_more_Z25(town: World) -> None:
    assert paired(town, (town.unit, town.other_unit)).status_code == 200
    ours = town.dispatched()
    fresh = town.filed("volunteer2")
    [partner] = town.client("other_liaison").get("/api/pairs/issues").json()["items"]
    assert (partner["unit"]["zh"], partner["open"], partner["overdue"]) == ("汀兰物业", 1, 0)
    [item] = partner["items"]
    assert (item["no"], item["place"]["zh"], item["state"]) == (ours["no"], "兰溪苑", "dispatched")
    assert set(item) == {"no", "category", "place", "state", "found_at", "due_at", "is_overdue"}
    assert fresh["no"] != item["no"], "what was not sent to the partner yet is not told"
    assert town.client("other_liaison").get(f"/api/issues/{ours['id']}").status_code == 404
    assert town.client("other_liaison").get("/api/issues").json()["items"] == []
    [seen] = town.client("liaison").get("/api/pairs/issues").json()["items"]
    assert (seen["unit"]["zh"], seen["open"]) == ("城管中队", 0)
    for name in ("volunteer", "dispatcher", "pending", "stranger"):
        assert town.client(name).get("/api/pairs/issues").json() == {"items": []}
    assert paired(town).status_code == 200
    assert town.client("other_liaison").get("/api/pairs/issues").json() == {"items": []}
