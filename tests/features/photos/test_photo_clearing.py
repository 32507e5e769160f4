"""A photo for the public's eyes: veiled so that nothing comes back, by a person whose name stays, or not public at all."""

import uuid
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from sqlalchemy import func, select

from app.core import audit, db, jobs
from app.features.photos.models import Photo, Rendition
from app.features.photos.queries import system_not_veiled
from app.features.photos.veil import drawn
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support import cases

BOX = {"x": 2500, "y": 2500, "width": 5000, "height": 2500}


def plate(text: str) -> bytes:
    """A street with a number plate in the middle."""
    image = pictures.noise(640, 480)
    draw = ImageDraw.Draw(image)
    draw.rectangle((160, 120, 480, 240), fill="white")
    draw.text((180, 130), text, fill="black", font_size=90)
    return pictures.encoded(image, "JPEG", quality=95, exif=pictures.exif())


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def test_nothing_of_what_was_veiled_is_left_in_the_file() -> None:
    inside, outside = (160, 128, 480, 240), (0, 272, 640, 480)
    one, other = (
        opened(drawn(plate(text), [(2500, 2500, 5000, 2500)]).data) for text in ("沪A 88B31", "沪A 88B37")
    )
    # The plate's edges and strokes are gone: what is left of it changes slowly and in few steps.
    veiled, was = one.crop(inside), opened(plate("沪A 88B31")).crop(inside)
    assert max(ImageStat.Stat(was).stddev) > 60
    assert max(ImageStat.Stat(veiled).stddev) < 40
    # Two plates that differ in a stroke look the same; the street beside them is as it was.
    assert max(ImageStat.Stat(ImageChops.difference(veiled, other.crop(inside))).mean) < 2
    street = opened(plate("")).crop(outside)
    assert ImageStat.Stat(one.crop(outside)).mean == pytest.approx(ImageStat.Stat(street).mean, abs=2)


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (9999, 9999, 10000, 10000), (0, 0, 10000, 10000), (9990, 0, 5, 10000)]
)
def test_any_box_lies_within_the_picture(box: tuple[int, int, int, int]) -> None:
    for size in ((1, 1), (17, 900), (1600, 1200)):
        made = drawn(pictures.jpeg(*size), [box])
        assert (made.width, made.height) == opened(made.data).size == size


def test_a_photo_is_public_only_after_somebody_cleared_it(sign_in: Any) -> None:
    world = cases.world(sign_in)
    phone, desk, client_id = world.client("volunteer"), world.client("dispatcher"), uuid.uuid4()
    assert put_photo(phone, client_id, plate("88B31")).status_code == 201
    issue = world.put(world.body(photos=[world.shot(client_id)])).json()["issue"]["id"]
    with db.reading() as session:
        photo_id = session.scalars(select(Photo.id).where(Photo.client_id == client_id)).one()
    path = f"/api/media/{photo_id}/clearing"

    def printed() -> str | None:
        url: str | None = desk.get(f"/api/issues/{issue}").json()["photos"][0]["cleared_url"]
        return url

    assert desk.put(path, json={"boxes": []}).json()["code"] == "rendition-not-ready"
    jobs.drain()
    answer = desk.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "none"
    assert printed() is None
    assert desk.get(f"/api/media/{photo_id}/cleared").json()["code"] == "rendition-not-ready"
    assert phone.put(path, json={"boxes": [BOX]}).status_code == 403

    said = desk.put(path, json={"boxes": [BOX]}).json()
    assert (said["state"], said["boxes"], said["cleared_url"]) == ("making", [BOX], None)
    assert printed() is None
    jobs.drain()
    said = desk.get(path).json()
    assert (said["state"], said["cleared_by"]) == ("ready", world.people["dispatcher"].name_zh)
    assert printed() == said["cleared_url"]
    copy = phone.get(f"/api/media/{photo_id}/cleared")
    assert copy.status_code == 200
    assert not opened(copy.content).getexif()
    assert max(ImageStat.Stat(opened(copy.content).crop((176, 144, 464, 224))).stddev) < 40

    # Drawn anew: the old copy is out of sight at once, and the new one is another.
    assert desk.put(path, json={"boxes": []}).json()["state"] == "making"
    assert printed() is None
    with db.reading() as session:
        assert system_not_veiled(session, 10) == [photo_id]
    jobs.drain()
    assert phone.get(f"/api/media/{photo_id}/cleared").content != copy.content

    assert desk.delete(path).status_code == 204
    assert printed() is None
    assert phone.get(f"/api/media/{photo_id}/cleared").status_code == 404
    with db.reading() as session:
        kinds = select(func.count()).where(Rendition.photo_id == photo_id, Rendition.kind == "cleared")
        assert session.scalar(kinds) == 0
        told = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.subject_id == str(photo_id)))
        entries = [(e.action, e.detail.get("boxes"), e.actor_id) for e in told]
    clerk = world.people["dispatcher"].id
    assert entries == [
        ("photo.cleared", [[2500, 2500, 5000, 2500]], clerk),
        ("photo.cleared", [], clerk),
        ("photo.clearing_withdrawn", None, clerk),
    ]
