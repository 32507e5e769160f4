"""From a sent after photo to hints on the review desk: the engine through its job, the finding in the case, the contact sheet."""

import hashlib
import io
import re
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection, delete, select, update

from app.core import clock, db, jobs
from app.core.clock import now
from app.core.config import get_settings
from app.core.storage import get_storage
from app.demo.scenes import Shot, photograph
from app.features.evidence import catalogue, looks, service
from app.features.evidence.models import PhotoComparison, PhotoTrace
from app.features.issues import evidence
from app.features.issues.models import PhotoPair
from app.features.photos import service as photos
from app.features.photos.models import Photo, PhotoState
from app.features.photos.queries import system_referenced
from app.features.photos.trusted import keep_trusted
from app.features.standards.models import Campaign
from tests.support.cases import World
from tests.support.states import peopled

BEFORE = Shot("green", 5, theme="rubbish", width=640)
MENDED = replace(BEFORE, solved=True, stand=2, light="afternoon")
COPIED = replace(BEFORE, treatment="reencoded")
BRIGHTENED = replace(MENDED, treatment="brightened")
ELSEWHERE = Shot("stairs", 3, theme="posters", solved=True, width=640)

drawn = lru_cache(photograph)


@pytest.fixture(scope="module")
def stock(standing_sign_in: Any) -> World:
    """The town with a few examined cases: the engine looks at each pair of pictures once for all these tests."""
    get_storage.cache_clear()
    town = peopled(standing_sign_in)
    for name in town.people:
        town.client(name)
    told = {"mended": (BEFORE, MENDED), "copied": (BEFORE, COPIED), "elsewhere": (BEFORE, ELSEWHERE)}
    told["used"] = (replace(BEFORE, theme="weeds", stand=1), BRIGHTENED)
    for name, (before, after) in told.items():
        case = fixed(town, before, after)
        evidence.examine_pair(case["pairs"][0]["id"])
        town.stock[name] = case["id"]
    return town


@pytest.fixture
def town(stock: World, database: Connection) -> World:
    """Whatever a test does with the cases in stock is undone after it."""
    return stock


def picture(town: World, who: str, shot: Shot | bytes) -> dict[str, Any]:
    """A drawn photo that has arrived, as a report names it."""
    data, client_id = shot if isinstance(shot, bytes) else drawn(shot), uuid.uuid4()
    kept = keep_trusted(data, sha256=hashlib.sha256(data).hexdigest())
    with db.transaction() as session:
        photos.record(session, owner_id=town.people[who].id, client_id=client_id, kept=kept)
    return town.shot(client_id, clock_offset_seconds=0)


def fixed(town: World, before: Shot, after: Shot | bytes, **changes: Any) -> dict[str, Any]:
    """A case that the unit says it has fixed, before anything has looked at its photos."""
    case = town.rectifying(photos=[picture(town, "volunteer", before)], **changes)
    sent = {k: v for k, v in picture(town, "liaison", after).items() if k not in ("role", "captured_at")}
    at = town.shot(uuid.uuid4(), "after")["captured_at"]
    return town.done("liaison", case["id"], "rectify", measure="清", photos=[{**sent, "captured_at": at}])


def seen(town: World, name: str) -> dict[str, Any]:
    """A case in stock, as a reviewer sees it."""
    return town.case(town.stock[name], "reviewer")


def examined_again(case: dict[str, Any]) -> None:
    """As if its after photo had just come; what the engine found of the pictures is kept."""
    pair_id = uuid.UUID(case["pairs"][0]["id"])
    with db.transaction() as session:
        pair = session.get_one(PhotoPair, pair_id)
        pair.verdict, pair.is_clear = None, False
    evidence.examine_pair(str(pair_id))


def verdicts(case: dict[str, Any]) -> dict[str, str]:
    return {check["code"]: check["verdict"] for check in case["pairs"][0]["checks"]}


def allow_sheet(town: World, sample: int = 0) -> None:
    with db.transaction() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.town_id == town.town.id)).one()
        told = {"contact_sheet_most": 10, "contact_sheet_sample_percent": sample}
        campaign.settings = {**campaign.settings, **told}


def sheet(town: World) -> dict[str, Any]:
    told: dict[str, Any] = town.client("reviewer").get("/api/review/sheet").json()
    return told


def close_sheet(town: World, *cases: dict[str, Any], who: str = "reviewer") -> list[dict[str, Any]]:
    items = [{"id": case["id"], "version": case["version"]} for case in cases]
    answer = town.client(who).post("/api/review/sheet/close", json={"items": items})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


# ---- what the reviewer is told ----
def test_a_mended_place_is_recognised_aligned_and_its_change_mapped(town: World) -> None:
    case = seen(town, "mended")
    pair = case["pairs"][0]
    assert (pair["verdict"], pair["is_suspect"], pair["is_clear"]) == ("same", False, True)
    told = verdicts(case)
    assert (told["place-same"], told["matches-spread"], told["changed"]) == ("good", "good", "good")
    assert {"time", "distance", "capture", "clock"} < told.keys()  # what was told before stays
    aligned = town.client("reviewer").get(pair["aligned_url"])
    changes = town.client("reviewer").get(pair["changes_url"])
    assert (aligned.content[:3], changes.content[:4]) == (b"\xff\xd8\xff", b"\x89PNG")
    assert aligned.headers["cache-control"] == "no-store"


def test_the_pictures_of_a_finding_are_for_who_may_see_both_photos(town: World) -> None:
    pair = seen(town, "mended")["pairs"][0]
    bare = re.sub(r"\?.*", "", pair["changes_url"])
    assert town.client("reviewer").get(bare).status_code == 200
    assert town.client("stranger").get(bare).status_code == 404
    assert (
        town.client("stranger").get(pair["changes_url"]).status_code == 200
    )  # whoever holds the link, for minutes
    assert town.client("stranger").get(pair["changes_url"][:-2]).status_code == 404
    assert town.client("reviewer").get(f"/api/evidence/{uuid.uuid4()}/aligned").status_code == 404


def test_the_before_picture_in_disguise_is_suspect_and_closing_needs_words(town: World) -> None:
    case = seen(town, "copied")
    assert (verdicts(case)["same-exposure"], case["pairs"][0]["is_suspect"]) == ("suspect", True)
    refused = town.act("reviewer", case["id"], "close", match=[case["pairs"][0]["id"]])
    assert refused.json()["guard"] == "suspect_explained"


def test_another_place_is_a_doubt_and_stands_between_the_suspect_and_the_sure(town: World) -> None:
    other = seen(town, "elsewhere")
    assert other["pairs"][0]["verdict"] in ("different", "unsure")
    assert not other["pairs"][0]["is_suspect"]  # it hints; a person decides
    items = town.client("reviewer").get("/api/review/queue").json()["items"]
    told = {item["issue"]["id"]: (item["is_suspect"], item["is_unsure"]) for item in items}
    assert list(told)[2:] == [town.stock["elsewhere"], town.stock["mended"]]
    assert list(told.values())[2:] == [(False, True), (False, False)]
    eyes = town.client("reviewer").get("/api/review/queue?tab=eyes").json()["items"]
    assert town.stock["mended"] not in {item["issue"]["id"] for item in eyes}


def test_a_picture_of_another_case_is_shown_beside(town: World) -> None:
    again = seen(town, "used")
    pair = again["pairs"][0]
    assert (verdicts(again)["used-before"], pair["is_suspect"]) == ("suspect", True)
    assert (pair["reused"]["issue"]["id"], pair["reused"]["kind"]) == (town.stock["mended"], "after")
    assert town.client("reviewer").get(pair["reused"]["large_url"]).status_code == 200
    assert town.case(again["id"], "liaison")["pairs"][0]["reused"] is None


def test_a_part_of_another_cases_picture_is_found_by_its_marks(town: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(looks, "NEAR_BITS", -1)  # not by the look of the whole picture
    with Image.open(io.BytesIO(drawn(MENDED))) as whole, io.BytesIO() as out:
        width, height = whole.size
        whole.crop((width // 5, height // 5, width, height)).save(out, "JPEG", quality=70)
        part = out.getvalue()
    case = fixed(town, replace(BEFORE, theme="weeds", stand=1), part)
    catalogue.make_index()  # from then on found on disk
    evidence.examine_pair(case["pairs"][0]["id"])
    pair = town.case(case["id"], "reviewer")["pairs"][0]
    assert pair["is_suspect"]
    assert (pair["reused"]["issue"]["id"], pair["reused"]["kind"]) == (town.stock["mended"], "after")


def test_a_photo_that_was_in_no_pair_is_found_as_every_photo_is_read_when_it_came(
    town: World, monkeypatch: Any
) -> None:
    monkeypatch.setattr(looks, "NEAR_BITS", -1)
    monkeypatch.setattr(catalogue, "SETTLED", timedelta(seconds=-1))
    stray = Shot("shops", 7, theme="posters", width=640)
    reported = town.filed(photos=[picture(town, "volunteer", stray)])
    photo_id = uuid.UUID(town.case(reported["id"])["photos"][0]["photo_id"])
    service.remember(photo_id, b"")  # as by a process that died of it: not opened again
    assert photo_id not in catalogue._unread(None, 100)
    service.remember(photo_id, None)
    assert catalogue.read([photo_id], seconds=-1) == 0
    catalogue.read_new()
    assert catalogue.unread() == 0
    with Image.open(io.BytesIO(drawn(stray))) as whole, io.BytesIO() as out:
        width, height = whole.size
        whole.crop((0, 0, width * 4 // 5, height * 4 // 5)).save(out, "JPEG", quality=70)
        case = fixed(town, BEFORE, out.getvalue())
    evidence.examine_pair(case["pairs"][0]["id"])
    pair = town.case(case["id"], "reviewer")["pairs"][0]
    assert (pair["is_suspect"], pair["reused"]["issue"]["id"]) == (True, reported["id"])


def test_a_disk_without_an_index_gets_one_and_says_so(town: World, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(catalogue, "folder", lambda: tmp_path / "photo-index")
    monkeypatch.setattr(catalogue, "MOST_LOOSE", 2)
    monkeypatch.setattr(catalogue, "MOST_LATEST", 2)
    held, loose = catalogue.covered()
    assert (held, loose > 2) == (0, True)
    assert [one.level for one in catalogue.examine(get_settings())] == ["warning"]
    monkeypatch.setattr(jobs, "stopping", lambda _: True)
    with clock.frozen(now() + timedelta(minutes=6)):
        catalogue.keep_up()
        assert catalogue.covered() == (loose, 0)
        assert [one.level for one in catalogue.examine(get_settings())] == ["ok"]


# ---- the job ----
def test_what_was_found_once_is_not_looked_for_again(town: World, monkeypatch: Any) -> None:
    from app.features.evidence.engine import judge, photo

    def again(*_: Any, **__: Any) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(photo, "extract", again)
    monkeypatch.setattr(judge, "compare", again)
    case = seen(town, "used")
    examined_again(case)
    assert seen(town, "used")["pairs"][0]["reused"] == case["pairs"][0]["reused"]


def test_a_picture_that_kills_what_looks_at_it_ends_as_unsure(town: World) -> None:
    case = seen(town, "mended")
    with db.transaction() as session:
        session.execute(update(PhotoComparison).values(tries=3, verdict=None))
    examined_again(case)
    told = seen(town, "mended")
    assert (told["pairs"][0]["verdict"], verdicts(told)["out-of-time"]) == ("unsure", "doubt")


def test_a_photo_without_renditions_is_waited_for(town: World) -> None:
    case = fixed(town, BEFORE, MENDED)
    after = next(p["photo_id"] for p in case["photos"] if p["kind"] == "after")
    with db.transaction() as session:
        session.get_one(Photo, uuid.UUID(after)).state = PhotoState.RECEIVED
    evidence.examine_pair(case["pairs"][0]["id"])
    assert town.case(case["id"])["pairs"][0]["verdict"] is None


def test_pairs_whose_finding_is_gone_are_asked_for_again(town: World) -> None:
    with db.transaction() as session:  # as after a restore: findings are not in a backup
        session.execute(delete(PhotoComparison))
    evidence.requeue_lost()
    with db.transaction() as session:
        evidence.requeue_unexamined(session)
        waiting = session.scalars(select(PhotoPair.verdict).where(PhotoPair.state == "proposed")).all()
    assert waiting == [None] * 4


def test_what_findings_name_is_no_orphan_until_a_photo_is_deleted(town: World) -> None:
    case = seen(town, "mended")
    with db.reading() as session:
        after = next(uuid.UUID(p["photo_id"]) for p in case["photos"] if p["kind"] == "after")
        found = session.scalars(select(PhotoComparison).where(PhotoComparison.after_id == after)).one()
        keys = {
            key
            for key in (found.aligned_key, found.map_key, session.get_one(PhotoTrace, after).features_key)
            if key
        }
        assert len(keys) == 3
        assert system_referenced(session, keys, deleted_after=now()) == keys
    with db.transaction() as session:
        photos.mark_deleted(session, [after])
    assert town.client("reviewer").get(case["pairs"][0]["aligned_url"]).status_code == 404
    with db.reading() as session:
        assert system_referenced(session, keys, deleted_after=now() + timedelta(days=1)) == set()


# ---- the contact sheet ----
def test_clear_cases_are_closed_together_each_by_its_own_event(town: World) -> None:
    allow_sheet(town)
    case, doubtful = seen(town, "mended"), seen(town, "elsewhere")
    told = sheet(town)
    assert ([item["id"] for item in told["items"]], told["total"], told["drawn"]) == ([case["id"]], 1, 0)
    done = close_sheet(town, doubtful, case)
    assert [one["status"] for one in done] == [409, 200]
    assert done[0]["problem"]["guard"] == "on_sheet"
    last = town.case(case["id"])["events"][-1]
    assert (last["action"], last["data"]["sheet"]) == ("close", True)
    assert town.case(doubtful["id"])["state"] == "in_review"


def test_the_sheet_is_only_where_the_town_allows_it_and_never_for_urgent_cases(town: World) -> None:
    case = seen(town, "mended")
    assert sheet(town) == {"items": [], "most": 0, "total": 0, "drawn": 0}
    assert close_sheet(town, case)[0]["status"] == 409
    allow_sheet(town)
    urgent = town.done("dispatcher", case["id"], "correct", reason="性质", nature="urgent")
    assert sheet(town)["total"] == 0
    assert close_sheet(town, urgent)[0]["status"] == 409


def test_a_share_is_drawn_for_full_review_and_says_how_often_the_hint_was_wrong(town: World) -> None:
    allow_sheet(town, sample=100)
    case = seen(town, "mended")
    examined_again(case)
    assert (sheet(town)["items"], sheet(town)["drawn"]) == ([], 1)
    assert close_sheet(town, case)[0]["status"] == 409
    town.done("reviewer", case["id"], "return", reason_code="not_solved")
    counts = town.client("reviewer").get("/api/review/counts").json()
    assert (counts["hints_wrong"], counts["hints_checked"], counts["sheet"]) == (1, 1, 0)
