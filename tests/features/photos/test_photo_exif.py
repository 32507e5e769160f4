"""EXIF as claims: read where it makes sense, ignored where it does not, never a crash."""

import uuid
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import db
from app.features.photos import exif
from app.features.photos.models import Photo
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo


def claims(**values: Any) -> dict[str, Any]:
    return exif.claims(Image.open(BytesIO(pictures.jpeg(exif=pictures.exif(**values)))))


def test_a_phones_claims_are_read() -> None:
    assert claims() == {
        "orientation": 1,
        "make": "HUAWEI",
        "model": "P40",
        "software": "巡访相机 1.2",
        "taken_at": "2026-11-20T10:11:12+08:00",
        "gps": {"lat": 30.2534278, "lon": 120.15, "accuracy_m": 8.0, "at": "2026-11-20T02:11:10+00:00"},
    }


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("HEIC", "image/heic")],
)
def test_claims_are_kept_with_the_photo_of_every_kind(phone: TestClient, kind: str, media_type: str) -> None:
    made = pictures.exif()
    data = (
        pictures.heic(pictures.scene(), exif=made.tobytes())
        if kind == "HEIC"
        else pictures.encoded(pictures.scene(), kind, exif=made)
    )
    assert put_photo(phone, uuid.uuid4(), data, media_type).status_code == 201
    with db.reading() as session:
        kept = session.scalars(select(Photo)).one().claims
    assert (kept["model"], kept["gps"]["lat"]) == ("P40", 30.2534278)


@pytest.mark.parametrize(
    "taken", ["", "0000:00:00 00:00:00", "2026:13:45 10:11:12", "yesterday", "1899:01:01 00:00:00"]
)
def test_an_impossible_time_is_no_claim(taken: str) -> None:
    assert "taken_at" not in claims(taken=taken)


@pytest.mark.parametrize("offset", ["", "+99:99", "CST", "8"])
def test_a_time_without_a_good_offset_stays_local(offset: str) -> None:
    assert claims(offset=offset)["taken_at"] == "2026-11-20T10:11:12"


@pytest.mark.parametrize(
    "broken",
    [
        {
            2: (IFDRational(0), IFDRational(0), IFDRational(0)),
            4: (IFDRational(0), IFDRational(0), IFDRational(0)),
        },
        {2: (IFDRational(91), IFDRational(0), IFDRational(0))},
        {2: (IFDRational(1, 0), IFDRational(0), IFDRational(0))},
        {2: (IFDRational(30), IFDRational(75), IFDRational(0))},
        {4: (IFDRational(120),)},
    ],
)
def test_an_impossible_position_is_no_claim(broken: dict[int, Any]) -> None:
    assert "gps" not in claims(gps=pictures.default_gps() | broken)


def test_south_and_west_are_negative() -> None:
    found = claims(gps=pictures.default_gps() | {1: "S", 3: "W"})["gps"]
    assert (found["lat"], found["lon"]) == (-30.2534278, -120.15)


def test_text_is_cut_and_cleaned() -> None:
    made = Image.Exif()
    made[0x010F] = "A\x07B\u202e<b>" + "x" * 500
    found = exif.claims(Image.open(BytesIO(pictures.jpeg(exif=made))))["make"]
    assert len(found) <= 80
    assert found.isprintable()


@given(st.binary(max_size=400))
def test_any_exif_whatever_is_survived(junk: bytes) -> None:
    image = Image.open(BytesIO(pictures.encoded(Image.new("L", (1, 1)), "PNG")))
    image.info["exif"] = b"Exif\0\0" + junk
    assert isinstance(exif.claims(image), dict)


@given(
    st.dictionaries(
        st.integers(0, 40), st.one_of(st.text(), st.floats(), st.binary(), st.tuples(st.floats())), max_size=8
    )
)
def test_any_tags_whatever_are_survived(tags: dict[int, Any]) -> None:
    class Strange:
        def getexif(self) -> Any:
            return type("Tags", (dict,), {"get_ifd": lambda *_: tags})(tags)

    assert isinstance(exif.claims(Strange()), dict)  # type: ignore[arg-type]
