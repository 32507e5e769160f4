"""The jobs: clean copies, upright and in sRGB, of every kind of picture; what fails, what is left, what is swept."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import clock, db
from app.core.storage import get_storage
from app.features.photos import fonts, jobs, service, trusted
from app.features.photos.errors import PictureRefused
from app.features.photos.models import Photo, PhotoState, Rendition, RenditionKind
from app.features.photos.sandbox import Sandbox
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo, stored_files
from tests.features.photos.pictures import encoded, scene

Send = Callable[..., Photo]


@pytest.fixture
def send(phone: TestClient) -> Send:
    """Send a picture and make its renditions."""

    def sent(data: bytes, media_type: str = "image/jpeg") -> Photo:
        client_id = uuid.uuid4()
        assert put_photo(phone, client_id, data, media_type).status_code == 201
        photo = find(client_id)
        jobs.make_renditions(str(photo.id))
        return find(client_id)

    return sent


def find(client_id: uuid.UUID) -> Photo:
    with db.reading() as session:
        return session.scalars(select(Photo).where(Photo.client_id == client_id)).one()


def copy_of(photo: Photo, kind: RenditionKind) -> Image.Image:
    with db.reading() as session:
        row = session.get_one(Rendition, (photo.id, kind))
    image = Image.open(BytesIO(get_storage().get(row.storage_key)))
    assert image.size == (row.width, row.height)
    return image


def colour(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a share of width and height."""
    found: Any = image.convert("RGB").getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    return tuple(found)


def is_red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 120 > max(pixel[1], pixel[2]) + 40


@pytest.mark.either_db
def test_the_copies_fit_their_frames_and_never_grow(send: Send) -> None:
    wide = send(pictures.jpeg(4000, 1000))
    assert copy_of(wide, RenditionKind.THUMB).size == (320, 80)
    assert copy_of(wide, RenditionKind.LARGE).size == (1600, 400)
    small = send(pictures.jpeg(200, 100))
    assert copy_of(small, RenditionKind.LARGE).size == copy_of(small, RenditionKind.THUMB).size == (200, 100)
    assert small.state == PhotoState.READY


@pytest.mark.either_db
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_copies_stand_upright(send: Send, orientation: int, kind: str) -> None:
    upright = scene(640, 480)
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    photo = send(encoded(stored, kind, exif=pictures.exif(orientation=orientation)), f"image/{kind.lower()}")
    assert (photo.width, photo.height) == (640, 480)
    thumb = copy_of(photo, RenditionKind.THUMB)
    assert thumb.size == (320, 240)
    assert is_red(colour(thumb, 0.1, 0.1))
    assert not any(is_red(colour(thumb, x, y)) for x, y in ((0.9, 0.1), (0.1, 0.9), (0.9, 0.9)))


@pytest.mark.either_db
def test_a_heic_is_turned_once(send: Send) -> None:
    image = scene(640, 480).transpose(Image.Transpose.ROTATE_90)
    photo = send(pictures.heic(image, exif=pictures.exif(orientation=6).tobytes()), "image/heic")
    thumb = copy_of(photo, RenditionKind.THUMB)
    assert (photo.width, photo.height) == (640, 480)
    assert thumb.size == (320, 240)
    assert is_red(colour(thumb, 0.1, 0.1))


@pytest.mark.either_db
@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_colours_of_another_space_become_srgb(send: Send, kind: str, media_type: str) -> None:
    # A space in which red and blue have changed places: only who converts by the profile gets the picture right.
    swapped = pictures.SRGB.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")
    image = Image.merge("RGB", scene().split()[::-1])
    photo = send(encoded(image, kind, icc_profile=swapped), media_type)
    assert is_red(colour(copy_of(photo, RenditionKind.THUMB), 0.1, 0.1))
    assert "icc_profile" not in copy_of(photo, RenditionKind.LARGE).info


@pytest.mark.either_db
def test_see_through_becomes_white_and_deep_grey_stays_grey(send: Send) -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    assert (
        colour(copy_of(send(encoded(clear, "PNG"), "image/png"), RenditionKind.THUMB), 0.5, 0.5) == (255,) * 3
    )
    deep = Image.new("I;16", (100, 100), 0x8000)
    grey = colour(copy_of(send(encoded(deep, "PNG"), "image/png"), RenditionKind.THUMB), 0.5, 0.5)
    assert all(abs(value - 128) < 3 for value in grey)


@pytest.mark.either_db
def test_cmyk_is_shown_in_its_colours(send: Send) -> None:
    photo = send(encoded(scene(mode="CMYK")))
    assert is_red(colour(copy_of(photo, RenditionKind.LARGE), 0.1, 0.1))


SECRET = "SECRETMARK"


def telling() -> dict[str, tuple[str, bytes]]:
    """Pictures that carry a mark wherever a format lets one carry words."""
    words = pictures.exif()
    words[0x010E] = SECRET
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Comment", SECRET)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    icc = pictures.SRGB
    return {
        "jpeg": ("image/jpeg", pictures.jpeg(exif=words, comment=SECRET.encode(), icc_profile=icc, xmp=xmp)),
        "png": ("image/png", encoded(scene(), "PNG", exif=words, pnginfo=text, icc_profile=icc)),
        "webp": ("image/webp", encoded(scene(), "WEBP", exif=words, xmp=xmp, icc_profile=icc)),
        "heic": ("image/heic", pictures.heic(scene(), exif=words.tobytes(), xmp=xmp)),
        "behind": ("image/jpeg", pictures.jpeg(exif=words) + SECRET.encode()),
    }


@pytest.mark.either_db
@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "heic", "behind"])
def test_no_copy_tells_anything_but_the_picture(send: Send, name: str, tmp_path: Path) -> None:
    media_type, data = telling()[name]
    photo = send(data, media_type)
    assert SECRET.encode() in get_storage().get(photo.storage_key)
    with db.reading() as session:
        rows = session.scalars(select(Rendition).where(Rendition.photo_id == photo.id)).all()
    files = [tmp_path / f"{row.kind}.jpg" for row in rows]
    for row, file in zip(rows, files, strict=True):
        copy = get_storage().get(row.storage_key)
        assert SECRET.encode() not in copy
        assert segments(copy) <= {0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xE0}
        file.write_bytes(copy)
    if exiftool := shutil.which("exiftool"):
        said = subprocess.run([exiftool, "-j", "-G", "-a", "-u", *files], capture_output=True, check=True)
        for told in json.loads(said.stdout):
            groups = {tag.split(":")[0] for tag in told} - {"SourceFile"}
            assert groups == {"ExifTool", "File", "JFIF", "Composite"}


def segments(jpeg: bytes) -> set[int]:
    """The marker segments before the pixels."""
    at, found = 2, set()
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


def test_what_fails_in_full_is_marked_and_its_original_kept(
    phone: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id, data = uuid.uuid4(), pictures.jpeg()
    put_photo(phone, client_id, data)

    def explodes(*_: object) -> None:
        raise PictureRefused(reason="too-complex")

    monkeypatch.setattr(Sandbox, "render", explodes)
    jobs.make_renditions(str(find(client_id).id))
    photo = find(client_id)
    assert (photo.state, photo.failure) == (PhotoState.FAILED, "too-complex")
    assert get_storage().get(photo.storage_key) == data


def test_making_copies_twice_makes_them_once(send: Send, blobs: Path) -> None:
    photo = send(pictures.jpeg())
    jobs.make_renditions(str(photo.id))
    jobs.make_renditions(str(uuid.uuid4()))
    assert [name.split("/")[0] for name in stored_files(blobs)] == ["originals", "renditions", "renditions"]


@pytest.mark.either_db
@pytest.mark.skipif(fonts.chinese_font() is None, reason="no Chinese font: install fonts-noto-cjk")
def test_the_watermark_is_written_on_a_copy_of_its_own(send: Send) -> None:
    photo = send(pictures.encoded(Image.new("RGB", (1600, 1200), "grey")))
    lines = ["农贸市场东门 · 乱堆乱放", "2026-11-20 10:11", "A-2026-0042 " + "很长" * 200]
    with db.transaction() as session:
        service.ask_watermark(session, photo.id, lines)
        service.ask_watermark(session, photo.id, lines)
    jobs.make_watermark(str(photo.id))
    marked, large = (copy_of(photo, kind) for kind in (RenditionKind.WATERMARKED, RenditionKind.LARGE))
    assert marked.size == large.size
    lower = marked.crop((0, 1000, 1600, 1200)).convert("L")
    shades = lower.tobytes()
    assert min(shades) < 80
    assert max(shades) > 240
    assert colour(marked, 0.5, 0.2) == colour(large, 0.5, 0.2)


@pytest.mark.skipif(fonts.chinese_font() is None, reason="no Chinese font: install fonts-noto-cjk")
def test_lines_known_before_the_copies_are_written_with_them_and_other_ones_anew(
    phone: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(jobs.jobs, "enqueue", lambda _, name, **__: asked.append(name))
    for asked_meanwhile in (False, True):
        client_id = uuid.uuid4()
        put_photo(phone, client_id, pictures.encoded(Image.new("RGB", (1600, 1200), "grey")))
        asked.clear()
        with db.transaction() as session:
            service.ask_watermark(session, find(client_id).id, ["0042 · 乱堆乱放"])
        if asked_meanwhile:
            _ask_while_rendering(monkeypatch, find(client_id).id)
        jobs.make_renditions(str(find(client_id).id))
        assert asked == (["photos.make_watermark"] if asked_meanwhile else [])
        with db.reading() as session:
            marked = session.get(Rendition, (find(client_id).id, RenditionKind.WATERMARKED))
        assert (marked is None) == asked_meanwhile
        if marked is not None:
            lower = copy_of(find(client_id), RenditionKind.WATERMARKED).crop((0, 1000, 1600, 1200))
            assert max(lower.convert("L").tobytes()) > 240


def _ask_while_rendering(monkeypatch: pytest.MonkeyPatch, photo_id: uuid.UUID) -> None:
    rendering = Sandbox.render

    def slow(*given: Any) -> Any:
        with db.transaction() as session:
            service.ask_watermark(session, photo_id, ["0043 · 乱堆乱放"])
        return rendering(*given)

    monkeypatch.setattr(Sandbox, "render", slow)


def test_what_a_dead_worker_left_is_asked_for_again(
    phone: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id, asked = uuid.uuid4(), []
    put_photo(phone, client_id, pictures.jpeg())
    monkeypatch.setattr(
        jobs.jobs, "enqueue", lambda _, name, **arguments: asked.append((name, arguments["photo_id"]))
    )
    with clock.frozen(clock.now()) as forward, db.transaction() as session:
        jobs.requeue_unfinished(session)
        assert asked == []
        forward(timedelta(minutes=3))
        jobs.requeue_unfinished(session)
    assert asked == [("photos.make_renditions", str(find(client_id).id))]


def test_pictures_of_our_own_are_ready_at_once(phone: TestClient, volunteer: Any) -> None:
    import hashlib

    data, client_id = pictures.jpeg(1200, 900), uuid.uuid4()
    kept = trusted.keep_trusted(data, sha256=hashlib.sha256(data).hexdigest())
    with db.transaction() as session:
        photo, is_new = service.record(session, owner_id=volunteer.id, client_id=client_id, kept=kept)
    assert (is_new, photo.state) == (True, PhotoState.READY)
    assert phone.get(f"/api/media/{photo.id}/thumb").status_code == 200
    assert copy_of(photo, RenditionKind.LARGE).size == (1200, 900)
