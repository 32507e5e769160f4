"""Any file whatever: 2xx or a problem 4xx, nothing left over, and the next honest photo is taken as before."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.core.errors import Unavailable
from app.features.photos import formats
from app.features.photos.errors import PictureRefused
from app.features.photos.sandbox import Sandbox
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo, stored_files
from tests.features.photos.pictures import encoded, scene

pytestmark = pytest.mark.either_db  # what a decoder takes has nothing to do with it

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
Maker = Callable[[], bytes]

ACCEPTED: dict[str, tuple[str, Maker]] = {
    "jpeg": (JPEG, pictures.jpeg),
    "one pixel": (JPEG, lambda: pictures.jpeg(1, 1)),
    "very long": (JPEG, lambda: pictures.jpeg(9000, 4)),
    "progressive": (JPEG, lambda: pictures.jpeg(progressive=True)),
    "grey": (JPEG, lambda: encoded(scene(mode="L"))),
    "cmyk": (JPEG, lambda: encoded(scene(mode="CMYK"))),
    "jpeg with a second picture": (JPEG, pictures.multi_picture),
    "jpeg with html behind": (JPEG, lambda: pictures.jpeg() + b"<script>alert(1)</script>"),
    "jpeg with a comment": (JPEG, lambda: pictures.jpeg(comment=b"<?php system($_GET[0]) ?>")),
    "jpeg with broken exif": (
        JPEG,
        lambda: pictures.jpeg(exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff" + b"\xff" * 99),
    ),
    "jpeg with a broken profile": (JPEG, lambda: pictures.jpeg(icc_profile=b"\xff" * 4000)),
    "png": (PNG, lambda: encoded(scene(), "PNG")),
    "png palette": (PNG, lambda: encoded(scene(mode="P"), "PNG", transparency=3)),
    "png see-through": (PNG, lambda: encoded(scene(mode="RGBA"), "PNG")),
    "png grey alpha": (PNG, lambda: encoded(scene(mode="LA"), "PNG")),
    "png 16 bit": (PNG, lambda: encoded(scene(mode="I").point(lambda v: v * 257).convert("I;16"), "PNG")),
    "png one bit": (PNG, lambda: encoded(scene(mode="1"), "PNG")),
    "png full of zeros": (PNG, lambda: pictures.png_bomb(7000, 7000)),
    "webp": (WEBP, lambda: encoded(scene(), "WEBP")),
    "webp lossless see-through": (WEBP, lambda: encoded(scene(mode="RGBA"), "WEBP", lossless=True)),
    "heic": (HEIC, lambda: pictures.heic(scene())),
    "heic see-through": (HEIC, lambda: pictures.heic(scene(mode="RGBA"))),
}

REFUSED: dict[str, tuple[str, Maker, int, str]] = {
    "nothing": (JPEG, lambda: b"", 415, ""),
    "text": (JPEG, lambda: b"hello", 415, ""),
    "html": (JPEG, lambda: b"<html><script>", 415, ""),
    "svg": (PNG, lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", 415, ""),
    "gif": (PNG, lambda: encoded(scene(mode="P"), "GIF"), 415, ""),
    "bmp": (PNG, lambda: encoded(scene(), "BMP"), 415, ""),
    "tiff": (JPEG, lambda: encoded(scene(), "TIFF"), 415, ""),
    "avif": (HEIC, lambda: encoded(scene(), "AVIF"), 415, ""),
    "png said to be jpeg": (JPEG, lambda: encoded(scene(), "PNG"), 415, ""),
    "jpeg said to be heic": (HEIC, pictures.jpeg, 415, ""),
    "heic film": (HEIC, lambda: pictures.heic(scene()).replace(b"ftypheic", b"ftyphevc", 1), 415, ""),
    "only magic": (JPEG, lambda: b"\xff\xd8\xff\xe0", 422, "damaged"),
    "jpeg cut in the middle": (JPEG, lambda: pictures.jpeg()[:-6000], 422, "damaged"),
    "jpeg cut in the header": (JPEG, lambda: pictures.jpeg()[:300], 422, "damaged"),
    "png cut": (PNG, lambda: encoded(scene(), "PNG")[:-500], 422, "damaged"),
    "png without pixels": (
        PNG,
        lambda: pictures.png_header(10, 10) + pictures.chunk(b"IEND", b""),
        422,
        "damaged",
    ),
    "webp cut": (WEBP, lambda: encoded(scene(), "WEBP")[:-500], 422, "damaged"),
    "webp of zeros": (WEBP, lambda: b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 60, 422, "damaged"),
    "heic cut": (HEIC, lambda: pictures.heic(scene())[:700], 422, "damaged"),
    "heic of only a header": (HEIC, lambda: pictures.heic(scene())[:40], 422, "damaged"),
    "animated png": (PNG, lambda: pictures.animated("PNG"), 422, "animated"),
    "animated webp": (WEBP, lambda: pictures.animated("WEBP"), 422, "animated"),
    "jpeg claiming 65500²": (JPEG, lambda: pictures.jpeg_claiming(65500, 65500), 422, "too-many-pixels"),
    "png claiming 2³¹": (PNG, lambda: pictures.png_header(2**31 - 1, 2**31 - 1), 422, "damaged"),
    "png bomb": (PNG, lambda: pictures.png_bomb(8001, 8001), 422, "too-many-pixels"),
    "jpeg claiming nothing": (JPEG, lambda: pictures.jpeg_claiming(0, 0), 422, "damaged"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_odd_but_honest_pictures_are_taken(phone: TestClient, name: str) -> None:
    media_type, make = ACCEPTED[name]
    answer = put_photo(phone, uuid.uuid4(), make(), media_type)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_files_are_refused_and_leave_nothing(phone: TestClient, blobs: Path, name: str) -> None:
    media_type, make, status, reason = REFUSED[name]
    answer = put_photo(phone, uuid.uuid4(), make(), media_type)
    assert (answer.status_code, answer.json().get("reason", "")) == (status, reason), answer.text
    assert stored_files(blobs) == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_bytes_cut_or_flipped_anywhere_never_crash_the_server(phone: TestClient, kind: str) -> None:
    whole = encoded(scene(160, 120), kind, exif=pictures.exif())
    media_type = f"image/{kind.lower()}"
    for at in range(0, len(whole), max(1, len(whole) // 25)):
        flipped = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        for data in (whole[:at], flipped):
            answer = put_photo(phone, uuid.uuid4(), data, media_type)
            assert answer.status_code in (201, 415, 422), (at, answer.text)


Limited = Callable[..., Sandbox]


@pytest.fixture
def limited() -> Iterator[Limited]:
    """Makes sandboxes with one process and limits of their own."""
    made: list[Sandbox] = []

    def make(**limits: float) -> Sandbox:
        made.append(Sandbox(int(limits["memory_mb"]), limits["cpu_seconds"], processes=1))
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.close()


def test_a_file_that_eats_memory_is_refused_and_the_next_is_taken(limited: Limited) -> None:
    sandbox = limited(memory_mb=200, cpu_seconds=10)
    with pytest.raises(PictureRefused) as refused:
        sandbox.check(pictures.png_bomb(7900, 7900), formats.PNG)
    assert refused.value.members == {"reason": "too-complex"}
    assert sandbox.check(pictures.jpeg(), formats.JPEG).width == 640


def test_a_file_that_eats_time_is_refused_and_the_next_is_taken(limited: Limited) -> None:
    sandbox = limited(memory_mb=1024, cpu_seconds=1)
    sandbox.wall_seconds = 600  # only CPU time counts, however busy the machine is
    with pytest.raises(PictureRefused) as refused:
        sandbox.check(pictures.slow_jpeg(), formats.JPEG)
    assert refused.value.members == {"reason": "too-complex"}
    assert sandbox.check(pictures.jpeg(), formats.JPEG).width == 640


def test_a_decoder_that_hangs_without_working_is_no_fault_of_the_picture(limited: Limited) -> None:
    sandbox = limited(memory_mb=1024, cpu_seconds=10)
    sandbox.check(pictures.jpeg(), formats.JPEG)
    process: Any = sandbox._free.queue[-1]
    process.process.send_signal(19)  # SIGSTOP
    sandbox.wall_seconds = 0.3
    with pytest.raises(Unavailable):
        sandbox.check(pictures.jpeg(), formats.JPEG)
    sandbox.wall_seconds = 30
    assert sandbox.check(pictures.jpeg(), formats.JPEG).width == 640


def test_a_decoder_that_was_killed_is_replaced_without_notice(limited: Limited) -> None:
    sandbox = limited(memory_mb=1024, cpu_seconds=10)
    sandbox.check(pictures.jpeg(), formats.JPEG)
    process: Any = sandbox._free.queue[-1]
    process.process.kill()
    process.process.wait()
    assert sandbox.check(pictures.jpeg(), formats.JPEG).height == 480


def test_the_decoder_gets_none_of_the_servers_secrets(
    limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUNFANG_S3_SECRET_KEY", "hush")
    sandbox = limited(memory_mb=1024, cpu_seconds=10)
    sandbox.check(pictures.jpeg(), formats.JPEG)
    process: Any = sandbox._free.queue[-1]
    assert b"hush" not in Path(f"/proc/{process.process.pid}/environ").read_bytes()


def test_a_film_is_told_from_a_picture_by_its_brand() -> None:
    def box(*brands: bytes) -> bytes:
        return (
            (16 + 4 * len(brands[1:])).to_bytes(4, "big")
            + b"ftyp"
            + brands[0]
            + b"\0\0\0\0"
            + b"".join(brands[1:])
        )

    assert formats.sniff(box(b"heic", b"mif1")) == HEIC
    assert formats.sniff(box(b"mif1", b"mif1", b"heic")) == HEIC
    assert formats.sniff(box(b"mif1", b"avif")) is None
    assert formats.sniff(box(b"msf1", b"hevc", b"heic")) is None
    assert Image.MAX_IMAGE_PIXELS  # Pillow's own guard is on in this process as well
