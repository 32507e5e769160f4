"""Standards over HTTP: what a phone keeps, and how an office changes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.standards import service
from app.features.standards.errors import StandardRefused
from app.features.standards.models import Category, Standard
from tests import factories

DATA = Path(__file__).parents[3] / "app" / "demo" / "data" / "categories.yaml"
SignIn = Callable[[User], TestClient]


def raw() -> dict[str, Any]:
    return dict(yaml.safe_load(DATA.read_text()))


@pytest.fixture(scope="module")
def standing_town(standing: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        service.load_standard(session, row.id, DATA)
        return row


@pytest.fixture
def town(standing_town: Unit, database: object) -> Unit:
    return standing_town


@pytest.fixture
def office(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "office_admin")
    return sign_in(person)


@pytest.fixture
def patroller(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "patroller")
    return sign_in(person)


# A wording of the sources and the one category it leads to; two wordings may share one.
WORDINGS = {
    "垃圾死角": "ENV-01", "楼道杂物": "RES-01", "绿化带垃圾": "ENV-02", "乱挂乱晒衣物": "ORD-08",  # J11
    "乱堆物": "ORD-06", "乱张贴": "ENV-08", "黑色广告": "ENV-08", "飞线充电": "SAF-03", "私设地锁": "ORD-07",  # X34
    "路面破损": "FAC-01", "树木缺失": "GRN-02", "黄土裸露": "GRN-01", "工地围挡": "SIT-01", "公共设施损坏": "FAC-05",  # X31
    "小区楼道墙面修补": "RES-02",  # X31
}  # fmt: skip
FOCUS = {
    "ENG": {"wall", "green", "level", "none"},
    "REM": {"dirt", "clutter", "disorder"},
    "ENF": {"top", "facade", "ground", "inside", "back"},
    "MGT": {"security", "cleaning", "greening", "repair", "none"},
}


@pytest.mark.either_db
def test_what_the_sources_say_of_categories_J11_X26_X30_X31_X34_Z37_D13_D16_D17_S40(
    patroller: TestClient, office: TestClient
) -> None:
    body = patroller.get("/api/standards").json()
    kinds = {one["code"]: one for one in body["categories"]}
    for words, code in WORDINGS.items():
        found = {
            c for c, one in kinds.items() if any(words in name for name in (one["name_zh"], *one["aliases"]))
        }
        assert found == {code}, words
    assert {
        one["code"]: {focus["code"] for focus in one["focus"]} for one in body["handling_classes"]
    } == FOCUS
    assert all(one["focus"] in FOCUS[one["handling_class"]] for one in kinds.values()), "one class, its focus"
    used = {(one["handling_class"], one["focus"]) for one in kinds.values()}
    assert used == {(group, focus) for group, of in FOCUS.items() for focus in of}
    for code in ("ENV-12", "ORD-05"):
        assert (kinds[code]["is_dynamic"], kinds[code]["deadline_hours"] <= 4) == (True, True)
    natures = {"BLD-02": "urgent", "SAF-05": "urgent", "BLD-01": "difficult", "ORD-10": "difficult"}
    assert {code: kinds[code]["nature"] for code in natures} == natures
    assert {kinds[code]["evidence"] for code in ("CON-01", "CON-02")} == {"statement"}
    shapes = {one["code"]: one["geometry"] for one in body["point_types"]}
    assert (shapes["ROAD"], shapes["ALLEY"], {"ORD-02", "CON-04"} <= kinds.keys()) == ("line", "line", True)
    zones = {one["code"]: one["zone"] for one in body["point_types"]}
    assert (zones["MARKET"], zones["AFFAIRS"], zones["RES"]) == ("hard_hit", "showcase", "practice")
    # An own category of enforcement names one of the five surfaces, and nothing of another class.
    own = {"code": "X-9", "name_zh": "新", "theme": "order", "handling_class": "ENF"}
    for focus in ("none", "dirt"):
        refused = office.post("/api/categories", json={**own, "focus": focus})
        assert (refused.status_code, refused.json()["fields"][0]["at"]) == (422, ["body", "focus"])
    assert office.post("/api/categories", json={**own, "focus": "back"}).status_code == 201
    other = office.patch("/api/categories/X-9", json={"handling_class": "MGT"}, headers={"If-Match": '"1"'})
    assert other.status_code == 422, "its focus is of another class"


def test_a_phone_gets_the_whole_standard_at_once(patroller: TestClient) -> None:
    body = patroller.get("/api/standards").json()
    assert (len(body["categories"]), len(body["check_items"]), len(body["point_types"])) == (74, 58, 31)
    first = body["categories"][0]
    assert first["code"] == "CON-01" or first["aliases"] is not None
    rubbish = next(c for c in body["categories"] if c["code"] == "ENV-01")
    assert rubbish["aliases"] == ["垃圾死角", "暴露垃圾", "卫生死角"]
    assert rubbish["evidence"] == "after_photo"
    assert [n["code"] for n in body["natures"]] == ["ordinary", "urgent", "difficult"]
    assert body["natures"][1]["first_response_hours"] == 1
    assert [r["share_percent"] for r in body["result_scale"]] == [100, 66, 33, 0, None]
    assert body["campaign"]["settings"]["completion_limit_hours"] == 72


def test_a_kept_standard_costs_a_304_until_it_changes(patroller: TestClient, office: TestClient) -> None:
    etag = patroller.get("/api/standards").headers["etag"]
    again = patroller.get("/api/standards", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    changed = office.patch("/api/categories/ENV-01", json={"deadline_hours": 12}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200
    fresh = patroller.get("/api/standards", headers={"If-None-Match": etag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != etag


def test_an_edit_is_a_new_revision_and_cases_keep_theirs(office: TestClient, town: Unit) -> None:
    with transaction() as session:
        before = service.category_by_code(session, town.id, "ENV-01")
        assert before is not None
        old_id = before.id
    body = office.patch(
        "/api/categories/ENV-01", json={"name_zh": "垃圾", "is_active": False}, headers={"If-Match": '"1"'}
    ).json()
    assert (body["revision"], body["name_zh"], body["is_active"]) == (2, "垃圾", False)
    with transaction() as session:
        kept = session.get_one(Category, old_id)
        assert (kept.name_zh, kept.revision) == ("暴露垃圾、垃圾死角", 1)
        assert kept.superseded_at is not None


def test_of_two_editors_the_second_is_told(office: TestClient) -> None:
    for status in (200, 409):
        answer = office.patch("/api/point-types/RES", json={"buffer_m": 70}, headers={"If-Match": '"1"'})
        assert answer.status_code == status
    assert answer.json()["code"] == "version-conflict"
    assert office.patch("/api/point-types/RES", json={"buffer_m": 80}).status_code == 428


def test_an_edit_that_changes_nothing_makes_no_revision(office: TestClient) -> None:
    body = office.patch("/api/categories/ENV-01", json={"theme": "environment"}, headers={"If-Match": '"1"'})
    assert body.json()["revision"] == 1


def test_codes_that_name_nothing_are_refused(office: TestClient) -> None:
    entry = {"code": "X-1", "name_zh": "新", "theme": "nowhere", "handling_class": "REM", "focus": "dirt"}
    answer = office.post("/api/categories", json=entry)
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"at": ["body", "theme"], "why": "unknown-code"}]
    item = {"code": "X-a", "name_zh": "新", "theme": "environment", "category_codes": ["NO-1"]}
    assert office.post("/api/check-items", json=item).status_code == 422


def test_a_town_adds_its_own_entries_once(office: TestClient) -> None:
    entry = {"code": "X-1", "name_zh": "新", "theme": "environment", "handling_class": "REM", "focus": "dirt"}
    assert office.post("/api/categories", json=entry).status_code == 201
    assert office.post("/api/categories", json=entry).json()["code"] == "code-taken"
    item = {"code": "X-a", "name_zh": "新", "theme": "environment", "category_codes": ["X-1"]}
    assert office.post("/api/check-items", json=item).status_code == 201
    kind = {"code": "XT", "name_zh": "新", "zone": "practice", "check_item_codes": ["X-a"]}
    assert office.post("/api/point-types", json=kind).status_code == 201
    changed = office.patch("/api/check-items/X-a", json={"method": "count"}, headers={"If-Match": '"1"'})
    assert changed.json()["revision"] == 2


def test_only_administrators_change_the_standard(patroller: TestClient) -> None:
    entry = {"code": "X-1", "name_zh": "新", "theme": "environment", "handling_class": "REM", "focus": "dirt"}
    assert patroller.post("/api/categories", json=entry).status_code == 403
    answer = patroller.patch("/api/categories/ENV-01", json={}, headers={"If-Match": '"1"'})
    assert answer.status_code == 403


def test_another_town_is_not_there(town: Unit, sign_in: SignIn, client: TestClient) -> None:
    with transaction() as session:
        stranger = factories.user(session, factories.town(session), "admin")
    away = sign_in(stranger)
    assert away.get("/api/standards", params={"town": str(town.id)}).status_code == 404
    nobody = away.patch(
        "/api/categories/ENV-01", params={"town": str(town.id)}, json={}, headers={"If-Match": '"1"'}
    )
    assert nobody.status_code == 404
    assert away.get("/api/standards").json()["categories"] == []
    assert client.get("/api/standards").status_code == 401


def test_a_role_above_the_towns_names_the_town(town: Unit, sign_in: SignIn) -> None:
    with transaction() as session:
        district = factories.unit(session, None, kind="district")
        below = factories.town(session, district)
        inspector = factories.user(session, district, "district_inspector")
    above = sign_in(inspector)
    assert above.get("/api/standards").status_code == 404
    assert above.get("/api/standards", params={"town": str(below.id)}).status_code == 200
    assert above.get("/api/standards", params={"town": str(town.id)}).status_code == 404


def test_loading_the_same_standard_again_changes_nothing(town: Unit) -> None:
    with transaction() as session:
        tag = service.list_tag(session, town.id, "standards")
        service.load_standard(session, town.id, DATA)
        assert service.list_tag(session, town.id, "standards") == tag
        assert len(session.scalars(select(Standard).where(Standard.town_id == town.id)).all()) == 1


def test_a_new_standard_supersedes_what_it_changes_and_keeps_the_towns_own(
    town: Unit, office: TestClient
) -> None:
    own = {"code": "X-1", "name_zh": "新", "theme": "environment", "handling_class": "REM", "focus": "dirt"}
    assert office.post("/api/categories", json=own).status_code == 201
    newer = raw()
    newer["version"] = "2022"
    newer["check_items"], newer["point_types"] = [], []
    newer["issue_categories"] = [c for c in newer["issue_categories"] if c["code"] != "ENV-02"]
    newer["issue_categories"][0]["deadline_hours"] = 6
    with transaction() as session:
        service.load_standard(session, town.id, newer)
        rows = {
            code: service.category_by_code(session, town.id, code) for code in ("ENV-01", "ENV-02", "X-1")
        }
        found = {code: (row.revision, row.is_active, row.deadline_hours) for code, row in rows.items() if row}
    assert found == {"ENV-01": (2, True, 6), "ENV-02": (2, False, 24), "X-1": (1, True, 24)}


@pytest.mark.parametrize(
    ("spoil", "at"),
    [
        (lambda s: s["issue_categories"][3].update(theme="nowhere"), "ENV-04"),
        (lambda s: s["issue_categories"][3].update(focus="top"), "ENV-04"),
        (lambda s: s["issue_categories"].append(dict(s["issue_categories"][0])), "ENV-01"),
        (lambda s: s["check_items"][0].update(issue_categories=["NO-9"]), "PUB-a"),
        (lambda s: s["issue_categories"][0].update(deadline_hours=-1), "categories.0.deadline_hours"),
    ],
    ids=["unknown theme", "another class's focus", "code twice", "unknown category", "impossible deadline"],
)
def test_a_faulty_standard_is_refused_with_the_place(
    town: Unit, spoil: Callable[[dict[str, Any]], None], at: str
) -> None:
    standard = raw()
    spoil(standard)
    with transaction() as session, pytest.raises(StandardRefused) as refused:
        service.load_standard(session, town.id, standard)
    assert refused.value.members["faults"][0]["at"] == at


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2", b"just text", b"- a\n- b\n"])
def test_a_file_that_is_no_standard_is_refused(town: Unit, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "standard.yaml"
    file.write_bytes(content)
    with transaction() as session, pytest.raises(StandardRefused):
        service.load_standard(session, town.id, file)
