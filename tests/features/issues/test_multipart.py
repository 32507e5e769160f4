"""POST /api/reports: report and photos in one form, for curl and mini-programs, through the same service."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.core import db
from app.core.storage import get_storage
from app.features.issues.models import Issue
from app.features.photos import sandbox
from app.features.photos.models import Photo
from tests.features.photos import pictures
from tests.support.cases import LAT, LON, World


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, settings: Callable[..., Any]) -> Iterator[None]:
    """A storage of its own; the decoding processes end with the test."""
    settings(data_dir=tmp_path)
    get_storage.cache_clear()
    yield
    get_storage.cache_clear()
    sandbox.get_sandbox().close()


def post(town: World, fields: dict[str, str], files: list[Any], key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    answer: httpx.Response = town.client("volunteer").post(
        "/api/reports", data=fields, files=files, headers=headers
    )
    return answer


def test_plain_fields_and_a_file_make_a_case(town: World) -> None:
    picture = pictures.jpeg(64, 48)
    fields = {
        "category": town.category.code,
        "description": "桶满了",
        "lon": str(LON),
        "lat": str(LAT),
        "accuracy_m": "9",
    }
    files = [
        ("photo", ("a.jpg", picture, "image/jpeg")),
        ("site", ("b.jpg", pictures.jpeg(80, 60), "image/jpeg")),
    ]
    answer = post(town, fields, files)
    assert answer.status_code == 201, answer.text
    case = town.case(answer.json()["issue"]["id"])
    assert (case["no"], case["description"], case["point"]["id"]) == (1, "桶满了", str(town.point.id))
    assert [p["kind"] for p in case["photos"]] == ["before", "site"]
    assert case["photos"][0]["capture"] == "album"
    with db.reading() as session:
        stored = session.get(Photo, uuid.UUID(case["photos"][0]["photo_id"]))
        assert stored is not None
        assert stored.sha256 == hashlib.sha256(picture).hexdigest()


@pytest.mark.parametrize("key", [str(uuid.uuid4()), "order-17"], ids=["uuid", "words"])
def test_the_same_form_again_is_the_same_report(town: World, key: str) -> None:
    fields = {"category": town.category.code, "lon": str(LON), "lat": str(LAT)}
    files = [("photo", ("a.jpg", pictures.jpeg(64, 48), "image/jpeg"))]
    first, again = post(town, fields, files, key), post(town, fields, files, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["report_id"] == again.json()["report_id"]
    other = post(town, fields | {"description": "别的"}, files, key)
    assert (other.status_code, other.json()["code"]) == (409, "same-id-other-body")
    with db.reading() as session:
        assert len(session.scalars(select(Issue).where(Issue.town_id == town.town.id)).all()) == 1


def test_a_json_field_names_its_photos_in_the_files_order(town: World) -> None:
    ids = [uuid.uuid4(), uuid.uuid4()]
    body = town.body(action="submit_fixed", photos=[town.shot(ids[0]), town.shot(ids[1], "after")])
    files = [("f", (f"{n}.jpg", pictures.jpeg(64 + n, 48), "image/jpeg")) for n in range(2)]
    answer = post(town, {"report": json.dumps(body)}, files)
    assert (answer.status_code, answer.json()["issue"]["state"]) == (201, "in_review")


@pytest.mark.parametrize(
    ("fields", "files", "status"),
    [
        ({}, [], 422),
        ({"report": "{"}, [], 400),
        ({"category": "K"}, [("odd", ("a.jpg", b"x", "image/jpeg"))], 422),
        ({"category": "K"}, [("photo", ("a.jpg", b"not a picture", "image/jpeg"))], 415),
    ],
)
def test_what_cannot_be_taken_is_a_problem(
    town: World, fields: dict[str, str], files: list[Any], status: int
) -> None:
    answer = post(town, fields, files or [("", ("", b"", ""))])
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_form_of_nobody_in_particular_is_refused(town: World, make_client: Any) -> None:
    assert make_client().post("/api/reports", data={"category": "K"}).status_code == 401
    assert town.client("auditor").post("/api/reports", data={"category": "K"}).status_code == 403
