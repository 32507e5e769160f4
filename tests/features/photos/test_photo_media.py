"""GET /api/media/…: who may see which copy, and under which headers."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.core import clock, db
from app.core.audit import AuditEntry
from app.features.identity.models import User
from app.features.identity.viewer import Viewer
from app.features.photos import jobs, service
from app.features.photos.models import Photo, PhotoState, RenditionKind
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo

ORIGINAL = pictures.jpeg(1000, 800, exif=pictures.exif())


@pytest.fixture
def photo(phone: TestClient) -> Photo:
    """A photo of the volunteer with its renditions."""
    put_photo(phone, uuid.uuid4(), ORIGINAL)
    with db.reading() as session:
        made = session.scalars(select(Photo)).one()
    jobs.make_renditions(str(made.id))
    return made


@pytest.fixture
def person(sign_in: Callable[[User], TestClient], volunteer: User) -> Callable[..., TestClient]:
    """Somebody else with these roles."""

    def enter(*roles: str) -> TestClient:
        with db.transaction() as session:
            return sign_in(factories.user(session, factories.town(session), *roles))

    return enter


@pytest.fixture
def everybody_sees(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[uuid.UUID]]:
    """A rule as the cases register it; it notes which photos it was asked about."""
    asked: list[uuid.UUID] = []

    def rule(_: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
        assert viewer.user_id
        asked.append(photo_id)
        return True

    monkeypatch.setattr(service, "_visibilities", [])
    service.register_visibility(rule)
    return asked


@pytest.fixture(autouse=True)
def no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_visibilities", [])


def test_the_owner_sees_the_renditions(phone: TestClient, photo: Photo) -> None:
    for kind in ("thumb", "large"):
        answer = phone.get(f"/api/media/{photo.id}/{kind}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert len(answer.content) == int(answer.headers["content-length"])


def test_every_picture_says_not_to_sniff_run_or_keep_it(
    phone: TestClient, photo: Photo, person: Callable[..., TestClient], everybody_sees: list[uuid.UUID]
) -> None:
    desk = person("reviewer")
    for kind, cache in (
        ("thumb", "private, max-age=604800"),
        ("large", "no-store"),
        ("original", "no-store"),
    ):
        headers = desk.get(f"/api/media/{photo.id}/{kind}").headers
        assert headers["cache-control"] == cache
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        how = "attachment" if kind == "original" else "inline"
        assert headers["content-disposition"] == f'{how}; filename="{photo.id}.jpg"'


def test_what_somebody_may_not_see_answers_as_what_does_not_exist(
    photo: Photo, person: Callable[..., TestClient], client: TestClient
) -> None:
    stranger = person("reviewer", "office_admin")
    for kind in ("thumb", "large", "original", "watermarked"):
        hidden, missing = (stranger.get(f"/api/media/{i}/{kind}") for i in (photo.id, uuid.uuid4()))
        assert (hidden.status_code, hidden.content) == (404, missing.content)
        assert client.get(f"/api/media/{photo.id}/{kind}").status_code == 401


def test_a_registered_rule_lets_others_in(
    photo: Photo, person: Callable[..., TestClient], everybody_sees: list[uuid.UUID]
) -> None:
    assert person("rectifier").get(f"/api/media/{photo.id}/large").status_code == 200
    assert everybody_sees == [photo.id]


def test_a_deleted_photo_is_not_shown(phone: TestClient, photo: Photo) -> None:
    link = service.sign_media(photo.id, RenditionKind.THUMB)
    with db.transaction() as session:
        session.get_one(Photo, photo.id).deleted_at = clock.now()
    assert phone.get(f"/api/media/{photo.id}/thumb").status_code == 404
    assert phone.get(link).status_code == 404


@pytest.mark.parametrize(
    ("role", "status", "noted"),
    [
        ("office_admin", 200, "photo.original_viewed"),
        ("reviewer", 200, "photo.original_viewed"),
        ("auditor", 200, "photo.original_viewed"),
        ("dispatcher", 403, "photo.original_refused"),
        ("rectifier", 403, "photo.original_refused"),
    ],
)
def test_the_original_is_for_a_few_and_every_view_is_audited(
    photo: Photo,
    person: Callable[..., TestClient],
    everybody_sees: list[uuid.UUID],
    role: str,
    status: int,
    noted: str,
) -> None:
    answer = person(role).get(f"/api/media/{photo.id}/original")
    assert answer.status_code == status
    assert (answer.content == ORIGINAL) == (status == 200)
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry
    assert (entry.action, entry.subject_id) == (noted, str(photo.id))


def test_a_signed_link_opens_without_a_session_for_at_most_ten_minutes(
    client: TestClient, photo: Photo
) -> None:
    with clock.frozen(clock.now()) as forward:
        link = service.sign_media(photo.id, RenditionKind.LARGE)
        assert link == service.sign_media(photo.id, RenditionKind.LARGE)
        assert client.get(link).status_code == 200
        forward(timedelta(minutes=4, seconds=59))
        assert client.get(link).status_code == 200
        forward(timedelta(minutes=5, seconds=1))
        assert client.get(link).status_code == 401


def test_a_signed_link_opens_nothing_else(client: TestClient, photo: Photo) -> None:
    link = service.sign_media(photo.id, RenditionKind.THUMB)
    expires = int(re.search(r"expires=(\d+)", link)[1])  # type: ignore[index]
    altered = [
        link.replace("thumb", "large"),
        link.replace("thumb", "original"),
        link.replace(str(photo.id), str(uuid.uuid4())),
        link.replace(str(expires), str(expires + 300)),
        link.replace("signature=", "signature=A"),
        link.split("&", maxsplit=1)[0],
    ]
    assert {client.get(path).status_code for path in altered} == {401}


def test_a_picture_that_is_kept_is_not_sent_again(phone: TestClient, photo: Photo) -> None:
    first = phone.get(f"/api/media/{photo.id}/thumb")
    again = phone.get(f"/api/media/{photo.id}/thumb", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_before_the_job_has_run_it_says_so(phone: TestClient) -> None:
    put_photo(phone, uuid.uuid4(), ORIGINAL)
    with db.reading() as session:
        waiting = session.scalars(select(Photo)).one()
    answer = phone.get(f"/api/media/{waiting.id}/thumb")
    assert (answer.status_code, answer.json()["code"]) == (404, "rendition-not-ready")
    assert answer.headers["retry-after"] == "2"


def test_a_picture_that_cannot_be_shown_says_why(phone: TestClient, photo: Photo) -> None:
    with db.transaction() as session:
        failed = session.get_one(Photo, photo.id)
        failed.state, failed.failure = PhotoState.FAILED, "too-complex"
    answer = phone.get(f"/api/media/{photo.id}/watermarked")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (
        404,
        "rendition-failed",
        "too-complex",
    )
