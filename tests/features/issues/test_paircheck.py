"""What is told of a pair without looking into the pictures. A file that claims nothing is told nothing about."""

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core.clock import now
from app.features.issues.models import IssuePhoto
from app.features.issues.paircheck import claimed, told_of
from tests.support.cases import LAT, LON

ZONE, AT = ZoneInfo("Asia/Shanghai"), now().replace(microsecond=0)
METRE = 1 / 111_000


def taken(minutes: float = 0, north_m: float = 0, **changes: Any) -> IssuePhoto:
    said = {
        "lon": LON, "lat": LAT + north_m * METRE, "accuracy_m": 10.0, "capture": "camera", "clock_offset_seconds": 0.0,
        "taken_at": AT + timedelta(minutes=minutes), **changes,
    }  # fmt: skip
    return IssuePhoto(id=uuid.uuid4(), photo_id=uuid.uuid4(), **said)


def told(
    after: IssuePhoto, claims: dict[str, Any] | None = None, before: IssuePhoto | None = None
) -> dict[str, str]:
    before = before or taken(-60)
    found = [*told_of(before, after, 30), *claimed(before, after, claims or {}, ZONE, 30)]
    return {one["code"]: one["verdict"] for one in found}


@pytest.mark.parametrize(
    ("after", "code", "verdict"),
    [
        (taken(0), "time", "good"),
        (taken(-61), "time", "suspect"),
        (taken(0, taken_at=None), "time", "doubt"),
        (taken(0, 45), "distance", "good"),  # 30 m, and 10 m of either
        (taken(0, 55), "distance", "suspect"),
        (taken(0, 55, accuracy_m=30.0), "distance", "good"),
        (taken(0, lon=None, lat=None), "distance", "doubt"),
        (taken(0, capture="album"), "capture", "doubt"),
        (taken(0, clock_offset_seconds=301.0), "clock", "doubt"),
        (taken(0, clock_offset_seconds=None), "clock", "doubt"),
    ],
)
def test_time_distance_capture_and_clock(after: IssuePhoto, code: str, verdict: str) -> None:
    assert told(after)[code] == verdict


def local(minutes: float) -> str:
    return (AT + timedelta(minutes=minutes)).astimezone(ZONE).replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("claims", "more"),
    [
        ({}, {}),
        ({"make": "HUAWEI", "model": "P40", "software": "P40 10.1.0"}, {}),
        ({"taken_at": local(0)}, {"exif_time": "good"}),
        ({"taken_at": (AT + timedelta(minutes=1)).isoformat()}, {"exif_time": "good"}),
        ({"taken_at": local(-50)}, {"exif_time": "good"}),
        ({"taken_at": local(300)}, {"exif_time": "doubt"}),
        ({"taken_at": local(-70)}, {"exif_time": "suspect"}),
        ({"gps": {"lat": LAT, "lon": LON}}, {"exif_place": "good"}),
        ({"gps": {"lat": LAT + 500 * METRE, "lon": LON}}, {"exif_place": "doubt"}),
        ({"gps": {"lat": LAT + 500 * METRE, "lon": LON, "accuracy_m": 600}}, {"exif_place": "good"}),
        ({"software": "Adobe Photoshop 25"}, {"exif_software": "doubt"}),
    ],
)
def test_what_the_file_claims_is_held_against_what_the_phone_said(
    claims: dict[str, Any], more: dict[str, str]
) -> None:
    assert told(taken(0), claims) == dict.fromkeys(("time", "distance", "capture", "clock"), "good") | more


def test_a_place_in_the_file_stands_in_where_the_phone_gave_none() -> None:
    bare = taken(0, lon=None, lat=None, accuracy_m=None)
    assert told(bare, {"gps": {"lat": LAT, "lon": LON}})["exif_distance"] == "good"
    assert told(bare, {"gps": {"lat": LAT + 900 * METRE, "lon": LON}})["exif_distance"] == "suspect"
    lost = taken(-60, lon=None, lat=None)
    assert "exif_distance" not in told(bare, {"gps": {"lat": LAT, "lon": LON}}, before=lost)
