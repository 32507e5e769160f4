"""Replays of registers: volunteers of the municipal platform, and grids whose duty is accepted by all three."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from app.replay.stage import ADMIN, OFFICE, Stage

Measured = dict[str, Any]
CODE = "990201001{:03d}001"
WEST, SOUTH, STEP = 121.60, 31.40, 0.002
"""Away from the demo town's own grids."""
SUPPORT = ("D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10")
SUPPORT_LIAISON = {code: f"u.{code.lower()}.lia" for code in SUPPORT} | {"D01": "u.audit2"}


# ---- 石门二路 S41 ----
def shimen_volunteers(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """Two kinds are imported from the platform's lists, each into its team; a second import changes nothing."""
    total, admin = 0, stage.client(ADMIN)
    for kind in ("white_collar", "resident"):
        rows = [f"{kind}{number:04d}" for number in range(1, recipe[kind] + 1)]
        table = _people(rows)
        first = admin.upload("/api/imports/people", "volunteers.csv", table, dry_run="false")
        again = admin.upload("/api/imports/people", "volunteers.csv", table, dry_run="false")
        if (again["created"], again["updated"], again["unchanged"]) != (0, 0, first["created"]):
            raise AssertionError(f"a second import changed something: {again}")
        team = admin.post("/api/teams", _team(stage, kind))
        for number, user_id in enumerate(stage.user_ids(rows), 1):
            admin.put(f"/api/teams/{team['id']}/members/{user_id}", {})
            stage.report(number, len(rows))
        teams = {one["id"]: one["members"] for one in admin.get("/api/teams")["items"]}
        total += teams[team["id"]]
    return {"total": total}


def _people(logins: Sequence[str]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["login", "name_zh", "unit", "roles", "birth_on"])
    writer.writerows(
        [login, f"志愿者{n}", "C01", "volunteer", "1980-01-01"] for n, login in enumerate(logins)
    )
    return file.getvalue().encode()


def _team(stage: Stage, kind: str) -> dict[str, Any]:
    names = {"white_collar": "白领志愿者", "resident": "居民区志愿者"}
    return {
        "code": kind.upper(),
        "name_zh": names[kind],
        "kind": "volunteer",
        "unit_id": stage.ids.units["CO"],
    }


# ---- 济阳路 J06 J07 ----
def jiyang_grids(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """Columns × rows of grids are imported; support unit, community and officer of each accept in their own name."""
    count = recipe["columns"] * recipe["rows"]
    office = stage.client(OFFICE)
    done = office.upload(
        "/api/imports/grids", "grids.geojson", _grids(recipe["columns"], recipe["rows"]), dry_run="false"
    )
    if done["created"] != count:
        raise AssertionError(f"not all imported: {done}")
    mine = [row for row in office.get("/api/grids/duty")["items"] if row["code"].startswith(CODE[:9])]
    for n, row in enumerate(mine):
        for part, login in zip(("support_unit", "community", "officer"), _holders(n)[1], strict=True):
            stage.client(login).put(f"/api/grids/{row['id']}/duty/{part}", None)
        stage.report(n + 1, count)
    rows = [row for row in office.get("/api/grids/duty")["items"] if row["code"].startswith(CODE[:9])]
    return {"grids": len(rows), "with_full_duty": sum(row["is_full"] for row in rows)}


def _holders(n: int) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Who answers for the n-th grid: codes of the three, and who accepts for each."""
    unit, community, officer = SUPPORT[n % len(SUPPORT)], f"C{n % 11 + 1:02d}", f"u.grid{n % 20 + 1:02d}"
    return (unit, community, officer), (SUPPORT_LIAISON[unit], f"u.{community.lower()}.lia", officer)


def _grids(columns: int, rows: int) -> bytes:
    features = []
    for n in range(columns * rows):
        west, south = WEST + n % columns * STEP, SOUTH + n // columns * STEP
        ring = [
            (west, south),
            (west + STEP, south),
            (west + STEP, south + STEP),
            (west, south + STEP),
            (west, south),
        ]
        unit, community, officer = _holders(n)[0]
        told = {
            "code": CODE.format(n + 1), "name_zh": f"第 {n + 1} 网格", "community_id": community, "support_unit_id": unit,
            "officer_id": officer,
        }  # fmt: skip
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
