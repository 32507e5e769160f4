"""PUT /api/photos/{id} and POST /api/photos/check: the answers of the wire, one by one."""

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import db
from app.core.clock import now
from app.core.errors import StorageFull, Unavailable
from app.core.storage import get_storage
from app.core.storage.files import FileStorage
from app.features.identity.models import User
from app.features.photos.models import Photo
from tests.features.photos import pictures
from tests.features.photos.conftest import content_digest, put_photo, stored_files


def rows() -> list[Photo]:
    with db.reading() as session:
        return list(session.scalars(select(Photo)))


def test_a_photo_is_acknowledged_with_its_digest_and_kept_byte_for_byte(phone: TestClient) -> None:
    data, photo_id = pictures.jpeg(), uuid.uuid4()
    answer = put_photo(phone, photo_id, data)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["id"], told["sha256"], told["size"]) == (
        str(photo_id),
        hashlib.sha256(data).hexdigest(),
        len(data),
    )
    assert told["received_at"].endswith(("Z", "+00:00"))
    (photo,) = rows()
    assert get_storage().get(photo.storage_key) == data
    assert photo.id != photo_id
    assert photo.id.version == 4


def test_the_same_again_is_200_with_the_same_receipt_and_nothing_new(phone: TestClient, blobs: Path) -> None:
    data, photo_id = pictures.jpeg(), uuid.uuid4()
    first, again = put_photo(phone, photo_id, data), put_photo(phone, photo_id, data)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(stored_files(blobs)) == len(rows()) == 1


def test_other_bytes_under_the_same_id_conflict_and_leave_nothing(phone: TestClient, blobs: Path) -> None:
    photo_id = uuid.uuid4()
    put_photo(phone, photo_id, pictures.jpeg())
    answer = put_photo(phone, photo_id, pictures.jpeg(320, 240))
    assert (answer.status_code, answer.json()["code"]) == (409, "photo-conflict")
    assert len(stored_files(blobs)) == 1


def test_a_deleted_photo_is_gone_for_good(phone: TestClient) -> None:
    data, photo_id = pictures.jpeg(), uuid.uuid4()
    put_photo(phone, photo_id, data)
    with db.transaction() as session:
        session.scalars(select(Photo)).one().deleted_at = now()
    assert put_photo(phone, photo_id, data).status_code == 410
    asked = {"items": [{"id": str(photo_id), "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}]}
    assert phone.post("/api/photos/check", json=asked).json()["items"][0]["status"] == "need"


def test_the_same_id_of_two_people_is_two_photos(
    phone: TestClient, volunteer: User, sign_in: Callable[[User], TestClient]
) -> None:
    from tests import factories

    with db.transaction() as session:
        other = factories.user(session, factories.town(session), "volunteer")
    photo_id = uuid.uuid4()
    assert put_photo(phone, photo_id, pictures.jpeg()).status_code == 201
    # Not 409: that would tell somebody that the id is taken.
    assert put_photo(sign_in(other), photo_id, pictures.jpeg(320, 240)).status_code == 201
    assert {p.owner_id for p in rows()} == {volunteer.id, other.id}


def test_bytes_lost_by_storage_are_healed_by_the_phone(phone: TestClient) -> None:
    data, photo_id = pictures.jpeg(), uuid.uuid4()
    put_photo(phone, photo_id, data)
    (photo,) = rows()
    get_storage().delete(photo.storage_key)
    assert put_photo(phone, photo_id, data).status_code == 200
    assert get_storage().get(photo.storage_key) == data


@pytest.mark.parametrize(
    "header",
    ["", "sha-256=", "sha-256=:AAAA:", "sha-256=:***:", "md5=:AAAA:", "sha-256=AAAA", "sha-256=::", ",,,=;:"],
)
def test_a_digest_is_required(phone: TestClient, header: str) -> None:
    answer = put_photo(phone, uuid.uuid4(), pictures.jpeg(), Content_Digest=header)
    assert (answer.status_code, answer.json()["code"]) == (422, "digest-missing")


def test_a_digest_among_others_is_found(phone: TestClient) -> None:
    data = pictures.jpeg()
    header = f"md5=:AAAA:, {content_digest(data)};x=1, sha-512=:AAAA:"
    assert put_photo(phone, uuid.uuid4(), data, Content_Digest=header).status_code == 201


def test_bytes_that_changed_on_the_way_are_refused(phone: TestClient, blobs: Path) -> None:
    data = pictures.jpeg()
    answer = put_photo(phone, uuid.uuid4(), data + b"x", Content_Digest=content_digest(data))
    assert (answer.status_code, answer.json()["code"]) == (422, "digest-mismatch")
    assert (stored_files(blobs), rows()) == ([], [])


@pytest.mark.parametrize(
    "media_type",
    ["image/gif", "image/svg+xml", "text/html", "application/octet-stream", "", "image/tiff", "image/avif"],
)
def test_a_type_that_is_not_listed_is_refused(phone: TestClient, media_type: str) -> None:
    assert put_photo(phone, uuid.uuid4(), pictures.jpeg(), media_type).status_code == 415


def test_a_coded_body_is_refused(phone: TestClient) -> None:
    assert put_photo(phone, uuid.uuid4(), pictures.jpeg(), Content_Encoding="gzip").status_code == 415


@pytest.mark.parametrize("with_length", [True, False])
def test_more_than_20_mib_is_refused_before_it_is_looked_at(
    phone: TestClient, blobs: Path, with_length: bool
) -> None:
    data = pictures.jpeg() + b"\0" * (20 * 1024 * 1024)
    body = data if with_length else (data[at : at + 65536] for at in range(0, len(data), 65536))
    headers = {"Content-Type": "image/jpeg", "Content-Digest": content_digest(data)}
    answer = phone.put(f"/api/photos/{uuid.uuid4()}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert stored_files(blobs) == []


def test_a_large_photo_passes_through_a_file_and_leaves_none(phone: TestClient, tmp_path: Path) -> None:
    data = pictures.encoded(pictures.noise(2400, 1800), "JPEG", quality=95)
    assert len(data) > 2_000_000
    assert put_photo(phone, uuid.uuid4(), data).status_code == 201
    assert list((tmp_path / "incoming").iterdir()) == []


@pytest.mark.parametrize(("fault", "status"), [(StorageFull, 507), (Unavailable, 503)])
def test_a_storage_that_fails_asks_to_come_back_and_keeps_no_row(
    phone: TestClient, monkeypatch: pytest.MonkeyPatch, fault: type[Exception], status: int
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise fault()

    data, photo_id = pictures.jpeg(), uuid.uuid4()
    with monkeypatch.context() as broken:
        broken.setattr(FileStorage, "put", failing)
        answer = put_photo(phone, photo_id, data)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert rows() == []
    assert put_photo(phone, photo_id, data).status_code == 201


def test_nobody_sends_without_signing_in(client: TestClient) -> None:
    assert put_photo(client, uuid.uuid4(), pictures.jpeg()).status_code == 401
    assert client.post("/api/photos/check", json={"items": []}).status_code == 401


def test_check_says_have_need_and_conflict(phone: TestClient) -> None:
    data, sent, missing = pictures.jpeg(), uuid.uuid4(), uuid.uuid4()
    put_photo(phone, sent, data)
    same = {"id": str(sent), "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    items = [same, {**same, "id": str(missing)}, {**same, "sha256": "0" * 64}, {**same, "size": 1}]
    answer = phone.post("/api/photos/check", json={"items": items})
    assert answer.status_code == 200
    assert [item["status"] for item in answer.json()["items"]] == ["have", "need", "conflict", "conflict"]
    assert [item["id"] for item in answer.json()["items"]] == [item["id"] for item in items]


def test_check_refuses_what_it_does_not_know(phone: TestClient) -> None:
    bad = [{"items": [{"id": "x", "sha256": "0" * 64, "size": 1}]}, {"items": [], "more": 1}, {}]
    assert {phone.post("/api/photos/check", json=body).status_code for body in bad} == {422}
