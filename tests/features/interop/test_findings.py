"""A third party's sheet of findings becomes cases in its grids, or is refused row by row (Z10)."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.core.db import reading, transaction
from app.core.sheets import csv_bytes
from app.features.identity.models import User
from app.features.issues.models import Issue
from app.features.photos import service as photos
from app.features.photos.models import Rendition
from app.features.photos.service import Kept
from app.features.places import service as places
from app.features.places.models import Grid
from app.features.places.schemas import GridIn
from tests import factories


def arrived(session: Session, person: User) -> str:
    """A photo of this person that is here."""
    client_id, stored = uuid.uuid4(), uuid.uuid4()
    sha256 = hashlib.sha256(stored.bytes).hexdigest()
    thumb = Rendition(
        photo_id=stored,
        kind="thumb",
        storage_key=f"renditions/{stored}",
        sha256=sha256,
        size=1,
        width=32,
        height=24,
    )
    kept = Kept(stored, sha256, 1000, "image/jpeg", 640, 480, renditions=(thumb,))
    photos.record(session, owner_id=person.id, client_id=client_id, kept=kept)
    return str(client_id)


HEADS = ["编号", "网格", "类别", "发现时间", "照片", "描述", "经度", "纬度"]


def test_a_sheet_of_fifty_becomes_fifty_cases_in_their_grids_and_rows_without_a_photo_are_named_Z10(
    sign_in: Callable[[User], TestClient],
) -> None:
    with transaction() as session:
        town = factories.town(session)
        firm = factories.unit(session, town, kind="third_party")
        person = factories.user(session, firm, "third_party")
        factories.category(session, town, code="ENV-01", name_zh="暴露垃圾")
        stranger = factories.user(session, town, "patroller")
        for number in range(2):
            west = 120.0 + number * 0.01
            ring = [[west, 31.0], [west + 0.01, 31.0], [west + 0.01, 31.01], [west, 31.01], [west, 31.0]]
            shape = {"type": "Polygon", "coordinates": [ring]}
            grid = {"code": f"G{number}", "name_zh": f"网格{number}", "geometry": shape}
            places.put_grid(session, town.id, GridIn.model_validate(grid))
        names = {f"IMG_{n}.jpg": arrived(session, person) for n in range(50)}
    phone = sign_in(person)
    rows = [
        [f"A{n}", f"G{n % 2}", "暴露垃圾", "2021-10-29 09:30", f"img_{n}.jpg", "沿街", *(["120.005", "31.005"] if n == 0 else ["", ""])]
        for n in range(50)
    ]  # fmt: skip

    def send(given: list[list[str]], *, dry: bool, client: TestClient = phone) -> Any:
        return client.post(
            "/api/imports/findings", params={"dry_run": dry}, files={"file": ("x.csv", csv_bytes([HEADS, *given]))},
            data={"photos": json.dumps(names)},
        )  # fmt: skip

    def cases() -> list[tuple[str, str, str]]:
        with reading() as session:
            found = (
                session.query(Issue, Grid)
                .join(Grid, Grid.id == Issue.grid_id)
                .filter(Issue.town_id == town.id)
            )
            return [
                (issue.external_ref or "", grid.code, f"{issue.source} {issue.state}")
                for issue, grid in found
            ]

    wrong = [list(row) for row in rows]
    wrong[3][4], wrong[7][4], wrong[9][1], wrong[11][4] = "", "other.jpg", "G7", str(uuid.uuid4())
    wrong[12][3], wrong[0][6] = "昨天", "120.5"
    refused = send(wrong, dry=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "import-refused")
    assert [(one["row"], one["column"], one["code"]) for one in refused.json()["errors"]] == [
        (2, "经度", "outside-grid"), (5, "照片", "missing"), (9, "照片", "unknown-photo"), (11, "网格", "unknown-code"),
        (13, "照片", "photo-not-here"), (14, "发现时间", "not-a-date"),
    ]  # fmt: skip
    dry = send(rows, dry=True).json()
    assert (dry["created"], dry["error_count"], dry["is_applied"], cases()) == (50, 0, False, [])
    done = send(rows, dry=False).json()
    assert (done["created"], done["is_applied"]) == (50, True)
    assert sorted(cases()) == sorted((f"A{n}", f"G{n % 2}", "third_party submitted") for n in range(50))
    again = send(rows, dry=False).json()
    assert (again["created"], again["unchanged"], len(cases())) == (0, 50, 50)
    rows[4][5] = "改了"
    assert [one["code"] for one in send(rows, dry=True).json()["errors"]] == ["filed-otherwise"]
    assert send(rows, dry=True, client=sign_in(stranger)).status_code == 403
